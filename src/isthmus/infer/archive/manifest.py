"""Manifests: a table that lists images, and if it likes boxes, nodules, patients and labels."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from isthmus.data.names import OnDisk
from isthmus.data.tables import open_table, places
from isthmus.errors import DataError, UsageError
from isthmus.infer.archive.items import Item, Region
from isthmus.nodule import Box
from isthmus.text import printable

MANIFESTS = frozenset({".csv", ".tsv", ".parquet"})
SIDES = ("x0", "y0", "x1", "y1")
COLUMNS = ("path", *SIDES, "nodule", "patient", "label")
PROBLEM = " "  # no column is called so: their names are stripped

Row = Mapping[str, Any]


def manifest_items(path: Path) -> Iterator[Item]:
    """The images of a manifest, in its order; neighbouring rows of one image make one item.

    A CSV, TSV or Parquet file with the column ``path``, from the manifest's own folder on or absolute, and optionally
    x0, y0, x1, y1 (all empty: the whole image), nodule, patient, label. A row that can't be used becomes an item with
    a problem; a path that isn't there as it stands is looked for in its other spellings, see ``data.names``. Raises
    DataError if the table itself can't be read.
    """
    files = OnDisk(path.absolute().parent)
    rows = _parquet_rows(path) if path.suffix.lower() == ".parquet" else _csv_rows(path)
    numbered = enumerate(rows, 1)
    for image, group in itertools.groupby(numbered, lambda row: _text(row[1].get("path")) or f"row {row[0]}"):
        file, problem = _found(files, image)
        yield Item(image, file, named(image, [_region(row, problem) for _, row in group]))


def named(image: str, regions: Sequence[Region]) -> tuple[Region, ...]:
    """The regions, each with a name: the image's if it is all of it, else that and a number."""
    return tuple(
        region if region.nodule else replace(region, nodule=image if region.box is None else f"{image}-{number}")
        for number, region in enumerate(regions, 1)
    )


def _region(row: Row, problem: str) -> Region:
    nodule, patient, label, *sides = (row.get(name) for name in ("nodule", "patient", "label", *SIDES))
    problem = row.get(PROBLEM) or ("" if _text(row.get("path")) else "names no path") or problem
    box = None
    if not problem and any(map(_text, sides)):
        try:
            box = Box.covering([_text(side) for side in sides])
        except DataError as error:
            problem = error.what
    return Region(_text(nodule), box, _text(patient), _text(label), problem)


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()


def _found(files: OnDisk, image: str) -> tuple[Path, str]:
    """The file that the manifest calls ``image``, and what speaks against reading it."""
    found = files.find(image)
    if len(found) > 1:
        return files.path(image), f"may be {' or '.join(sorted(printable(path.name) for path in found))}"
    return (found[0] if found else files.path(image)), ""


def _csv_rows(path: Path) -> Iterator[Row]:
    table = open_table(path)
    at = _columns(table.columns, table.where)
    for row in table.rows:
        cells: dict[str, Any] = {name: row.cells[place] for name, place in at.items()}
        cells |= {side: table.number(cells[side]) for side in SIDES if side in cells}
        yield cells | ({PROBLEM: f"line {row.line} {row.problem}"} if row.problem else {})


def _parquet_rows(path: Path) -> Iterator[Row]:
    where = printable(path)
    try:
        import pyarrow.parquet
    except ModuleNotFoundError:
        remedy = "Install it: pip install 'isthmus[archive]'."
        raise UsageError("Parquet needs pyarrow, which is not installed", where=where, remedy=remedy) from None
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            written = file.schema_arrow.names
            columns = {written[place]: name for name, place in _columns(written, where).items()}
            for batch in file.iter_batches(batch_size=4096, columns=[*columns]):
                for row in batch.to_pylist():
                    yield {columns[name]: value for name, value in row.items()}
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"is no Parquet file that can be read ({error})", where=where) from None


def _columns(header: Sequence[str], where: str) -> dict[str, int]:
    """Where our columns are. Raises DataError if there is no path, or a name twice."""
    at = places(header, COLUMNS, where)
    if "path" not in at:
        raise DataError(
            f"has no column 'path' but {', '.join(filter(None, header)) or 'nothing'}",
            where=where,
            remedy=f"Give the columns {','.join(COLUMNS)}; all but path may be missing.",
        )
    return at
