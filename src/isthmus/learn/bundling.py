"""A data set to a bundle: split, train, export, prove, write; and a bundle exported anew."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from isthmus import bundle as bundles
from isthmus import files
from isthmus.bundle import Bundle, Provenance
from isthmus.data import known_duplicates, split
from isthmus.data.duplicates import find_duplicates, groups
from isthmus.data.prepare import prepare_all
from isthmus.data.reading import DataSet, Progress, silent
from isthmus.data.roi_cache import cached_rois
from isthmus.learn import processes
from isthmus.learn.card import card
from isthmus.learn.checkpoint import Epoch
from isthmus.learn.examples import Examples, Rois
from isthmus.learn.exports import PROVED_ON, write_exports
from isthmus.learn.quantise import CALIBRATED_ON
from isthmus.learn.train import Fitted, fit
from isthmus.learn.weights import network_of
from isthmus.nodule import Label, Pixels
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
    return bundles.write(
        to, recipe, fitted.threshold, provenance, card(recipe, fitted.threshold, provenance), _copying(exports)
    )


def export_bundle(bundle: Bundle, data: DataSet, to: Path, feature_map: bool = False) -> Bundle:
    """Exports a bundle's weights anew, for the engines that are installed here, and writes it as the bundle ``to``.
    The history of its training, if it has one, comes along.

    The labelled nodules of ``data`` calibrate int8 and prove every engine: give those that the model learned from.
    Raises BundleError, DataError, StorageError.
    """
    bundles.refuse_taken(to)
    recipe = bundle.recipe
    net = network_of(bundle)
    rois = prepare_all(data.labelled, recipe)
    with tempfile.TemporaryDirectory(prefix="isthmus-export-") as scratch:
        samples = _sample(rois, CALIBRATED_ON), _sample(rois, PROVED_ON)
        engines = write_exports(net, recipe, bundle.threshold, *samples, Path(scratch), feature_map)
        if bundles.HISTORY in bundle.files:
            shutil.copyfile(bundle.folder / bundles.HISTORY, Path(scratch) / bundles.HISTORY)
        provenance = replace(bundle.provenance, engines=engines)
        text = card(recipe, bundle.threshold, provenance)
        return bundles.write(to, recipe, bundle.threshold, provenance, text, _copying(Path(scratch)))


def _copying(folder: Path) -> Callable[[Path], None]:
    def fill(to: Path) -> None:
        shutil.copytree(folder, to, dirs_exist_ok=True)

    return fill


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
