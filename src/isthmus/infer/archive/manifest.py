"""Manifests: tables that list images, and optionally boxes, nodules, patients and labels."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from isthmus.data.names import OnDisk
from isthmus.data.tables import open_table, places
from isthmus.errors import DataError
from isthmus.infer.archive import parquet
from isthmus.infer.archive.items import Item, Region, with_names
from isthmus.nodule import Box
from isthmus.text import printable

MANIFESTS = frozenset({".csv", ".tsv", ".parquet"})
SIDES = ("x0", "y0", "x1", "y1")
COLUMNS = ("path", "page", *SIDES, "nodule", "patient", "label", "tirads")
PROBLEM = " "  # no column is called so: their names are stripped

Line = Mapping[str, Any]  # of a manifest, by column


def manifest_items(path: Path) -> Iterator[Item]:
    """The images of a manifest, in its order; neighbouring rows of one image make one item.

    A CSV, TSV or Parquet file with the column ``path``, absolute or relative to the manifest's folder, and optionally
    page (of a file of several, 1 where empty), x0, y0, x1, y1 (all empty: the whole image), nodule, patient, label,
    tirads. A row that can't be used becomes an
    item with a problem; a path that isn't there as it stands is looked for in its other spellings, see ``data.names``.
    Raises DataError if the table itself can't be read.
    """
    files = OnDisk(path.absolute().parent)
    lines = _parquet_lines(path) if path.suffix.lower() == ".parquet" else _csv_lines(path)
    numbered = enumerate(lines, 1)
    for (name, page), group in itertools.groupby(numbered, lambda line: _picture(*line)):
        file, problem = _file(files, name)
        number = int(page) if page.isascii() and page.isdigit() else 0
        image = name if number == 1 else f"{name}#{page}"
        problem = problem or ("" if number else f"page {page!r} is no number from 1 on")
        yield Item(image, file, with_names(image, [_region(line, problem) for _, line in group]), page=max(number, 1))


def _picture(number: int, line: Line) -> tuple[str, str]:
    """The name of a row's image, and its page as written."""
    page = _text(line.get("page")) or "1"
    return _text(line.get("path")) or f"row {number}", page.removesuffix(".0")  # Parquet may hold floats


def _region(line: Line, problem: str) -> Region:
    nodule, patient, label, tirads = (_text(line.get(name)) for name in ("nodule", "patient", "label", "tirads"))
    sides = [line.get(name) for name in SIDES]
    problem = line.get(PROBLEM) or ("" if _text(line.get("path")) else "names no path") or problem
    box = None
    if not problem and any(map(_text, sides)):
        try:
            box = Box.covering([_text(side) for side in sides])
        except DataError as error:
            problem = error.what
    return Region(nodule, box, patient, label, problem, tirads)


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()


def _file(files: OnDisk, image: str) -> tuple[Path, str]:
    """The file that the manifest calls ``image``, and what speaks against reading it."""
    paths = files.find(image)
    if len(paths) > 1:
        return files.path(image), f"may be {' or '.join(sorted(printable(path.name) for path in paths))}"
    return (paths[0] if paths else files.path(image)), ""


def _csv_lines(path: Path) -> Iterator[Line]:
    table = open_table(path)
    at = _places(table.columns, table.where)
    for row in table.rows:
        cells: dict[str, Any] = {name: row.cells[place] for name, place in at.items()}
        cells |= {side: table.number(cells[side]) for side in SIDES if side in cells}
        yield cells | ({PROBLEM: f"line {row.line} {row.problem}"} if row.problem else {})


def _parquet_lines(path: Path) -> Iterator[Line]:
    header = parquet.columns_of(path)
    names = {header[place]: name for name, place in _places(header, printable(path)).items()}
    for row in parquet.read_rows(path, [*names]):
        yield {names[column]: value for column, value in row.items()}


def _places(header: Sequence[str], where: str) -> dict[str, int]:
    """Where our columns are. Raises DataError if there is no path, or a name twice."""
    at = places(header, COLUMNS, where)
    if "path" not in at:
        raise DataError(
            f"has no column 'path' but {', '.join(filter(None, header)) or 'nothing'}",
            where=where,
            remedy=f"Give the columns {','.join(COLUMNS)}; all but path may be missing.",
        )
    return at
