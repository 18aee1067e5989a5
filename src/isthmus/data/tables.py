"""CSV and TSV tables: the one reader for every verb, and the writer."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from isthmus import files
from isthmus.errors import DataError
from isthmus.text import HEAD, printable, what_it_is, what_the_byte_says, word

DELIMITERS = ",;\t"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for its beginning
SEPARATOR = re.compile(r'"?sep=([^\w\s"]|\t)"?', re.IGNORECASE)  # the line that Excel puts first


@dataclass(frozen=True)
class Row:
    """A row's cells by place, stripped, "" where it ends early; ``line`` is where it ends, counted from 1.

    ``problem`` says why the cells can't be separated, "" if they can.
    """

    line: int
    cells: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Table:
    """A table with its header read: the names of its columns, stripped, "" for an unnamed one, and its rows to come.

    ``decimal_comma``: whether a comma may stand in a number, since it doesn't part columns.
    """

    where: str
    columns: tuple[str, ...]
    rows: Iterator[Row]
    decimal_comma: bool

    def number(self, cell: str) -> str:
        """A cell that should be a number, with a point where the table may write a comma."""
        return with_point(cell) if self.decimal_comma else cell


def open_table(path: Path, where: str = "") -> Table:
    """Opens a UTF-8 table, with or without byte order mark, gzipped if its name ends in .gz; rows are read one by one.

    Columns are parted by commas, semicolons or tabs, whichever parts the header into most; by what a first line
    ``sep=;`` says; a .tsv by tabs. Empty lines are skipped. Raises DataError, also while rows are read, for a file
    that can't be read, is no such text, or is empty. ``where`` names the file in errors.
    """
    where = where or printable(path)
    files.refuse_endless(path, where)
    lines = _checked_lines(path, where)
    comma, header = next(lines, (False, None))
    if header is None:
        raise DataError("is empty", where=where, remedy="Give a line with the names of the columns, and rows below.")
    columns = tuple(cell.removeprefix("\ufeff") for cell in header.cells)
    return Table(where, columns, _rows(lines, columns), comma)


def with_point(cell: str) -> str:
    """The cell with a decimal point for its one comma; with several it is no number, and stays."""
    return cell.replace(",", ".") if cell.count(",") == 1 else cell


def as_csv(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV text that ``open_table`` reads back; what no file can hold, and carriage returns, as escapes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue()


def inert(text: str) -> str:
    """Somebody's words for a cell, with an apostrophe before what a spreadsheet would take for a formula.

    >>> inert("=HYPERLINK(1)"), inert("-2+3"), inert("calcified"), inert("")
    ("'=HYPERLINK(1)", "'-2+3", 'calcified', '')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def places(columns: Sequence[str], names: Sequence[str], where: str) -> dict[str, int]:
    """Where the columns of these names are, in any case. Raises DataError for a name that occurs twice."""
    all_places = {name: _alike(columns, name) for name in names}
    for name, at in all_places.items():
        if len(at) > 1:
            raise _twice(columns, at, name, where)
    return {name: at[0] for name, at in all_places.items() if at}


def place(columns: Sequence[str], name: str, where: str) -> int | None:
    """Where the column is that is called so, or alone so but for its case; None if there is none. Raises DataError."""
    exact = [at for at, column in enumerate(columns) if column == name.strip()]
    at = exact or _alike(columns, name)
    if len(at) > 1:
        raise _twice(columns, at, name, where)
    return at[0] if at else None


def _alike(columns: Sequence[str], name: str) -> list[int]:
    return [at for at, column in enumerate(columns) if word(column) == word(name)]


def _twice(columns: Sequence[str], at: Sequence[int], name: str, where: str) -> DataError:
    written = " and ".join(repr(columns[one]) for one in at)
    return DataError(
        f"has more than one column {name!r}: {written}", where=where, remedy="Rename all but the one that is meant."
    )


def _rows(lines: Iterator[tuple[bool, Row]], columns: Sequence[str]) -> Iterator[Row]:
    """The rows below the header, each with a cell for every column."""
    width = len(columns)
    needed = max((at for at, name in enumerate(columns, 1) if name), default=0)
    for _, row in lines:
        cells = row.cells[:width] + ("",) * (width - len(row.cells))
        fits = needed <= len(row.cells) <= width  # an empty cell too many means that others may have shifted
        problem = "" if fits else f"has {len(row.cells)} cells where the header has {needed}"
        yield Row(row.line, cells, problem)


def _checked_lines(path: Path, where: str) -> Iterator[tuple[bool, Row]]:
    """Every row with content, and whether a comma may stand in its numbers; the header is the first."""
    try:
        with _opened(path) as file:
            if other := what_it_is(file.read(HEAD)):
                raise _no_table(other, where)
        with _opened(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            yield from _lines(text, path, where)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        if isinstance(error, UnicodeDecodeError):
            raise _no_table(what_the_byte_says(*_first_bad(path, error)), where) from None
        what = getattr(error, "strerror", None) or str(error)
        raise DataError(f"can't read: {what}", where=where, remedy="Check the path.") from error


def _opened(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if _is_gzipped(path) else path.open("rb")


def _is_gzipped(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _lines(text: io.TextIOWrapper, path: Path, where: str) -> Iterator[tuple[bool, Row]]:
    skipped, first = 0, ""
    for first in text:
        if first.strip():
            break
        skipped += 1
    separator = SEPARATOR.fullmatch(first.strip("\r\n"))
    delimiter = separator[1] if separator else _delimiter(first, path)
    before, begun = (skipped + 1, []) if separator else (skipped, [first])
    reader = csv.reader(_joined(begun, text), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield delimiter != ",", Row(before + reader.line_num, tuple(cell.strip() for cell in cells))
    except csv.Error as error:
        raise DataError(f"is not CSV ({error})", where=f"{where}: line {before + reader.line_num}") from None


def _joined(begun: list[str], text: Iterable[str]) -> Iterator[str]:
    yield from begun
    yield from text


def _delimiter(header: str, path: Path) -> str:
    if (path.with_suffix("") if _is_gzipped(path) else path).suffix.lower() == ".tsv":
        return "\t"
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter), [])))


def _first_bad(path: Path, error: UnicodeDecodeError) -> tuple[UnicodeDecodeError, int]:
    """The first line that is no UTF-8, counted from 1: text is decoded in blocks that know no lines."""
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as first:
                return first, number
    return error, 1


def _no_table(what: str, where: str) -> DataError:
    error = files.not_utf8(what, where)
    return DataError(error.what, where=where, remedy="Save it as CSV in UTF-8.")


def _written(cell: object) -> str:
    return printable(str(cell)).replace("\r", "\\r")
