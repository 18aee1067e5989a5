"""``nodules.csv``: the patients, labels, boxes, and masks or frames of images in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isthmus.data import tables
from isthmus.data.tables import Table, open_table, places
from isthmus.errors import DataError
from isthmus.nodule import Box
from isthmus.text import composed

COLUMNS = ("image", "patient", "label", "x0", "y0", "x1", "y1", "mask")
SIDES = COLUMNS[3:7]


@dataclass(frozen=True)
class NoduleLine:
    """One line of the table. What it leaves empty is "" here, and None for the box.

    ``category`` is the label column as written, ``mask`` the name of a file or folder. ``problem`` is why the row can't
    be used, "" if it can.
    """

    line: int
    image: str
    patient: str = ""
    category: str = ""
    box: Box | None = None
    mask: str = ""
    problem: str = ""
    page: int = 1


def read_rows(path: Path, columns: Sequence[str] = COLUMNS) -> tuple[list[NoduleLine], list[str]]:
    """Every row of the table at ``path``, and the names of columns that it has beyond ``columns``.

    ``frame`` is the page of a row where it is among the columns, 1 where a row leaves it empty. Raises DataError if the
    file can't be read as a table, has no column "image", or has one of ours twice.
    """
    table = open_table(path, path.name)
    at = places(table.columns, columns, table.where)
    if "image" not in at:
        raise DataError(
            f"has no column 'image' but {', '.join(filter(None, table.columns)) or 'nothing'}",
            where=table.where,
            remedy=f"Give the columns {','.join(columns)}.",
        )
    rows = [_row(table, at, row) for row in table.rows]
    return rows, [name for place, name in enumerate(table.columns) if name and place not in at.values()]


def _row(table: Table, at: Mapping[str, int], row: tables.Row) -> NoduleLine:
    values = {name: row.cells[place] for name, place in at.items()}
    image = values["image"]
    if row.problem or not image:
        return NoduleLine(row.line, image, problem=row.problem or "names no image")
    sides, mask = [table.number(values.get(side, "")) for side in SIDES], values.get("mask", "")
    if mask and any(sides):
        return NoduleLine(row.line, image, problem="has a box and a mask; leave one of them empty")
    frame = values.get("frame", "")
    if frame and not (frame.isascii() and frame.isdigit() and int(frame) > 0):
        return NoduleLine(row.line, image, problem=f"frame {frame!r} is no number from 1 on")
    try:
        box = Box.parse(",".join(sides)) if any(sides) else None
    except DataError as error:
        return NoduleLine(row.line, image, problem=error.what)
    patient, label = composed(values.get("patient", "")), values.get("label", "")
    return NoduleLine(row.line, image, patient, label, box, mask, page=int(frame or 1))
