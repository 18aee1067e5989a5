"""Finished chunks on disk: a run after a kill reads only the others, and no row is lost or doubled."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from isthmus import files
from isthmus.data.tables import as_csv
from isthmus.errors import DataError, StorageError, UsageError
from isthmus.infer.archive import parquet
from isthmus.infer.archive.items import Chunk
from isthmus.infer.archive.table import COLUMNS, Cells
from isthmus.prediction import ABSTAIN
from isthmus.text import printable

ANOTHER = "Choose another --to."
FORMAT = "5"  # of the parts
PARTS = ".parts"  # ends the name of their folder, which begins as the table's
PART_NAME = re.compile(r"\d{8}-[0-9a-f]{16}\.csv|whole\.(csv|parquet)", re.IGNORECASE)  # what lies in it
TABLE = {"nodule", "image", "p_whole", "p_crops", "verdict", "error"}  # columns of every table ever written
IMAGE, ERROR, PAGES, VERDICT = (tuple(COLUMNS).index(name) for name in ("image", "error", "pages", "verdict"))


class Parts:
    """The folder ``OUT.parts``: a file a chunk, named by its place, its items and ``reader``, who reads them.

    Each is written whole or not at all, so that one that is there is finished. Raises StorageError where it can't be
    written, UsageError for an OUT that is neither CSV nor Parquet.
    """

    def __init__(self, to: Path, reader: str) -> None:
        if to.suffix.lower() not in (".csv", ".parquet"):
            raise UsageError(f"{to.name or to} is neither .csv nor .parquet", where="--to", remedy="Name the file so.")
        if to.is_dir():
            raise UsageError(f"{to} is a folder", where="--to", remedy="Name a file in it.")
        if to.suffix.lower() == ".parquet":
            parquet.pyarrow("--to")
        if not _is_ours(to):
            what = "is there already, and is no table that this command wrote"
            raise UsageError(what, where=f"--to {printable(to)}", remedy="Choose another name, or move it away.")
        self.to, self.folder, self.reader = to, to.with_name(f"{to.name}{PARTS}"), f"{FORMAT} {reader}"
        files.make_folder(self.folder)
        names = {path.name for path in self.folder.iterdir() if not path.name.startswith(".")}
        if strange := sorted(name for name in names if not PART_NAME.fullmatch(name)):
            what = f"holds {strange[0]}, which this command didn't write"
            raise UsageError(what, where=printable(self.folder), remedy="Choose another --to, or move it away.")
        self.stored = {name for name in names if not name.startswith("whole.")}
        self.replaces = to.exists()
        self.names: list[str] = []
        self.images = 0

    def unfinished(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """The chunks that have no part yet; counts all of them and their images."""
        for chunk in chunks:
            self.images += chunk.images
            self._refuse_target(chunk)
            self.names.append(f"{chunk.index:08}-{chunk.fingerprint(self.reader)}.csv")
            if self.names[-1] not in self.stored:
                yield chunk

    def _refuse_target(self, chunk: Chunk) -> None:
        """Raises UsageError where OUT is one of the files that are read."""
        if self.replaces and any(files.same(item.path, self.to) for item in chunk.items):
            raise UsageError("is what this command reads", where=f"--to {printable(self.to)}", remedy=ANOTHER)

    def write(self, chunk: Chunk, rows: Iterable[Cells]) -> None:
        """Writes the part of a chunk that ``unfinished`` gave."""
        files.write_text(self.folder / self.names[chunk.index], as_csv(rows))

    def merge(self) -> Counts:
        """Writes OUT from the parts, whole or not at all, and removes them.

        Parts that no chunk of this run has the name of, left by other input or another reader, are not used.
        """
        counts = Counts()
        rows = counts.pass_through(row for name in self.names for row in self._read(self.folder / name))
        whole = self.folder / f"whole{self.to.suffix}"
        with files.whole_file(whole) as temporary:
            if self.to.suffix.lower() == ".parquet":
                parquet.write(temporary, rows, COLUMNS)
            else:
                _write_csv(temporary, rows)
        try:
            whole.replace(self.to)
        except OSError as error:
            raise files.refusal(self.to, error) from error
        shutil.rmtree(self.folder, ignore_errors=True)
        return counts

    @property
    def foreign(self) -> int:
        """How many parts in the folder are of other input or another reader."""
        return len(self.stored - set(self.names))

    def _read(self, path: Path) -> Iterator[Sequence[str]]:
        try:
            with path.open(encoding="utf-8", newline="") as part:
                yield from csv.reader(part, strict=True)
        except OSError as error:
            remedy = "Does another run write the same file? Run it again."
            raise StorageError(f"a finished part is gone: {error.strerror}", where=str(path), remedy=remedy) from error


class Counts:
    """Rows, how many of them have an error, the first of these, how many are abstained from, and the images that have
    several pages."""

    def __init__(self) -> None:
        self.rows = self.errors = self.abstained = self.several_pages = 0
        self.first_error = self.counted = ""

    def pass_through(self, rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
        for row in rows:
            self.rows += 1
            if row[ERROR]:
                self.errors += 1
                self.first_error = self.first_error or f"{row[IMAGE]}: {row[ERROR]}"
            self.abstained += row[VERDICT] == ABSTAIN
            if row[PAGES] not in ("", "1") and row[IMAGE] != self.counted:
                self.several_pages += 1
                self.counted = row[IMAGE]
            yield row


def _write_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def _is_ours(to: Path) -> bool:
    """Whether ``to`` may be replaced: it isn't there, is empty, or is a table with our columns."""
    try:
        if not to.exists() or (to.is_file() and not to.stat().st_size):
            return True
        if not to.is_file():
            return False
        if to.suffix.lower() == ".parquet":
            return set(parquet.columns_of(to)) >= TABLE
        with to.open(encoding="utf-8", newline="") as table:
            return set(next(csv.reader([table.readline(1 << 12)]), [])) >= TABLE
    except (OSError, ValueError, DataError):  # ValueError: no text, or a name with a NUL; DataError: no Parquet
        return False
