"""What is said on stderr: notes and progress bars. Results never come this way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from isthmus.data.reading import DataSet, Item

stderr = Console(stderr=True, highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """One plain line on stderr."""
    stderr.print(text, markup=False)


def bar(items: Sequence[Item], doing: str) -> Iterable[Item]:
    """Passes the items through under a progress bar; silent where stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
        yield from progress.track(items, description=doing)


def list_left_out(data: DataSet) -> None:
    """Names, one line each, what could not be read and was left out."""
    for fault in data.broken:
        note(f"isthmus: left out: {fault}")
