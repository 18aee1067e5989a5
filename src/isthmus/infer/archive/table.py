"""What was read as rows of a table. ``p`` is P(malignant), ``verdict`` the model's, at its threshold."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from isthmus.infer.archive.items import Item, Region
from isthmus.nodule import Prediction

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
    "p": float,
    "p_whole": float,
    "p_crops": float,
    "verdict": str,
    "error": str,
    "pages": int,
}

LONGEST = 1 << 16  # characters of a cell

Row = tuple[str, ...]


def read_row(item: Item, region: Region, said: Prediction) -> Row:
    """The row of a region that was read; floats read back equal."""
    crops = "" if said.crops is None else repr(said.crops)
    box = map(str, (said.box.x0, said.box.y0, said.box.x1, said.box.y1))
    own = (region.nodule, item.image, region.patient, *box, region.label)
    return (*own, repr(said.probability), repr(said.whole), crops, str(said.label), "", str(said.pages))


def failed_row(item: Item, region: Region, error: str) -> Row:
    """The row of a region that could not be read, and why: its numbers are empty."""
    box = region.box
    sides = ("",) * 4 if box is None else map(str, (box.x0, box.y0, box.x1, box.y1))
    own = (region.nodule, item.image, region.patient, *sides, region.label)
    return (*own, "", "", "", "", " ".join(error.split()), "")


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    """Rows as CSV text that reads back as it was, but for what ``cell`` changes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: str) -> str:
    """A cell's text: carriage returns, which the csv module leaves bare as if they ended the row, and what is no
    Unicode are written as ``\\r`` and ``\\udc80``, and it ends after 65,536 characters, well below csv's limit."""
    return value[:LONGEST].replace("\r", "\\r").encode("utf-8", "backslashreplace").decode()
