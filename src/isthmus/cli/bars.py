"""Progress on stderr: bars on a terminal; elsewhere nothing, or a line where something is finished."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from isthmus.cli.talk import note, stderr, warn

if TYPE_CHECKING:
    from rich.progress import Progress

    from isthmus.learn.checkpoint import Epoch
    from isthmus.progress import Item
    from isthmus.recipe import Recipe
    from isthmus.study.jobs import Job, Outcome
    from isthmus.study.workers import Tell

POLL = 2.0  # seconds between two looks at the runs' folders


def bar(items: Sequence[Item], doing: str) -> Iterable[Item]:
    """Passes the items through under a progress bar."""
    with _bars(counted=True) as progress:
        yield from progress.track(items, description=doing)


def count(items: Iterable[Item], doing: str) -> Iterable[Item]:
    """Passes the items through and shows how many there were; for an iterable without length."""
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}: {task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=stderr(), transient=True, disable=not stderr().is_terminal) as progress:
        yield from progress.track(items, total=None, description=doing)


@contextlib.contextmanager
def epochs(recipes: Sequence[Recipe], chooser: str = "validation") -> Iterator[Callable[[int, Epoch], None]]:
    """Takes each epoch of each training, by its number, as it ends: a bar on a terminal, else a line per epoch.

    ``chooser`` describes the nodules that each epoch is judged on.
    """
    lengths, trainings = [recipe.learning.epochs for recipe in recipes], len(recipes)
    with _bars() as progress:
        task = progress.add_task("training", total=sum(lengths))

        def show(number: int, epoch: Epoch) -> None:
            training = f"training {number + 1} of {trainings}, " if trainings > 1 else ""
            judged = f", on {chooser} {epoch.validation_loss:.3f}, AUC {epoch.auc:.3f}"
            losses = f"loss {epoch.train_loss:.3f}{'' if math.isnan(epoch.validation_loss) else judged}"
            line = f"{training}epoch {epoch.epoch}: {losses} ({epoch.seconds:.0f} s)"
            progress.update(task, completed=sum(lengths[:number]) + epoch.epoch, description=line)
            if not stderr().is_terminal:
                note(line)

        yield show


@contextlib.contextmanager
def runs(jobs: Sequence[Job], names: Mapping[str, str]) -> Iterator[Tell]:
    """Shows how many trainings of a study are finished, and takes each run's outcome.

    It looks into the runs' folders, so that it is the same for every backend. ``names`` are the cells, by run.
    """
    total = sum(job.plan.parts for job in jobs)
    stop = threading.Event()
    failed: list[Outcome] = []
    with _bars() as progress:
        task = progress.add_task("runs", total=total)

        def look() -> None:
            while not stop.wait(POLL):
                done = sum(len(list(job.folder.glob("folds/*/fold.json"))) for job in jobs)
                progress.update(task, completed=done, description=f"{done} of {total} trainings, {len(failed)} failed")

        def tell(outcome: Outcome) -> None:
            if outcome.why:
                failed.append(outcome)
            for message in outcome.notes:
                warn(message)
            note(f"{names[outcome.name]}: {outcome.why or 'finished'}")

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield tell
        finally:
            stop.set()
            watcher.join()


def _bars(counted: bool = False) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *([MofNCompleteColumn()] * counted),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=stderr(), transient=True, disable=not stderr().is_terminal)
