"""Parquet in and out, by pyarrow: the extra ``archive``."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from isthmus.errors import DataError, UsageError
from isthmus.text import printable

ROWS_A_GROUP = 1 << 16


def pyarrow(where: str) -> ModuleType:
    """pyarrow with its Parquet. Raises UsageError, about ``where``, if it isn't installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        remedy = "Install it: pip install 'isthmus[archive]', or use .csv."
        raise UsageError("Parquet needs pyarrow, which is not installed", where=where, remedy=remedy) from None
    module: ModuleType = pyarrow
    return module


def columns_of(path: Path) -> list[str]:
    """The names of a file's columns. Raises UsageError without pyarrow, DataError for a file that can't be read."""
    arrow, where = pyarrow(printable(path)), printable(path)
    try:
        names: list[str] = arrow.parquet.read_schema(path).names
    except (arrow.ArrowException, OSError) as error:
        raise _unreadable(where, error) from None
    return names


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """The rows of a file, with these columns only. Raises UsageError, DataError as ``columns_of`` does."""
    arrow, where = pyarrow(printable(path)), printable(path)
    try:
        with arrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=4096, columns=[*columns]):
                yield from batch.to_pylist()
    except (arrow.ArrowException, OSError) as error:
        raise _unreadable(where, error) from None


def write(path: Path, rows: Iterable[Sequence[str]], columns: Mapping[str, type]) -> None:
    """Writes rows of text, each column as its type: str, int or float; "" is null."""
    arrow = pyarrow(printable(path))
    types = {str: arrow.string(), int: arrow.int64(), float: arrow.float64()}
    schema = arrow.schema([(name, types[kind]) for name, kind in columns.items()])
    with arrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        remaining = iter(rows)
        while group := list(itertools.islice(remaining, ROWS_A_GROUP)):
            cells = zip(zip(*group, strict=True), columns.values(), strict=True)
            arrays = [[kind(cell) if cell else None for cell in column] for column, kind in cells]
            writer.write_table(arrow.table(arrays, schema=schema))


def _unreadable(where: str, error: Exception) -> DataError:
    return DataError(f"is no Parquet file that can be read ({error})", where=where)
