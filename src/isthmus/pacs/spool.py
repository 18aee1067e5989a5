"""The file that an object is received into, a piece at a time, so that a large one needs no memory.

pynetdicom writes it and asks for nothing but a file's methods. A write that fails would end the association without an
answer; here it is remembered, and the file is gone, which the answer to C-STORE then tells.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pynetdicom.dimse_messages
from pynetdicom import _config

from isthmus.errors import DataError, IsthmusError, StorageError

messages: Any = pynetdicom.dimse_messages
MOST_BYTES = 4 << 30  # of one object
RESERVE = 64 << 20  # bytes of the disk that are left for answers and the table: without these nothing is ever deleted
NOWHERE = "none"  # the name of a file that isn't there
EVERY = 16 << 20  # bytes that are written between two looks at the disk
# Where the object goes that the present thread receives; None: where pynetdicom likes.
FOLDER: ContextVar[Path | None] = ContextVar("folder", default=None)


class Spool:
    """A file in ``folder`` that pynetdicom writes; it is deleted with the last one who knows of it.

    Args:
        folder: where it is written.
        most: bytes that it may have; None for ``MOST_BYTES``.
        reserve: bytes of the disk that have to stay free of a large one, and a quarter of them of any; None for
            ``RESERVE``.
    """

    def __init__(self, folder: Path, most: int | None = None, reserve: int | None = None) -> None:
        self.file = self  # pynetdicom flushes file.file
        self.name = str(folder / NOWHERE)
        self.trouble: IsthmusError | None = None
        self._most, self._reserve = MOST_BYTES if most is None else most, RESERVE if reserve is None else reserve
        self._size = self._looked = 0
        self._written: Any = None
        try:
            self._refuse_full(folder, self._reserve // 4)  # regions are small, and free what waits for them
            self._written = NamedTemporaryFile(dir=folder, delete=False, suffix=".dcm")  # noqa: SIM115
            self.name = self._written.name
        except OSError as error:
            self._fail(error)

    def write(self, content: bytes) -> int:
        """Writes the next piece; nothing more after one that didn't fit."""
        self._size += len(content)
        if self._written is not None:
            try:
                if self._size > self._most:
                    raise TooLargeError(self._most)
                if self._size - self._looked > EVERY:
                    self._refuse_full(Path(self.name).parent, self._reserve)
                self._written.write(content)
            except (OSError, TooLargeError) as error:
                self._fail(error)
        return len(content)

    def flush(self) -> None:
        """Writes what is buffered."""
        self._try("flush")

    def close(self) -> None:
        """Closes the file."""
        self._try("close")

    def finished(self) -> Path:
        """The whole file, closed. Raises StorageError where the disk was full, DataError where it was too large."""
        self.close()
        if self.trouble is not None:
            raise self.trouble
        if self._written is None:
            raise DataError("was given up, as its association ended", remedy="Send it again.")
        return Path(self.name)

    def kept(self) -> Path:
        """As ``finished``; the file stays when this is gone."""
        path = self.finished()
        self._written, self.name = None, str(path.parent / NOWHERE)
        return path

    def give_up(self) -> None:
        """Deletes the file."""
        written, self._written = self._written, None
        with suppress(OSError):
            Path(self.name).unlink(missing_ok=True)
        if written is not None:
            with suppress(OSError):
                written.close()

    def __del__(self) -> None:
        self.give_up()

    def _try(self, what: str) -> None:
        if self._written is not None:
            try:
                getattr(self._written, what)()
            except OSError as error:
                self._fail(error)

    def _refuse_full(self, folder: Path, reserve: int) -> None:
        self._looked = self._size
        if shutil.disk_usage(folder).free < reserve:
            raise OSError(f"less than {reserve >> 20} MiB are free")

    def _fail(self, error: OSError | DataError) -> None:
        if isinstance(error, OSError):
            what = f"no space left for it ({error.strerror or error})"
            self.trouble = StorageError(what, remedy="Free some space, and send it again.")
        else:
            self.trouble = error
        self.give_up()


class TooLargeError(DataError):
    """An object that is larger than is taken."""

    def __init__(self, most: int) -> None:
        size = f"{most >> 30} GiB" if most >= 1 << 30 else f"{most:,} bytes"
        super().__init__(f"is larger than {size}", remedy="Send the frames that show the nodule.")


@contextmanager
def spooling() -> Iterator[None]:
    """Has pynetdicom write what it receives ``into`` a folder to a file there, for as long as this lasts."""
    before = (_config.STORE_RECV_CHUNKED_DATASET, messages.NamedTemporaryFile)
    _config.STORE_RECV_CHUNKED_DATASET = True
    messages.NamedTemporaryFile = _new_file
    try:
        yield
    finally:
        _config.STORE_RECV_CHUNKED_DATASET, messages.NamedTemporaryFile = before


@contextmanager
def into(folder: Path) -> Iterator[None]:
    """Names the folder of what the present thread receives within."""
    token = FOLDER.set(folder)
    try:
        yield
    finally:
        FOLDER.reset(token)


def _new_file(**given: Any) -> Any:
    folder = FOLDER.get()
    return NamedTemporaryFile(**given) if folder is None else Spool(folder)
