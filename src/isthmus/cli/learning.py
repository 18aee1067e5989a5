"""What the verbs that learn have in common: opening labelled data, and showing how training goes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from isthmus.cli.talk import bar, list_left_out, note, note_pages, stderr
from isthmus.data.dataset import DataSet
from isthmus.data.labels import Classes
from isthmus.data.sources import open_source
from isthmus.errors import DataError
from isthmus.learn.checkpoint import Epoch
from isthmus.nodule import Label
from isthmus.recipe import Recipe


def open_labelled(kind: str, root: Path, policy: str | None, classes: Classes, skip_broken: bool) -> DataSet:
    """The data set, refused if anything in it is broken unless told to go on without. Raises DataError, UsageError."""
    data = open_source(kind, root, policy, bar, classes)
    if skip_broken:
        list_left_out(data)
    else:
        data.refuse_broken()
    if not data.labelled:
        raise DataError("holds no labelled nodule", where=str(root), remedy="Look at it with `isthmus look`.")
    note_pages(data)
    counts = data.counts()
    note(
        f"{len(data.labelled)} labelled nodules ({data.policy}): {counts[Label.BENIGN]} benign, "
        f"{counts[Label.MALIGNANT]} malignant; {len(data.faults)} faults, see `isthmus look`."
    )
    return data


@contextlib.contextmanager
def watching(recipe: Recipe, trainings: int = 1, chooser: str = "validation") -> Iterator[Callable[[int, Epoch], None]]:
    """Shows every epoch while it lasts: a bar on a terminal, a line where stderr goes to a file.

    ``chooser`` are the nodules that each epoch is judged on, in words.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr(), transient=True, disable=not stderr().is_terminal) as progress:
        task = progress.add_task("training", total=trainings * recipe.learning.epochs)

        def show(number: int, epoch: Epoch) -> None:
            line = _line(number, epoch, trainings, chooser)
            progress.update(task, completed=number * recipe.learning.epochs + epoch.epoch, description=line)
            if not stderr().is_terminal:
                note(line)

        yield show


def _line(number: int, epoch: Epoch, trainings: int, chooser: str) -> str:
    training = f"training {number + 1} of {trainings}, " if trainings > 1 else ""
    return (
        f"{training}epoch {epoch.epoch}: loss {epoch.train_loss:.3f}, on {chooser} {epoch.validation_loss:.3f}, "
        f"AUC {epoch.auc:.3f} ({epoch.seconds:.0f} s)"
    )
