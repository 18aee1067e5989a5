"""``nodules.csv``: a table that says what a folder's names can't: patients, labels, boxes."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from isthmus.errors import DataError
from isthmus.nodule import Box

COLUMNS = ("image", "patient", "label", "x0", "y0", "x1", "y1")
SIDES = COLUMNS[3:]


@dataclass(frozen=True)
class Row:
    """One line of the table. What it leaves empty is "" here, and None for the box.

    ``category`` is the label column as written. ``problem`` says why the row can't be used, "" if it can.
    """

    line: int
    image: str
    patient: str = ""
    category: str = ""
    box: Box | None = None
    problem: str = ""


def read_rows(path: Path) -> tuple[list[Row], list[str]]:
    """Every row of the table at ``path``, and the names of columns that it has beyond ours.

    Raises DataError if the file can't be read as UTF-8 CSV, or has no column "image".
    """
    where = path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"can't read: {error.strerror}", where=where) from error
    except UnicodeDecodeError as error:
        raise DataError(f"is not UTF-8 text (byte {error.start})", where=where, remedy="Save it as UTF-8.") from error
    table = csv.DictReader(io.StringIO(text, newline=""))
    try:
        table.fieldnames = [name.strip().lower() for name in table.fieldnames or ()]
        if "image" not in table.fieldnames:
            raise DataError(
                f"has no column 'image' but {', '.join(table.fieldnames) or 'nothing'}",
                where=where,
                remedy=f"Give the columns {','.join(COLUMNS)}, with commas between.",
            )
        rows = [_row(table.line_num, fields) for fields in table]
    except csv.Error as error:
        raise DataError(f"is not CSV ({error})", where=f"{where}: line {table.line_num}") from error
    return rows, [name for name in table.fieldnames if name not in COLUMNS]


def _row(line: int, fields: dict[str | None, str | list[str] | None]) -> Row:
    values = {name: text.strip() for name, text in fields.items() if name in COLUMNS and isinstance(text, str)}
    image = values.get("image", "").replace("\\", "/").removeprefix("./")
    if None in fields:
        return Row(line, image, problem="has more fields than the header")
    if not image:
        return Row(line, image, problem="names no image")
    sides = [values.get(side, "") for side in SIDES]
    try:
        box = Box.parse(",".join(sides)) if any(sides) else None
    except DataError as error:
        return Row(line, image, problem=error.what)
    return Row(line, image, values.get("patient", ""), values.get("label", ""), box)
