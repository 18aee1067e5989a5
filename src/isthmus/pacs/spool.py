"""The file that an object is received into, a piece at a time, so that a large one needs no memory.

pynetdicom writes it and asks for nothing but a file's methods. A write that fails would end the association without an
answer; here it is remembered, and the file is gone, which the answer to C-STORE then tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pynetdicom.dimse_messages
from pynetdicom import _config

messages: Any = pynetdicom.dimse_messages
MOST_BYTES = 4 << 30  # of one object


class Spool:
    """A file in ``folder`` that pynetdicom writes; it is deleted with the last one who knows of it."""

    def __init__(self, folder: Path) -> None:
        self.file = self  # pynetdicom flushes file.file
        self.name = str(folder / "full")  # which isn't there: the disk was full before anything came
        self._size = 0
        self._written: Any = None
        try:
            self._written = NamedTemporaryFile(dir=folder, delete=False, suffix=".dcm")  # noqa: SIM115
            self.name = self._written.name
        except OSError:
            pass

    def write(self, content: bytes) -> int:
        """Writes the next piece; nothing more after one that didn't fit."""
        self._size += len(content)
        if self._written is not None:
            try:
                if self._size > MOST_BYTES:
                    raise OSError
                self._written.write(content)
            except OSError:
                self.give_up()
        return len(content)

    def flush(self) -> None:
        """Writes what is buffered."""
        if self._written is not None:
            try:
                self._written.flush()
            except OSError:
                self.give_up()

    def close(self) -> None:
        """Closes the file."""
        if self._written is not None:
            try:
                self._written.close()
            except OSError:
                self.give_up()

    def give_up(self) -> None:
        """Deletes the file."""
        written, self._written = self._written, None
        Path(self.name).unlink(missing_ok=True)
        if written is not None:
            with suppress(OSError):
                written.close()

    def __del__(self) -> None:
        self.give_up()  # also of an association that ended in the middle of an object


@contextmanager
def spooling(folder: Path) -> Iterator[None]:
    """Has pynetdicom write what it receives into files of ``folder`` for as long as this lasts."""
    before = (_config.STORE_RECV_CHUNKED_DATASET, messages.NamedTemporaryFile)
    _config.STORE_RECV_CHUNKED_DATASET = True
    messages.NamedTemporaryFile = lambda **_given: Spool(folder)
    try:
        yield
    finally:
        _config.STORE_RECV_CHUNKED_DATASET, messages.NamedTemporaryFile = before
