"""The table of an archive: a row a region, ``p_malignant`` and the ``verdict`` at the bundle's threshold."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from isthmus.infer.archive.items import Item, Region
from isthmus.prediction import SIDES, Prediction

# Column -> what it holds. ``label`` is what the archive says, empty where it says nothing; ``error`` why a row has no
# numbers, ``pages`` how many the image has, of which the first was read.
COLUMNS = {
    "nodule": str,
    "image": str,
    "patient": str,
    "x0": int,
    "y0": int,
    "x1": int,
    "y1": int,
    "label": str,
    "p_malignant": float,
    "p_whole": float,
    "p_crops": float,
    "verdict": str,
    "error": str,
    "pages": int,
}

LONGEST = 1 << 16  # characters of a cell

Cells = tuple[str, ...]  # a row of the table, by place


def cells_of(item: Item, region: Region, answer: Prediction | str) -> Cells:
    """The row of a region: its prediction, or why it could not be read, with empty numbers."""
    row = {"nodule": region.nodule, "image": item.image, "patient": region.patient, "label": region.label}
    if isinstance(answer, Prediction):
        row |= answer.as_cells()
    else:
        row["error"] = " ".join(answer.split())
        row |= {side: str(getattr(region.box, side)) for side in SIDES if region.box}
    return tuple(row.get(column, "") for column in COLUMNS)


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    """Rows as CSV text that reads back as it was, but for what ``cell`` changes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: str) -> str:
    """A cell's text: carriage returns, which the csv module leaves bare as if they ended the row, and what is no
    Unicode are written as ``\\r`` and ``\\udc80``, and it ends after 65,536 characters, well below csv's limit."""
    return value[:LONGEST].replace("\r", "\\r").encode("utf-8", "backslashreplace").decode()
