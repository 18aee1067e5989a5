"""Cross-validation of one recipe on one data set: folds, votes, rows. It resumes by fold."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from isthmus import files
from isthmus.data import known_duplicates, split
from isthmus.data.duplicates import Duplicates, find_duplicates, groups
from isthmus.data.reading import DataSet, Progress, silent
from isthmus.data.roi_cache import cached_rois
from isthmus.data.split import Leak, Split
from isthmus.errors import DataError, UsageError
from isthmus.judge.metrics import auc
from isthmus.learn import processes
from isthmus.learn.checkpoint import Epoch
from isthmus.learn.examples import Examples
from isthmus.learn.train import Fitted, fit
from isthmus.learn.votes import probabilities
from isthmus.nodule import Label
from isthmus.recipe import Recipe
from isthmus.study.predictions import Row
from isthmus.study.run_folder import claim

Reporter = Callable[[int, Epoch], None]


@dataclass(frozen=True)
class Plan:
    """How a data set is to be cross-validated. ``folds`` counts for the protocol ``grouped`` only."""

    recipe: Recipe
    protocol: str = "grouped"
    folds: int = 5
    repeats: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.protocol not in split.PROTOCOLS:
            raise UsageError(f"no protocol {self.protocol!r}", remedy=f"Use {' or '.join(split.PROTOCOLS)}.")
        if self.folds < 2 or self.repeats < 1:
            raise UsageError("at least 2 folds and 1 repeat are needed", where="--folds, --repeats")

    @property
    def parts(self) -> int:
        """Trainings in all: the paper's protocol has one 3:1 split a repeat."""
        return self.repeats * (1 if self.protocol == "paper" else self.folds)


@dataclass(frozen=True)
class Fold:
    """One finished fold: its rows, what validation chose, how much it leaks, and how its training went."""

    number: int
    repeat: int
    rows: tuple[Row, ...]
    threshold: float
    epoch: int
    history: tuple[Epoch, ...]
    learned_from: int
    chosen_on: int
    leak: Leak
    seconds: float

    @property
    def auc(self) -> float:
        """The AUC of this fold's test nodules alone."""
        return auc([int(row.label) for row in self.rows], [row.p for row in self.rows])


@dataclass(frozen=True)
class CrossValidation:
    """Every fold of a plan on a data set, and the group of every image."""

    data: DataSet
    plan: Plan
    folds: tuple[Fold, ...]
    groups: Mapping[str, str]
    duplicates: Duplicates

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for fold in self.folds for row in fold.rows)


def cross(
    data: DataSet,
    plan: Plan,
    to: Path,
    progress: Progress = silent,
    report: Reporter = lambda fold, epoch: None,
    rois: Path | None = None,
) -> CrossValidation:
    """Cross-validates ``plan`` on the labelled nodules of ``data``, keeping every finished fold in ``to``.

    Called again after an interruption it goes on where it was. Prepared RoIs are kept in the folder ``rois``, which
    runs side by side may share; by default within ``to``, until the last fold is done. Raises UsageError if ``to``
    holds another run, SplitError, before anything is written, if the data can't be split; StorageError if ``to`` or
    ``rois`` can't be written.
    """
    if processes.several():
        raise UsageError(
            "folds are not cross-validated by several processes at once",
            where="torchrun",
            remedy="Run `isthmus cross` by itself; `isthmus train` can be run by torchrun.",
        )
    known = to / "duplicates.json"
    duplicates = known_duplicates.load(known, data.images) or find_duplicates(data.images, progress)
    crossing = CrossValidation(data, plan, (), groups(data, duplicates), duplicates)
    splits = _splits(crossing)
    inner = [_validation(crossing, part) for part in splits]
    claim(
        to, data, plan.recipe, {**asdict(plan), "recipe": plan.recipe.fingerprint, "groups": _digest(crossing.groups)}
    )
    known_duplicates.save(duplicates, data.images, known)
    done = [_finished(to, number) for number in range(len(splits))]
    if None in done:
        prepared = cached_rois(data.labelled, plan.recipe, rois or to / "rois", progress)
        examples = Examples(prepared, np.array([_label(nodule.label) for nodule in data.labelled], np.int64))
        for number, part in enumerate(splits):
            done[number] = done[number] or _fold(crossing, examples, part, inner[number], number, to, report)
    if rois is None:
        shutil.rmtree(to / "rois", ignore_errors=True)
    folds = tuple(fold for fold in done if fold is not None)
    return CrossValidation(data, plan, folds, crossing.groups, duplicates)


def _splits(crossing: CrossValidation) -> list[Split]:
    plan, nodules = crossing.plan, crossing.data.labelled
    seeds = range(plan.seed, plan.seed + plan.repeats)
    if plan.protocol == "paper":
        return [split.paper_split(nodules, seed) for seed in seeds]
    return [part for seed in seeds for part in split.folds(nodules, crossing.groups, plan.folds, seed)]


def _validation(crossing: CrossValidation, part: Split) -> Split:
    """The training nodules of a part, split once more: positions among ``part.train``."""
    plan, training = crossing.plan, [crossing.data.labelled[i] for i in part.train]
    # The paper's protocol knows no patients: there, validation too is drawn by image.
    names = [n.image if plan.protocol == "paper" else crossing.groups[n.image] for n in training]
    return split.hold_out(training, names, plan.recipe.validation, plan.seed)


def _fold(
    crossing: CrossValidation, examples: Examples, part: Split, inner: Split, number: int, to: Path, report: Reporter
) -> Fold:
    plan, nodules, folder = crossing.plan, crossing.data.labelled, _folder(to, number)
    fitted = fit(
        examples.take(part.train[inner.train]),
        examples.take(part.train[inner.test]),
        plan.recipe,
        seed=plan.seed * 1000 + number,
        folder=folder,
        report=lambda epoch: report(number, epoch),
    )
    fold = Fold(
        number=number,
        repeat=number * plan.repeats // plan.parts,
        rows=_rows(crossing, examples, part, number, fitted),
        threshold=fitted.threshold,
        epoch=fitted.epoch,
        history=fitted.history,
        learned_from=len(inner.train),
        chosen_on=len(inner.test),
        leak=split.leak(nodules, part, crossing.duplicates.sets),
        seconds=sum(epoch.seconds for epoch in fitted.history),
    )
    files.write_text(folder / "fold.json", json.dumps(asdict(fold), indent=1) + "\n")
    (folder / "checkpoint.safetensors").unlink(missing_ok=True)
    return fold


def _rows(crossing: CrossValidation, examples: Examples, part: Split, number: int, fitted: Fitted) -> tuple[Row, ...]:
    said = probabilities(fitted.net, examples.take(part.test).rois)
    nodules = [crossing.data.labelled[i] for i in part.test]
    return tuple(
        Row(
            nodule=nodule.id,
            image=nodule.image,
            patient=nodule.patient,
            group=crossing.groups[nodule.image],
            fold=number,
            label=_label(nodule.label),
            p=float(said.fused[index]),
            p_whole=float(said.whole[index]),
            p_crops=None if said.crops is None else float(said.crops[index].mean()),
        )
        for index, nodule in enumerate(nodules)
    )


def _finished(to: Path, number: int) -> Fold | None:
    try:
        found = json.loads((_folder(to, number) / "fold.json").read_text(encoding="utf-8"))
        rows = tuple(Row(**{**row, "label": Label(row["label"])}) for row in found["rows"])
        history = tuple(Epoch(**epoch) for epoch in found["history"])
        return Fold(**{**found, "rows": rows, "history": history, "leak": Leak(**found["leak"])})
    except (OSError, ValueError, TypeError, KeyError, DataError):
        return None


def _folder(to: Path, number: int) -> Path:
    return to / "folds" / f"{number:02d}"


def _digest(groups: Mapping[str, str]) -> str:
    """12 hexadecimal digits over who is grouped with whom: other groups are other folds."""
    return hashlib.sha256(json.dumps(groups, sort_keys=True).encode()).hexdigest()[:12]


def _label(label: Label | None) -> Label:
    if label is None:
        raise UsageError("an unlabelled nodule can't be judged")
    return label
