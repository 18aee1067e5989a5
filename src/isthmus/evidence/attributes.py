"""What nodules are divided by into subgroups: columns of a CSV by their usual names, numbers in bands."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

import numpy as np

from isthmus.cross.prediction_table import PredictionTable
from isthmus.errors import DataError
from isthmus.text import word

NUMBERS = ("age", "size", "size_mm", "size_px")
USUAL = (
    *NUMBERS,
    *("sex", "tirads", "composition", "echogenicity", "margins", "calcifications", "shape"),
    *("calipers", "dual_view", "scanner", "source", "site", "hospital"),
)
MOST_VALUES = 12
BANDS = 3
UNKNOWN = ("", "nan", "<na>")  # an empty cell, and how tables in Python write one


def attributes_of(
    table: PredictionTable, by: Sequence[str], others: Collection[str]
) -> dict[str, Sequence[str | None]]:
    """The columns ``by``, else those with a usual name that aren't ``others``; many numbers in bands of equal count.

    Raises DataError for a column of ``by`` with too many values.
    """
    names = by or [name for name in USUAL if table.has(name) and name not in others]
    made = {}
    for name in names:
        cells = [None if word(cell) in UNKNOWN else cell for cell in table.cells_if_any(name)]
        values = banded(cells) if name in (*by, *NUMBERS) else cells
        count = len(set(values) - {None})
        if count > MOST_VALUES and by:
            raise DataError(
                f"column {name!r} has {count} values, too many for subgroups",
                where=table.where,
                remedy=f"Name one with at most {MOST_VALUES}, or with numbers.",
            )
        if 2 <= count <= MOST_VALUES:
            made[name] = values
    return made


def banded(cells: Sequence[str | None]) -> Sequence[str | None]:
    """The cells, in BANDS of equal count where they are numbers of many values."""
    try:
        numbers = np.array([np.nan if cell is None else float(cell) for cell in cells])
    except ValueError:
        return cells
    cells = [cell if np.isfinite(number) else None for cell, number in zip(cells, numbers, strict=True)]
    there = numbers[np.isfinite(numbers)]
    if len(np.unique(there)) <= MOST_VALUES:
        return cells
    edges = np.unique(np.quantile(there, np.arange(1, BANDS) / BANDS))
    names = [f"below {edges[0]:g}"]
    names += [f"{low:g} to below {high:g}" for low, high in itertools.pairwise(edges)]
    names += [f"{edges[-1]:g} or more"]
    at = np.searchsorted(edges, numbers, side="right")
    return [names[place] if np.isfinite(number) else None for place, number in zip(at, numbers, strict=True)]
