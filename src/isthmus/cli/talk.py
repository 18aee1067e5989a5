"""What is said on stderr: notes and progress bars. Results never come this way."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from isthmus.data.reading import DataSet, Item

if TYPE_CHECKING:
    from rich.console import Console


@functools.cache
def stderr() -> Console:
    """The console of notes and bars; rich is imported when it is first drawn on."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """One plain line on stderr."""
    click.echo(text, err=True)


def bar(items: Sequence[Item], doing: str) -> Iterable[Item]:
    """Passes the items through under a progress bar; silent where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr(), transient=True, disable=not stderr().is_terminal) as progress:
        yield from progress.track(items, description=doing)


def count(items: Iterable[Item], doing: str) -> Iterable[Item]:
    """Passes the items through and shows how many there were; for what has no length. Silent like ``bar``."""
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}: {task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=stderr(), transient=True, disable=not stderr().is_terminal) as progress:
        yield from progress.track(items, total=None, description=doing)


def list_left_out(data: DataSet) -> None:
    """Names, one line each, what could not be read and was left out."""
    for fault in data.broken:
        note(f"isthmus: left out: {fault}")
