"""A file of grades in long form, a row a read: reader, nodule, label and score; read, or refused with the line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from isthmus.cross.prediction_table import PredictionTable
from isthmus.errors import DataError
from isthmus.evidence.readers.grades import Grades, Mask, Strings
from isthmus.evidence.readers.scale import (
    Scale,
    is_level,
    level_of,
    levels_of,
    scale_of_levels,
    scale_of_numbers,
    with_threshold,
)
from isthmus.judge.metrics import Floats
from isthmus.nodule import Label
from isthmus.text import word

READER, NODULE, LABEL, SCORE = "reader", "nodule", "label", "score"
MODE, EXPERIENCE, SECONDS = "mode", "experience", "seconds"
FIRST, CHANGED, MODEL, WRONG = "first_score", "changed", "model", "wrong_model"
PATIENTS = ("patient", "group")
YES, NO = ("yes", "true", "1", "y"), ("no", "false", "0", "n", "")
BENIGN, MALIGNANT = "benign", "malignant"
ZERO, ONE = str(int(Label.BENIGN)), str(int(Label.MALIGNANT))


def read(path: Path, positive: str | None = None, threshold: str | None = None) -> Grades:
    """Reads a CSV. Raises DataError with the line of what is wrong, UsageError for a threshold of another scale.

    ``positive`` is the label that means malignant; None for "malignant", or for 1 where the labels are 0 and 1.
    """
    table = PredictionTable.read(path)
    _refuse_missing(table)
    _refuse_empty(table)
    positive = positive or _positive(table)
    labels = np.array([int(one) for one in table.labels(LABEL, positive)[0]], np.int64)
    readers, nodules = (_names(table, column) for column in (READER, NODULE))
    modes = _names(table, MODE) if table.has(MODE) else np.full(labels.size, "", str)
    patient = next((name for name in PATIENTS if table.has(name)), None)
    patients = nodules if patient is None else _names(table, patient)
    _refuse_repeats(table, readers, nodules, modes)
    _refuse_two(table, nodules, labels, lambda value: f"is {BENIGN if value == 0 else MALIGNANT}", "label")
    _refuse_two(table, nodules, patients, lambda value: f"is of {patient} {value!r}", "patient")
    scores, first, scale = _scores(table)
    return Grades(
        Path(table.where).name,
        readers,
        nodules,
        labels,
        scores,
        modes,
        patients,
        patient,
        _experience(table, readers),
        with_threshold(scale, threshold),
        _seconds(table),
        first,
        _flags(table, CHANGED),
        _model(table),
        _flags(table, WRONG),
        positive,
    )


def _positive(table: PredictionTable) -> str:
    """The label that means malignant where nobody names it."""
    numbers = {table.number(cell) for cell in table.cells_if_any(LABEL)}
    return ONE if numbers <= {float(ZERO), float(ONE)} else MALIGNANT


def _refuse_missing(table: PredictionTable) -> None:
    missing = [column for column in (READER, NODULE, LABEL, SCORE) if not table.has(column)]
    if missing:
        raise DataError(
            f"no column {', '.join(missing)}; it has {', '.join(name for name in table.columns if name)}",
            where=table.where,
            remedy=f"Give a row a read, with columns {READER}, {NODULE}, {LABEL}, {SCORE}.",
        )


def _refuse_empty(table: PredictionTable) -> None:
    for column in (READER, NODULE, LABEL, SCORE):
        for cell, line in zip(table.cells_if_any(column), table.lines, strict=True):
            if not cell:
                fill = "Write benign or malignant, by pathology" if column == LABEL else "Fill it in"
                raise _bad(table, line, column, "is empty", f"{fill}, or delete the row: what was not read has none.")


def _names(table: PredictionTable, column: str) -> Strings:
    return np.array(table.groups(column))


def _refuse_repeats(table: PredictionTable, readers: Strings, nodules: Strings, modes: Strings) -> None:
    first: dict[tuple[str, str, str], int] = {}
    for line, reader, nodule, mode in zip(table.lines, readers, nodules, modes, strict=True):
        key = (str(reader), str(nodule), str(mode))
        if key in first:
            what = f"reader {key[0]!r} has read nodule {key[1]!r}" + (f" in mode {key[2]!r}" if key[2] else "")
            raise DataError(
                f"{what} on line {first[key]} already",
                where=f"{table.where}: line {line}",
                remedy="Keep one row, or name the two readings in a column mode.",
            )
        first[key] = line


def _refuse_two(
    table: PredictionTable,
    keys: Strings,
    values: npt.NDArray[np.generic],
    says: Callable[[Any], str],
    what: str,
    key_name: str = NODULE,
) -> None:
    """Raises DataError where a nodule or a reader has two values of what it can have one of."""
    first: dict[str, int] = {}
    for at, key in enumerate(keys.tolist()):
        before = first.setdefault(key, at)
        if values[before] != values[at]:
            raise DataError(
                f"{key_name} {key!r} {says(values[at])}, and {says(values[before])} on line {table.lines[before]}",
                where=f"{table.where}: line {table.lines[at]}",
                remedy=f"Give each {key_name} one {what}.",
            )


def _experience(table: PredictionTable, readers: Strings) -> Mapping[str, str]:
    if not table.has(EXPERIENCE):
        return {}
    cells = np.array([word(cell) for cell in table.cells_if_any(EXPERIENCE)])
    _refuse_two(table, readers, cells, lambda value: f"is {str(value)!r}", EXPERIENCE, READER)
    return {reader: cell for reader, cell in zip(readers.tolist(), cells.tolist(), strict=True) if cell}


def _scores(table: PredictionTable) -> tuple[Floats, Floats | None, Scale]:
    """Scores, scores before if there are any, and their scale. Raises DataError."""
    cells = table.groups(SCORE)
    before = table.cells_if_any(FIRST) if table.has(FIRST) else None
    both = [(cell, line, SCORE) for cell, line in zip(cells, table.lines, strict=True)]
    both += [(cell, line, FIRST) for cell, line in zip(before or (), table.lines, strict=False) if cell]
    numbers = {cell: table.number(cell) for cell, _, _ in both}
    if all(not math.isnan(value) for value in numbers.values()):
        _refuse_infinite(table, both, numbers)
        scale = scale_of_numbers(np.array([numbers[cell] for cell, _, _ in both]))
    else:
        _refuse_no_level(table, both, numbers)
        try:
            levels = levels_of(list(numbers))
        except ValueError as error:
            raise DataError(
                f"column {SCORE!r}: {error}", where=table.where, remedy="Give every nodule a level of one system."
            ) from None
        numbers = {cell: float(levels.index(level_of(cell)) + 1) for cell in numbers}
        scale = scale_of_levels(levels)
    first = None if before is None else np.array([numbers[cell] if cell else math.nan for cell in before])
    return np.array([numbers[cell] for cell in cells]), first, scale


def _refuse_infinite(
    table: PredictionTable, cells: Sequence[tuple[str, int, str]], numbers: Mapping[str, float]
) -> None:
    for cell, line, column in cells:
        if not math.isfinite(numbers[cell]):
            raise _bad(
                table, line, column, f"{cell!r} is not a finite number", "Give a finite number, or delete the row."
            )


def _refuse_no_level(
    table: PredictionTable, cells: Sequence[tuple[str, int, str]], numbers: Mapping[str, float]
) -> None:
    levels = any(is_level(cell) and math.isnan(numbers[cell]) for cell, _, _ in cells)
    for cell, line, column in cells:
        if not is_level(cell) and (levels or math.isnan(numbers[cell])):
            number = not math.isnan(numbers[cell])
            what = f"{cell!r} is " + (
                "no TI-RADS level, as others are" if number else "neither a number nor a TI-RADS level"
            )
            remedy = "Give numbers, higher for malignant, or levels: TR1 to TR5, 4A."
            if cell.endswith("%"):
                remedy = "Leave the percent sign out, in every row."
            raise _bad(table, line, column, what, remedy)


def _seconds(table: PredictionTable) -> Floats | None:
    if not table.has(SECONDS):
        return None
    values = []
    for cell, line in zip(table.cells_if_any(SECONDS), table.lines, strict=True):
        value = table.number(cell) if cell else math.nan
        if cell and not 0 <= value < math.inf:
            raise _bad(table, line, SECONDS, f"{cell!r} is no time", "Give seconds, or leave the cell empty.")
        values.append(value)
    return np.array(values)


def _flags(table: PredictionTable, column: str) -> Mask | None:
    if not table.has(column):
        return None
    cells = [word(cell) for cell in table.cells_if_any(column)]
    for cell, line in zip(cells, table.lines, strict=True):
        if cell not in YES + NO:
            raise _bad(table, line, column, f"{cell!r} is neither yes nor no", "Write yes or no.")
    return np.array([cell in YES for cell in cells])


def _model(table: PredictionTable) -> Floats | None:
    """What the model called each: 1 malignant, 0 benign, by name or as P at one half; nan where nothing is said."""
    if not table.has(MODEL):
        return None
    named = {MALIGNANT: 1.0, BENIGN: 0.0, "": math.nan}
    values = []
    for cell, line in zip(table.cells_if_any(MODEL), table.lines, strict=True):
        value = named.get(word(cell))
        if value is None:
            p = table.number(cell)
            if not 0 <= p <= 1:
                remedy = f"Write {BENIGN}, {MALIGNANT}, or P(malignant) from 0 to 1."
                raise _bad(table, line, MODEL, f"{cell!r} is no answer of a model", remedy)
            value = float(p >= 0.5)
        values.append(value)
    return np.array(values)


def _bad(table: PredictionTable, line: int, column: str, what: str, remedy: str) -> DataError:
    return DataError(
        f"column {column!r} {what}" if what.startswith("is ") else f"column {column!r}: {what}",
        where=f"{table.where}: line {line}",
        remedy=remedy,
    )
