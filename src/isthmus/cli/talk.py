"""What is said on stdout and stderr, on whatever terminal: results in lines of text, notes, progress bars."""

from __future__ import annotations

import codecs
import functools
import io
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from isthmus.text import printable

if TYPE_CHECKING:
    from rich.console import Console

    from isthmus.data.dataset import DataSet
    from isthmus.progress import Item


ESCAPED = "isthmus-escaped"  # the name of an error handler of codecs


@functools.cache
def stderr() -> Console:
    """The console of notes and bars; rich is imported when it is first drawn on."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def stdout() -> Console:
    """The console of results for people."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table on stdout."""
    from rich.table import Table

    table = Table(*headings)
    for row in rows:
        table.add_row(*row)
    stdout().print(table)


def escape_what_cant_be_shown() -> None:
    """From here on stdout and stderr write what their encoding can't as escapes, and never fail for it."""
    codecs.register_error(ESCAPED, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPED)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return printable(error.object[error.start : error.end]).encode("ascii", "backslashreplace").decode(), error.end


def say(text: str, end: str = "\n") -> None:
    """Plain text on stdout, names of any bytes in it."""
    # Given the stream, click doesn't write UTF-8 where the terminal is said to take ASCII.
    click.echo(printable(text) + end, file=sys.stdout, nl=False)


def note(text: str) -> None:
    """One plain line on stderr, names of any bytes in it."""
    click.echo(printable(text), file=sys.stderr)


def warn(text: str) -> None:
    """One line on stderr of what went otherwise than the user may think."""
    note(f"isthmus: {text}.")


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


def note_pages(data: DataSet) -> None:
    """Says of how many files only the first of several pages is read."""
    several = [fault for fault in data.faults if fault.kind == "several-pages"]
    if several:
        note(f"isthmus: page 1 is read of files of several pages: {len(several)}, such as {several[0].file}")


def list_left_out(data: DataSet) -> None:
    """Names, one line each, what could not be read and was left out."""
    for fault in data.broken:
        note(f"isthmus: left out: {fault}")
