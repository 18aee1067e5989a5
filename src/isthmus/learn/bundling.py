"""A data set to a bundle: split, train, export, prove, write."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from isthmus import bundle as bundles
from isthmus import files
from isthmus.bundle import Bundle, Proof, Provenance
from isthmus.data import known_duplicates, split
from isthmus.data.duplicates import find_duplicates, groups
from isthmus.data.reading import DataSet, Progress, silent
from isthmus.data.roi_cache import cached_rois
from isthmus.learn import processes
from isthmus.learn.checkpoint import Epoch
from isthmus.learn.examples import Examples, Rois
from isthmus.learn.exports import PROVED_ON, write_exports
from isthmus.learn.quantise import CALIBRATED_ON
from isthmus.learn.train import Fitted, fit
from isthmus.nodule import DISCLAIMER, Label, Pixels
from isthmus.recipe import Recipe


def train_bundle(
    data: DataSet,
    recipe: Recipe,
    to: Path,
    *,
    seed: int = 0,
    versions: Mapping[str, str] | None = None,
    device: str = "auto",
    progress: Progress = silent,
    report: Callable[[Epoch], None] = lambda epoch: None,
) -> Bundle:
    """Trains on the labelled nodules of ``data`` and writes the bundle ``to``, whole or not at all.

    A validation part, whole groups, chooses epoch and threshold. Interrupted, the same call goes on from the
    checkpoint beside ``to``, where the prepared RoIs lie too. Of several processes the first one writes. Raises
    SplitError, BundleError where ``to`` is taken or the export fails parity, StorageError.
    """
    to = to.absolute()  # so that even "." has a name
    bundles.refuse_taken(to)
    nodules = data.labelled
    known = _work(to) / "duplicates.json"
    duplicates = known_duplicates.load(known, data.images) or find_duplicates(data.images, progress)
    group_of = groups(data, duplicates)
    part = split.hold_out(nodules, [group_of[nodule.image] for nodule in nodules], recipe.validation, seed)
    split.assert_no_leak(nodules, part, group_of)
    labels = np.array([int(nodule.label) for nodule in nodules if nodule.label is not None], np.int64)
    known_duplicates.save(duplicates, data.images, known)
    examples = Examples(cached_rois(nodules, recipe, _work(to), progress), labels)
    train, validation = examples.take(part.train), examples.take(part.test)
    fitted = fit(train, validation, recipe, seed=seed, folder=_work(to), device=device, report=report)
    if processes.is_first():
        _write(to, data, recipe, fitted, train, validation, seed, versions or {})
        shutil.rmtree(_work(to), ignore_errors=True)
    processes.wait()
    return bundles.open_bundle(to)


def _write(
    to: Path,
    data: DataSet,
    recipe: Recipe,
    fitted: Fitted,
    train: Examples,
    validation: Examples,
    seed: int,
    versions: Mapping[str, str],
) -> Bundle:
    calibration, proof = _sample(train.rois, CALIBRATED_ON), _sample(validation.rois, PROVED_ON)
    proof = np.concatenate([proof, _sample(train.rois, PROVED_ON - len(proof))])
    exports = _work(to) / "exports"
    files.make_folder(exports)
    engines = write_exports(fitted.net.cpu(), recipe, fitted.threshold, calibration, proof, exports)

    def fill(folder: Path) -> None:
        shutil.copytree(exports, folder, dirs_exist_ok=True)

    provenance = Provenance(
        data=data.kind,
        policy=data.policy,
        fingerprint=data.fingerprint(),
        nodules={"training": _by_label(train), "validation": _by_label(validation)},
        seed=seed,
        epoch=fitted.epoch,
        validation_auc=fitted.history[fitted.epoch - 1].auc,
        engines=engines,
        versions=dict(versions),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return bundles.write(to, recipe, fitted.threshold, provenance, card(recipe, fitted, provenance), fill)


def card(recipe: Recipe, fitted: Fitted, provenance: Provenance) -> str:
    """The model card, Markdown: what it is, what it learned from, how it may be used."""
    learned = provenance.nodules["training"]
    chosen = provenance.nodules["validation"]
    return f"""# Thyroid nodule classifier

{DISCLAIMER}

Hybrid Feature Cropping Network (Song et al., IEEE Access 2020), recipe `{recipe.name}` ({recipe.fingerprint}).
It gives P(malignant) of the nodule in a box; malignant is P(malignant) >= {fitted.threshold:.3f}
(rule `{recipe.threshold}`, found on validation).

| | benign | malignant |
|---|---|---|
| learned from | {learned["benign"]} | {learned["malignant"]} |
| epoch and threshold chosen on | {chosen["benign"]} | {chosen["malignant"]} |

Data: kind `{provenance.data}`, fingerprint {provenance.fingerprint}. Labels: policy `{provenance.policy}`; where that
is a TI-RADS cut, malignant means suspicious to the radiologists who read it, not proved by pathology.

AUC on the validation part is {provenance.validation_auc:.3f} (n = {sum(chosen.values())}). Choices were made
on that part, so it flatters; `isthmus cross` with the same recipe gives the honest figure, with intervals.

Largest difference in P(malignant) between torch in fp32 and each engine, over real RoIs; one that did not pass isn't
used.

| engine | precision | largest difference | verdicts changed | n | |
|---|---|---|---|---|---|
{_engine_rows(provenance.engines)}
"""


def _engine_rows(engines: Mapping[str, Proof]) -> str:
    return "\n".join(
        f"| {name} | {own.precision} | {own.max_difference:.1e} | {own.verdicts_changed} | {own.n} "
        f"| {'' if own.passed else 'did not pass'} |"
        for name, own in engines.items()
    )


def _sample(rois: Rois, most: int) -> Pixels:
    """At most ``most`` RoIs, evenly from first to last."""
    count = max(0, min(most, len(rois)))
    return (
        np.stack([rois[at] for at in np.linspace(0, len(rois) - 1, count).round().astype(int)]) if count else rois[:0]
    )


def _by_label(examples: Examples) -> dict[str, int]:
    return {str(label): int((examples.labels == label).sum()) for label in Label}


def _work(to: Path) -> Path:
    return to.with_name(f"{to.name}.training")
