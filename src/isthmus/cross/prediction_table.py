"""Anybody's table of predictions: a label and P(malignant), or a score, a row. Read, or refused with the place."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isthmus.data.tables import open_table, place, with_point
from isthmus.errors import DataError
from isthmus.nodule import Label
from isthmus.text import composed, word

# What columns are usually called; isthmus writes the first name, and wrote "p" before.
USUAL_LABELS = ("label", "truth", "diagnosis", "y_true")
USUAL_P = ("p_malignant", "p", "probability", "p(malignant)", "y_prob", "y_score")
USUAL_SCORES = ("score", "points", "grade", "logit", *USUAL_P)
NO_GROUP = "none"  # stands for a column of groups where there is none

# A file of one class only is understood where the positive value has a usual opposite.
OPPOSITES: Mapping[str, str] = {"malignant": "benign", "1": "0"}
SAME: Mapping[str, str] = {"true": "1", "yes": "1", "false": "0", "no": "0"}

SCORES = "If these are scores and no probabilities, pass --scores."
EMPTY = "Fill it in, delete the row, or name another column."


@dataclass(frozen=True)
class PredictionTable:
    """The columns of a CSV in order, and each row by place with the line it ends on. ``where`` names the file.

    Columns are asked for by name, in any case. Every method that reads one raises DataError where there is none, with
    the nearest name, and for an empty cell.
    """

    where: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    decimal_comma: bool = False

    @classmethod
    def read(cls, path: Path) -> PredictionTable:
        """Reads a CSV with a header, without judging what is in it. Raises DataError.

        Commas, semicolons or tabs between columns; a decimal comma is read where it doesn't part columns.
        """
        table = open_table(path)
        rows = list(table.rows)
        for row in rows:
            if row.problem:
                raise DataError(row.problem, where=f"{table.where}: line {row.line}")
        if not rows:
            raise DataError("holds no prediction", where=table.where, remedy="Give a header and a row a nodule.")
        cells, lines = tuple(row.cells for row in rows), tuple(row.line for row in rows)
        return cls(table.where, table.columns, cells, lines, table.decimal_comma)

    def has(self, column: str) -> bool:
        """Whether there is a column of that name."""
        return place(self.columns, column, self.where) is not None

    def without_empty(self, column: str) -> PredictionTable:
        """The rows whose cell in ``column`` isn't empty. Raises DataError where there is none left."""
        at = place(self.columns, column, self.where)
        both = zip(self.rows, self.lines, strict=True)
        kept = [(row, line) for row, line in both if at is None or row[at]]
        if not kept:
            raise DataError(f"column {column!r} is empty in every row", where=self.where)
        return replace(self, rows=tuple(row for row, _ in kept), lines=tuple(line for _, line in kept))

    def at(self, places: Sequence[int]) -> PredictionTable:
        """The rows at these places, in their order."""
        rows, lines = tuple(self.rows[place] for place in places), tuple(self.lines[place] for place in places)
        return replace(self, rows=rows, lines=lines)

    def where_is(self, column: str, value: str) -> PredictionTable:
        """The rows with that value in the column. Raises DataError where there is none."""
        cells = self._column(column)
        if value not in cells:
            listed = ", ".join(list(dict.fromkeys(cells))[:5])
            raise DataError(f"column {column!r} never holds {value!r}", where=self.where, remedy=f"It has {listed}.")
        return self.at([place for place, cell in enumerate(cells) if cell == value])

    def usual_column(self, usual: Sequence[str], option: str) -> str:
        """The column that is called ``usual[0]``, or else the only one that has another usual name, as it is written.

        Raises DataError where several have one; ``option`` is then how to choose.
        """
        at = {name: place(self.columns, name, self.where) for name in usual}
        there = [self.columns[place] for place in dict.fromkeys(at.values()) if place is not None]
        if at[usual[0]] is None and len(there) > 1:
            raise DataError(
                f"no column {usual[0]!r}, and several that may be meant: {', '.join(there)}",
                where=self.where,
                remedy=f"Name the column with {option}.",
            )
        return there[0] if there else usual[0]

    def labels(self, column: str, positive: str) -> tuple[tuple[Label, ...], Mapping[Label, str]]:
        """The labels, and the file's words for the two; ``positive`` is the one that means malignant.

        Raises DataError where they aren't two, or malignant can't be identified.
        """
        cells = self._cells(column, f"{EMPTY} --skip-unlabelled leaves out rows without a label.")
        plain = {cell: _plain(cell) for cell in dict.fromkeys(cells)}
        words: dict[str, str] = {}
        for cell, one in plain.items():
            words.setdefault(one, cell)
        listed = ", ".join(f"{word!r}" for word in list(words.values())[:5]) + (", ..." if len(words) > 5 else "")
        where = f"{self.where}: column {column!r}"
        if len(words) > 2:
            third = self.lines[cells.index(list(words.values())[2])]
            raise DataError(
                f"holds {len(words)} values: {listed}; the third is first met on line {third}",
                where=where,
                remedy="Give a column of two values, benign and malignant.",
            )
        malignant = _plain(positive)
        if malignant == _plain("benign"):
            raise DataError(
                f"{positive!r} can't mean malignant",
                where=where,
                remedy="If the probabilities are P(benign), turn them into P(malignant) = 1 - P(benign).",
            )
        opposite = OPPOSITES.get(malignant)
        if malignant not in words and list(words) != [opposite]:
            raise DataError(
                f"{positive!r} never occurs; it holds {listed}",
                where=where,
                remedy="Say which value means malignant with --positive VALUE.",
            )
        others = [word for one, word in words.items() if one != malignant]
        benign = others[0] if others else opposite or "none"
        labels = tuple(Label(plain[cell] == malignant) for cell in cells)
        return labels, {Label.BENIGN: benign, Label.MALIGNANT: words.get(malignant, positive)}

    def cells_if_any(self, column: str) -> list[str]:
        """The column's cells, "" for an empty one."""
        return self._column(column)

    def probabilities(self, column: str, or_else: str = SCORES) -> tuple[float, ...]:
        """P(malignant), in 0 .. 1. Raises DataError for any other cell; ``or_else`` is what to do with scores."""
        return self._probabilities(column, self._cells(column), or_else)

    def probabilities_if_any(self, column: str) -> tuple[float, ...]:
        """P(malignant), in 0 .. 1, nan for an empty cell. Raises DataError for any other cell."""
        return self._probabilities(column, self._column(column))

    def _probabilities(self, column: str, cells: list[str], or_else: str = SCORES) -> tuple[float, ...]:
        values = tuple(self.number(cell) for cell in cells)
        for line, cell, value in zip(self.lines, cells, values, strict=True):
            if cell and not 0 <= value <= 1:
                remedy = "Give P(malignant) as a number between 0 and 1."
                if 1 < value <= 100 or cell.endswith("%"):
                    remedy += " Divide percentages by 100."
                elif "," in cell:
                    remedy += " Write a decimal point."
                if math.isfinite(value):
                    remedy += f" {or_else}"
                raise self._bad_cell(line, f"column {column!r}: {cell!r} is not a probability", remedy)
        return values

    def scores(self, column: str) -> tuple[float, ...]:
        """Any finite numbers, the higher the more likely malignant. Raises DataError for any other cell."""
        cells = self._cells(column)
        values = tuple(self.number(cell) for cell in cells)
        commas = self.decimal_comma and any("," in cell for cell in cells)
        for line, cell, value in zip(self.lines, cells, values, strict=True):
            if not math.isfinite(value):
                remedy = "Give a finite number, without a unit or a percent sign, or delete the row."
                raise self._bad_cell(line, f"column {column!r}: {cell!r} is not a score", remedy)
            if commas and "." in cell:  # 1.045 beside 0,9: a thousand and 45, or a little more than 1?
                remedy = "The column has decimal commas and points. Use one of them."
                raise self._bad_cell(line, f"column {column!r}: {cell!r} is not a clear score", remedy)
        return values

    def groups(self, column: str) -> tuple[str, ...]:
        """The names of groups, accents composed, so that one patient has one name."""
        return tuple(composed(cell) for cell in self._cells(column))

    def _cells(self, column: str, remedy: str = EMPTY) -> list[str]:
        cells = self._column(column)
        for line, cell in zip(self.lines, cells, strict=True):
            if not cell:
                raise self._bad_cell(line, f"column {column!r} is empty", remedy)
        return cells

    def _column(self, column: str) -> list[str]:
        at = place(self.columns, column, self.where)
        if at is None:
            names = [name for name in self.columns if name]
            near = difflib.get_close_matches(column, names, n=1, cutoff=0.0) or [""]
            raise DataError(
                f"no column {column!r}, only {', '.join(names)}",
                where=self.where,
                remedy=f"Did you mean {near[0]!r}? Name the column with --label, --p or --group.",
            )
        return [row[at] for row in self.rows]

    def number(self, cell: str) -> float:
        """The cell's number, nan where it is none."""
        try:
            return math.nan if "_" in cell else float(with_point(cell) if self.decimal_comma else cell)
        except ValueError:
            return math.nan

    def _bad_cell(self, line: int, what: str, remedy: str) -> DataError:
        return DataError(what, where=f"{self.where}: line {line}", remedy=remedy)


def _plain(cell: str) -> str:
    """A label without case or needless decimals: 'Benign' is 'benign'; '1.0', 'True' and 'yes' are '1'."""
    try:
        number = float(cell)
    except ValueError:
        return SAME.get(word(cell), word(cell))
    return f"{number:g}"
