"""Lines and tables of text on stdout and stderr, for any terminal."""

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


ESCAPED = "isthmus-escaped"  # the name of an error handler of codecs


@functools.cache
def stderr() -> Console:
    """The console of progress bars; rich is imported when it is first needed."""
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
    """Makes stdout and stderr write characters that their encoding lacks as escapes, instead of raising an error."""
    codecs.register_error(ESCAPED, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPED)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return printable(error.object[error.start : error.end]).encode("ascii", "backslashreplace").decode(), error.end


def say(text: str, end: str = "\n") -> None:
    """Plain text on stdout, which may hold file names of any bytes."""
    # With the stream given, click doesn't write UTF-8 to a terminal whose encoding is ASCII.
    click.echo(printable(text) + end, file=sys.stdout, nl=False)


def note(text: str) -> None:
    """One plain line on stderr, which may hold file names of any bytes."""
    click.echo(printable(text), file=sys.stderr)


def warn(text: str) -> None:
    """One line on stderr about something that the user may not expect."""
    note(f"isthmus: {text}.")
