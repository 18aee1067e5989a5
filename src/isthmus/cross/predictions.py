"""Predictions as a CSV: ours written, anybody's read."""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from isthmus import files
from isthmus.cross.columns import USUAL_LABELS, USUAL_P
from isthmus.data.tables import as_csv, open_table, place, with_point
from isthmus.errors import DataError
from isthmus.nodule import Label
from isthmus.prediction import PROBABILITIES, Prediction
from isthmus.text import composed, word

# A file of one class only is understood where the positive value has a usual opposite.
OPPOSITES: Mapping[str, str] = {"malignant": "benign", "1": "0"}
SAME: Mapping[str, str] = {"true": "1", "yes": "1", "false": "0", "no": "0"}


COLUMNS = ("nodule", "image", "patient", "group", "fold", "label", *PROBABILITIES)


@dataclass(frozen=True, kw_only=True)
class FoldPrediction(Prediction):
    """A prediction on a nodule that the fold's network didn't learn from, with what the nodule is: ``label``.

    ``group`` is the nodule's in the split, ``threshold`` the fold's.
    """

    patient: str
    group: str
    fold: int
    label: Label

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {
            "patient": self.patient,
            "group": self.group,
            "fold": self.fold,
            "label": str(self.label),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The record that ``as_json`` gave, or a row of a fold.json of before: ``p`` for ``p_malignant``, labels as
        numbers, no box."""
        record, label = {**record}, record["label"]
        if "p" in record:
            record["p_malignant"] = record.pop("p")
        return super().from_json(record | {"label": Label.named(label) if isinstance(label, str) else Label(label)})


@dataclass(frozen=True)
class Table:
    """A CSV as read: its columns in order, and each row by place with the line it ends on."""

    where: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    decimal_comma: bool = False

    def has(self, column: str) -> bool:
        """Whether there is a column of that name, in any case."""
        return place(self.columns, column, self.where) is not None


@dataclass(frozen=True, eq=False)
class Predictions:
    """Anybody's predictions: labels (n,) 0 benign or 1 malignant, values (n,) P(malignant), groups (n,) or None.

    With ``scores``, the values are any finite numbers, the higher the more likely malignant. ``names`` are the file's
    words for benign and malignant; ``rows`` the whole rows, by column.
    """

    labels: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    groups: npt.NDArray[np.str_] | None
    rows: tuple[Mapping[str, str], ...]
    names: Mapping[Label, str] = field(default_factory=dict)
    scores: bool = False


def write_predictions(path: Path, predictions: Iterable[FoldPrediction]) -> None:
    """Writes a CSV with COLUMNS, whole or not at all; floats read back equal. Raises StorageError."""
    rows = (prediction.as_cells() for prediction in predictions)
    files.write_text(path, as_csv(itertools.chain([COLUMNS], ([row[name] for name in COLUMNS] for row in rows))))


def read_table(path: Path) -> Table:
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
    return Table(table.where, table.columns, cells, lines, table.decimal_comma)


def usual_column(table: Table, usual: Sequence[str], option: str) -> str:
    """The column that is called ``usual[0]``, or else the only one that has another usual name, as it is written.

    Raises DataError where several have one.
    """
    at = {name: place(table.columns, name, table.where) for name in usual}
    there = [table.columns[place] for place in dict.fromkeys(at.values()) if place is not None]
    if at[usual[0]] is None and len(there) > 1:
        raise DataError(
            f"no column {usual[0]!r}, and several that may be meant: {', '.join(there)}",
            where=table.where,
            remedy=f"Name the column with {option}.",
        )
    return there[0] if there else usual[0]


def predictions(
    table: Table,
    label: str = USUAL_LABELS[0],
    value: str = USUAL_P[0],
    group: str | None = None,
    positive: str = "malignant",
    scores: bool = False,
) -> Predictions:
    """The table's columns as labels, probabilities (or ``scores``: any finite numbers) and groups. Raises DataError.

    ``positive`` is the label that means malignant.
    """
    names = _names(table, _column(table, label), label, positive)
    labels = [int(_plain(cell) == _plain(positive)) for cell in _column(table, label)]
    read = _scores if scores else _probabilities
    values = np.array(read(table, value, _column(table, value)))
    groups = None if group is None else np.array([composed(cell) for cell in _column(table, group)])
    rows = tuple({name: cell for name, cell in zip(table.columns, row, strict=True) if name} for row in table.rows)
    return Predictions(np.array(labels, dtype=np.int64), values, groups, rows, names, scores)


def _column(table: Table, name: str) -> list[str]:
    """The cells of a column, none empty. Raises DataError, with the nearest name for one that isn't there."""
    at = place(table.columns, name, table.where)
    if at is None:
        named = [column for column in table.columns if column]
        near = difflib.get_close_matches(name, named, n=1, cutoff=0.0) or [""]
        raise DataError(
            f"no column {name!r}, only {', '.join(named)}",
            where=table.where,
            remedy=f"Did you mean {near[0]!r}? Name the column with --label, --p or --group.",
        )
    cells = [row[at] for row in table.rows]
    for line, cell in zip(table.lines, cells, strict=True):
        if not cell:
            raise DataError(
                f"column {name!r} is empty",
                where=f"{table.where}: line {line}",
                remedy="Fill it in, delete the row, or name another column.",
            )
    return cells


def _probabilities(table: Table, column: str, cells: Sequence[str]) -> list[float]:
    values = [_number(table, cell) for cell in cells]
    for line, cell, value in zip(table.lines, cells, values, strict=True):
        if not 0 <= value <= 1:
            remedy = "Give P(malignant) as a number between 0 and 1."
            if 1 < value <= 100 or cell.endswith("%"):
                remedy += " Divide percentages by 100."
            elif "," in cell:
                remedy += " Write a decimal point."
            if math.isfinite(value):
                remedy += " If these are scores and no probabilities, pass --scores."
            raise _no_number(table, column, line, cell, "a probability", remedy)
    return values


def _scores(table: Table, column: str, cells: Sequence[str]) -> list[float]:
    values = [_number(table, cell) for cell in cells]
    commas = table.decimal_comma and any("," in cell for cell in cells)
    for line, cell, value in zip(table.lines, cells, values, strict=True):
        if not math.isfinite(value):
            remedy = "Give a finite number, without a unit or a percent sign, or delete the row."
            raise _no_number(table, column, line, cell, "a score", remedy)
        if commas and "." in cell:  # 1.045 beside 0,9: a thousand and 45, or a little more than 1?
            remedy = "The column has decimal commas and points. Use one of them."
            raise _no_number(table, column, line, cell, "a score that can be told", remedy)
    return values


def _number(table: Table, cell: str) -> float:
    """The cell's number, nan where it is none."""
    try:
        return math.nan if "_" in cell else float(with_point(cell) if table.decimal_comma else cell)
    except ValueError:
        return math.nan


def _no_number(table: Table, column: str, line: int, cell: str, what: str, remedy: str) -> DataError:
    return DataError(f"column {column!r}: {cell!r} is not {what}", where=f"{table.where}: line {line}", remedy=remedy)


def _names(table: Table, cells: list[str], column: str, positive: str) -> dict[Label, str]:
    """The file's words for the two labels. Raises DataError where they aren't two, or malignant can't be told."""
    lines: dict[str, int] = {}
    words: dict[str, str] = {}
    for line, cell in zip(table.lines, cells, strict=True):
        lines.setdefault(_plain(cell), line)
        words.setdefault(_plain(cell), cell)
    listed = ", ".join(f"{word!r}" for word in list(words.values())[:5]) + (", ..." if len(words) > 5 else "")
    where = f"{table.where}: column {column!r}"
    if len(words) > 2:
        third = list(words)[2]
        raise DataError(
            f"holds {len(words)} values: {listed}; the third is first met on line {lines[third]}",
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
    others = [word for plain, word in words.items() if plain != malignant]
    return {Label.BENIGN: others[0] if others else opposite or "none", Label.MALIGNANT: words.get(malignant, positive)}


def _plain(cell: str) -> str:
    """A label without case or needless decimals: 'Benign' is 'benign'; '1.0', 'True' and 'yes' are '1'."""
    try:
        number = float(cell)
    except ValueError:
        return SAME.get(word(cell), word(cell))
    return f"{number:g}"
