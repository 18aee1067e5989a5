"""A table as data: its columns, rows and notes, described once and drawn as HTML by a macro and as Markdown here."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from isthmus.judge.intervals import Estimate
from isthmus.report.words import UNKNOWN, count, known, number, p_value, spread


@dataclass(frozen=True)
class Column:
    """A column; neighbours of one ``group`` stand under a common heading."""

    title: str
    kind: Literal["number", "text", "code", "estimate"] = "number"
    group: str = ""


@dataclass(frozen=True)
class Cell:
    """What a cell shows: a text, what stands smaller below it (an interval, a share), and the letter of a note."""

    text: str = ""
    below: str = ""
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A row; the last cell of a short one spans the columns that are left. ``style`` is a class of the style sheet."""

    cells: tuple[Cell, ...]
    style: str = ""


@dataclass(frozen=True)
class Table:
    """Rows in blocks by heading ("" for none), and notes by the letter or sign that refers to them."""

    columns: tuple[Column, ...]
    blocks: Mapping[str, tuple[Line, ...]]
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def groups(self) -> list[tuple[str, int]]:
        """The common headings with the number of columns under each; empty where there is none."""
        spans = [(name, len(tuple(columns))) for name, columns in itertools.groupby(one.group for one in self.columns)]
        return spans if any(name for name, _ in spans) else []

    @property
    def openings(self) -> set[int]:
        """The positions of columns that open a group."""
        opened = zip(("", *(one.group for one in self.columns)), self.columns, strict=False)
        return {at for at, (before, column) in enumerate(opened) if column.group != before}

    def first(self, most: int) -> Table:
        """The table with at most so many rows a block."""
        return replace(self, blocks={heading: lines[:most] for heading, lines in self.blocks.items()})


@dataclass(frozen=True)
class Letters:
    """Letters for notes by their text, in the order in which they come."""

    by_text: dict[str, str] = field(default_factory=dict)

    def of(self, text: str) -> str:
        """The letter of a text, a new one where it has none."""
        at = len(self.by_text)
        return self.by_text.setdefault(text, string.ascii_lowercase[at] if at < 26 else str(at + 1))

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """Every letter with its text."""
        return tuple((letter, text) for text, letter in self.by_text.items())


def line(*cells: str | Cell, style: str = "") -> Line:
    """A row of cells, some of them plain texts."""
    return Line(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells), style)


def estimate(one: Estimate, note: str = "") -> Cell:
    """A value over its 95 % interval; a dash where it is undefined."""
    return Cell(number(one.value), spread(one) if known(one.value) else "", note)


def explained(one: Estimate, letters: Letters) -> Cell:
    """An estimate whose undefined value refers to a note with the reason."""
    return estimate(one, "" if known(one.value) else letters.of(one.method))


def share(part: int, whole: int) -> Cell:
    """A percentage over the counts behind it."""
    return Cell(f"{number(100 * part / whole, 0)} %", f"{count(part)} of {count(whole)}") if whole else Cell(UNKNOWN)


def p_cell(value: float) -> Cell:
    """A p-value."""
    return Cell(p_value(value).removeprefix("= "))


def markdown_table(table: Table) -> str:
    """A table as Markdown; headings of blocks are rows, headings of groups stand before their columns' titles."""
    titles = [f"{one.group}: {one.title}" if one.group else one.title for one in table.columns]
    rule = [":--" if one.kind in ("text", "code") else "--:" for one in table.columns]
    rows = [[_text(cell) for cell in row.cells] for row in _lines(table)]
    drawn = [[escaped(cell) for cell in row + [""] * (len(titles) - len(row))] for row in (titles, rule, *rows)]
    text = "\n".join("| " + " | ".join(cell or " " for cell in row) + " |" for row in drawn)
    return "\n".join([text, *[""] * bool(table.notes), *(f"- {sign}: {escaped(note)}" for sign, note in table.notes)])


def _lines(table: Table) -> Iterable[Line]:
    for heading, lines in table.blocks.items():
        yield from (line(f"{heading}:"),) if heading else ()
        yield from lines


def _text(cell: Cell) -> str:
    return " ".join(filter(None, (cell.text, f"({cell.below})" if cell.below else "", cell.note)))


def escaped(text: str) -> str:
    """Text that Markdown takes for text, on one line.

    >>> escaped("a|b <i>\\nc*")
    'a\\\\|b &lt;i&gt; c\\\\*'
    """
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\|*_`\[\]$])", r"\\\1", text)
