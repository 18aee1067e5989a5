"""Cross-validation of one recipe on one data set: folds, votes, rows. It resumes by fold."""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isthmus import files
from isthmus.cross.plan import Part, Plan, parts
from isthmus.cross.predictions import FoldPrediction
from isthmus.cross.run_folder import claim, refuse_foreign
from isthmus.data import split
from isthmus.data.audit import known_duplicates
from isthmus.data.audit.duplicates import Duplicates, find_duplicates, groups
from isthmus.data.cache import cached_rois
from isthmus.data.dataset import DataSet
from isthmus.data.split import Leak
from isthmus.errors import DataError, UsageError
from isthmus.judge.metrics import auc
from isthmus.learn import processes
from isthmus.learn.checkpoint import CHECKPOINT, Epoch
from isthmus.learn.examples import Examples
from isthmus.learn.history import write_history
from isthmus.learn.lock import alone
from isthmus.learn.ready import refuse_untrainable
from isthmus.learn.train import fit
from isthmus.learn.votes import probabilities
from isthmus.nodule import Label
from isthmus.prediction import Probabilities
from isthmus.progress import Note, Progress, silent, unsaid

FOLD = "fold.json"
Reporter = Callable[[int, Epoch], None]


@dataclass(frozen=True)
class Fold:
    """One finished fold, or quarter: its rows, what was chosen, how much it leaks, and how its training went.

    ``chosen_on`` counts the nodules that chose; ``validation_loss`` and ``auc`` of the history are theirs, be they a
    validation part or, under the protocol ``paper``, the test nodules. ``number`` counts over all repeats.
    """

    number: int
    repeat: int
    rows: tuple[FoldPrediction, ...]
    threshold: float
    epoch: int
    history: tuple[Epoch, ...]
    learned_from: int
    chosen_on: int
    leak: Leak
    seconds: float
    trained_on: str = ""  # device and precision; "" where it isn't known, or nothing was trained

    @property
    def auc(self) -> float:
        """The AUC of this fold's test nodules alone."""
        return auc([int(row.label) for row in self.rows], [row.probability for row in self.rows])


@dataclass(frozen=True)
class CrossValidation:
    """Every fold of a plan on a data set, and the group of every image."""

    data: DataSet
    plan: Plan
    folds: tuple[Fold, ...]
    groups: Mapping[str, str]
    duplicates: Duplicates

    @property
    def rows(self) -> tuple[FoldPrediction, ...]:
        return tuple(row for fold in self.folds for row in fold.rows)

    @property
    def set_aside(self) -> float:
        """The share of the training nodules of all folds that was set aside for validation, nan without folds."""
        return set_aside(self.folds)


def cross(
    data: DataSet,
    plan: Plan,
    to: Path,
    progress: Progress = silent,
    report: Reporter = lambda fold, epoch: None,
    rois: Path | None = None,
    duplicates: Duplicates | None = None,
    command: str = "",
    device: str = "auto",
    note: Note = unsaid,
) -> CrossValidation:
    """Cross-validates ``plan`` on the labelled nodules of ``data``, keeping every finished fold in ``to``.

    Called again after an interruption it goes on where it was. Prepared RoIs are kept in the folder ``rois``, which
    runs side by side may share; by default within ``to``, until the last fold is done. The data set's ``duplicates``
    are looked for unless they are given. ``command`` is what was typed, if not this process's own; ``note`` is told
    what is begun again, and why. Raises UsageError if ``to`` holds another run, if another process is at it or the
    device isn't here, RecipeError for a network that can't be, SplitError, before anything is written, if the data
    can't be split; StorageError if ``to`` or ``rois`` can't be written.
    """
    refuse_several()
    refuse_untrainable(plan.recipe, device)
    with claimed(to, plan):
        return _cross(data, plan, to, Session(progress, report, note, device), rois, duplicates, command)


def refuse_several() -> None:
    """Raises UsageError for a process that torchrun started with others."""
    if processes.several():
        raise UsageError(
            "folds are not cross-validated by several processes at once",
            where="torchrun",
            remedy="Run `isthmus cross` by itself; `isthmus train` can be run by torchrun.",
        )


@contextlib.contextmanager
def claimed(to: Path, plan: Plan) -> Iterator[None]:
    """While it lasts no other process may work in the run's folder ``to``.

    Raises UsageError if it holds something else or a run of another plan, TakenError, StorageError.
    """
    refuse_foreign(to, {"recipe": plan.recipe.fingerprint, **plan.settings}, plan.recipe)
    with alone(to, "cross-validating there"):
        yield


@dataclass(frozen=True)
class Session:
    """Whom a cross-validation talks to, and where it trains."""

    progress: Progress
    report: Reporter
    note: Note
    device: str


def _cross(
    data: DataSet,
    plan: Plan,
    to: Path,
    session: Session,
    rois: Path | None,
    duplicates: Duplicates | None,
    command: str,
) -> CrossValidation:
    known, progress, note = to / "duplicates.json", session.progress, session.note
    found = duplicates or known_duplicates.load(known, data.images, note) or find_duplicates(data.images, progress)
    crossing = CrossValidation(data, plan, (), groups(data, found), found)
    every = parts(data, plan, crossing.groups)
    claim(to, data, plan.identity(crossing.groups), plan.recipe, command)
    if duplicates is None:
        known_duplicates.save(found, data.images, known)
    done = [finished(to, part.number, note) for part in every]
    if None in done:
        prepared = cached_rois(data.labelled, plan.recipe.preparation, rois or to / "rois", progress, note)
        examples = Examples(prepared, np.array([certain(nodule.label) for nodule in data.labelled], np.int64))
        for part in every:
            done[part.number] = done[part.number] or _fold(crossing, examples, part, to, session)
    if rois is None:
        shutil.rmtree(to / "rois", ignore_errors=True)
    folds = tuple(fold for fold in done if fold is not None)
    return CrossValidation(data, plan, folds, crossing.groups, found)


def _fold(crossing: CrossValidation, examples: Examples, part: Part, to: Path, session: Session) -> Fold:
    plan, folder = crossing.plan, _folder(to, part.number)
    fitted = fit(
        examples.take(part.learned_from),
        examples.take(part.chosen_on),
        plan.recipe,
        seed=plan.seed * 1000 + part.number,
        folder=folder,
        device=session.device,
        report=lambda epoch: session.report(part.number, epoch),
        note=session.note,
    )
    votes = probabilities(fitted.net, examples.take(part.split.test).rois)
    fold = Fold(
        number=part.number,
        repeat=part.repeat,
        rows=rows_of(crossing, part, votes, fitted.threshold),
        threshold=fitted.threshold,
        epoch=fitted.epoch,
        history=fitted.history,
        learned_from=len(part.learned_from),
        chosen_on=len(part.chosen_on),
        leak=split.leak(crossing.data.labelled, part.split, crossing.duplicates.sets),
        seconds=sum(epoch.seconds for epoch in fitted.history),
        trained_on=fitted.trained_on,
    )
    keep(fold, to)
    (folder / CHECKPOINT).unlink(missing_ok=True)
    return fold


def rows_of(
    crossing: CrossValidation, part: Part, votes: Probabilities, threshold: float
) -> tuple[FoldPrediction, ...]:
    """The predictions on a part's test nodules; ``votes`` are theirs, in their order."""
    nodules = [crossing.data.labelled[i] for i in part.split.test]
    return tuple(
        FoldPrediction(
            **vars(votes.prediction(index, nodule.id, nodule.image, nodule.box, threshold)),
            patient=nodule.patient,
            group=crossing.groups[nodule.image],
            fold=part.number,
            label=certain(nodule.label),
        )
        for index, nodule in enumerate(nodules)
    )


def keep(fold: Fold, to: Path) -> None:
    """Writes a finished fold into the run's folder, each file whole: fold.json last, history.csv if it was trained.

    Raises StorageError.
    """
    if fold.history:
        write_history(fold.history, _folder(to, fold.number))
    record = asdict(fold) | {"rows": [row.as_json() for row in fold.rows]}
    files.write_text(_folder(to, fold.number) / FOLD, files.json_text(record, indent=1) + "\n")


def finished(to: Path, number: int, note: Note = unsaid) -> Fold | None:
    """The fold as ``keep`` wrote it, or None if it isn't there whole; ``note`` is told why, where a file is there."""
    path = _folder(to, number) / FOLD
    if not path.exists():
        return None
    try:
        found: Any = files.read_json(path)
        threshold = {"threshold": found["threshold"]}  # not in the rows of a fold.json of before
        rows = tuple(FoldPrediction.from_json(threshold | row) for row in found["rows"])
        history = tuple(_epoch(line) for line in found["history"])
        fold = Fold(**{**found, "rows": rows, "history": history, "leak": Leak(**found["leak"])})
        if not _is_sound(fold):
            raise TypeError("text for a number")
        if fold.number == number:
            return fold
        why = f"it is fold {fold.number}"
    except (OSError, ValueError, TypeError, KeyError, AttributeError, DataError) as error:
        why = type(error).__name__
    note(f"{path}: can't be used ({why}): fold {number} is trained again")
    return None


def _is_sound(fold: Fold) -> bool:
    """Whether what should be a number is one: a dataclass doesn't look."""
    own = (fold.number, fold.repeat, fold.threshold, fold.epoch, fold.learned_from, fold.chosen_on, fold.seconds)
    told = [value for part in (asdict(fold.leak), *map(asdict, fold.history)) for value in part.values()]
    return all(isinstance(value, int | float) for value in (*own, *told))


def _epoch(line: Mapping[str, Any]) -> Epoch:
    """A line of a history; JSON has null where a number is nan."""
    known: dict[str, Any] = {name: math.nan if value is None else value for name, value in line.items()}
    return Epoch(**known)


def _folder(to: Path, number: int) -> Path:
    return to / "folds" / f"{number:02d}"


def set_aside(folds: Sequence[Fold]) -> float:
    """The share of the training nodules that was set aside for validation, over all folds; nan without any."""
    chosen, learned = (sum(getattr(fold, name) for fold in folds) for name in ("chosen_on", "learned_from"))
    return chosen / (chosen + learned) if chosen + learned else math.nan


def certain(label: Label | None) -> Label:
    """The label. Raises UsageError where there is none."""
    if label is None:
        raise UsageError("an unlabelled nodule can't be judged")
    return label
