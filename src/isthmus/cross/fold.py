"""A fold: one part of a run, learned from and tested. Its record, and its files in the run's folder."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from isthmus import files
from isthmus.cross.predictions import FoldPrediction
from isthmus.data.split import Leak
from isthmus.errors import DataError
from isthmus.judge.metrics import auc
from isthmus.learn.checkpoint import Epoch
from isthmus.learn.history import write_history
from isthmus.progress import Note, unsaid

FOLD = "fold.json"


@dataclass(frozen=True)
class Fold:
    """A finished fold, or quarter: its predictions, what was chosen, how much it leaks, and how its training went.

    ``number`` counts over all repeats. ``chosen_on`` counts the nodules that chose epoch and threshold;
    ``validation_loss`` and ``auc`` of the history are of these nodules: a validation part or, under the protocol
    ``paper``, the test nodules.
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
        """The AUC of this fold's test nodules alone; nan with one class."""
        return auc([int(row.label) for row in self.rows], [row.probability for row in self.rows])


def validation_share(folds: Sequence[Fold]) -> float:
    """The share of the training nodules that was set aside for validation, over all folds; nan without any."""
    chosen = sum(fold.chosen_on for fold in folds)
    training = chosen + sum(fold.learned_from for fold in folds)
    return chosen / training if training else math.nan


def folder_of(to: Path, number: int) -> Path:
    """The folder of fold ``number`` in the run's folder."""
    return to / "folds" / f"{number:02d}"


def write_fold(fold: Fold, to: Path) -> None:
    """Writes a fold into the run's folder, each file whole: history.csv if it was trained, then fold.json.

    Raises StorageError.
    """
    folder = folder_of(to, fold.number)
    if fold.history:
        write_history(fold.history, folder)
    record = asdict(fold) | {"rows": [row.as_json() for row in fold.rows]}
    files.write_text(folder / FOLD, files.json_text(record, indent=1) + "\n")


def read_fold(to: Path, number: int, note: Note = unsaid) -> Fold | None:
    """The fold that ``write_fold`` wrote, None if it isn't there whole; ``note`` gets the reason where a file is."""
    path = folder_of(to, number) / FOLD
    if not path.exists():
        return None
    try:
        fold = _fold(files.read_json(path))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, DataError) as error:
        reason = type(error).__name__
    else:
        if fold.number == number:
            return fold
        reason = f"it is fold {fold.number}"
    note(f"{path}: can't be used ({reason}): fold {number} is trained again")
    return None


def _fold(record: Any) -> Fold:
    """The fold of a fold.json. Raises TypeError and the like for anything else."""
    threshold = {"threshold": record["threshold"]}  # rows of older files have none
    rows = tuple(FoldPrediction.from_json(threshold | row) for row in record["rows"])
    history = tuple(_epoch(line) for line in record["history"])
    fold = Fold(**{**record, "rows": rows, "history": history, "leak": Leak(**record["leak"])})
    numbers = [fold.number, fold.repeat, fold.threshold, fold.epoch, fold.learned_from, fold.chosen_on, fold.seconds]
    counted = {name: value for name, value in vars(fold.leak).items() if (name, value) != ("neighbours", None)}
    numbers += [value for part in (counted, *map(vars, history)) for value in part.values()]
    if not all(isinstance(number, int | float) for number in numbers):
        raise TypeError("text for a number")
    return fold


def _epoch(line: Mapping[str, Any]) -> Epoch:
    """A line of a history; JSON has null where a number is nan."""
    numbers: dict[str, Any] = {name: math.nan if value is None else value for name, value in line.items()}
    return Epoch(**numbers)
