"""Files written whole or not at all; text files of other people read."""

from __future__ import annotations

import contextlib
import gzip
import json
import math
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from isthmus.errors import DataError, IsthmusError, StorageError
from isthmus.text import printable, what_it_is, what_the_byte_says


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside ``path``; on success it takes the place of ``path`` in one step.

    Raises StorageError where the disk is full or the folder can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise refusal(path, error) from error
    temporary = Path(name)
    try:
        temporary.chmod(0o666 & ~_umask())
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as error:
        raise refusal(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes ``text`` as UTF-8, whole or not at all; what is no Unicode, escaped. Raises StorageError."""
    with whole_file(path) as temporary:
        temporary.write_text(printable(text), encoding="utf-8", newline="\n")


def write_bytes(path: Path, content: bytes) -> None:
    """Writes ``content``, whole or not at all. Raises StorageError."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def write_gzip(path: Path, text: str) -> None:
    """Writes ``text`` as gzipped UTF-8, whole or not at all; the same bytes for the same text. Raises StorageError."""
    with whole_file(path) as temporary:
        temporary.write_bytes(gzip.compress(printable(text).encode(), mtime=0))


def read_text(path: Path, kind: type[IsthmusError] = DataError, where: str = "") -> str:
    """The text of a UTF-8 file with or without a byte order mark.

    Raises ``kind`` where the file can't be read or is something else, and says what it seems to be.
    """
    where = where or printable(path)
    refuse_endless(path, where, kind)
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        what = getattr(error, "strerror", None) or str(error)
        raise kind(f"can't read: {what}", where=where, remedy="Check the path.") from error
    if other := what_it_is(content):
        raise not_utf8(other, where, kind)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise not_utf8(what_the_byte_says(error, line), where, kind) from None


def refuse_endless(path: Path, where: str, kind: type[IsthmusError] = DataError) -> None:
    """Raises ``kind`` for a pipe, a socket or a device, which would be waited for, or never end."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return  # whoever opens it says why it can't be
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise kind("is no regular file", where=where, remedy="Save what it gives in a file, and name that.")


def not_utf8(what: str, where: str, kind: type[IsthmusError] = DataError) -> IsthmusError:
    """The error to raise for a file that should be UTF-8 text and is ``what``."""
    return kind(f"is not UTF-8 text but {what}", where=where, remedy="Save it as text in UTF-8.")


def json_text(value: object, indent: int = 2) -> str:
    """``value`` as JSON in ASCII, valid for any parser: other characters are escaped, lone surrogates twice, as text.

    What is not a finite number becomes null, as JSON has no NaN.
    """
    return json.dumps(_plain(value), indent=indent, allow_nan=False)


def read_json(path: Path) -> object:
    """The value in a JSON file that isthmus wrote. Raises OSError, and ValueError for whatever isn't JSON."""
    try:
        value: object = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    return value


def make_folder(path: Path) -> None:
    """Makes ``path`` and what is above it. Raises StorageError where that can't be done."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise refusal(path, error) from error


def same(one: Path, other: Path) -> bool:
    """Whether both are there and are one file or folder, by whatever name."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {printable(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return printable(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def refuse_full(path: Path, needed: int) -> None:
    """Raises StorageError where the disk that ``path`` is to be written on has less than ``needed`` bytes free."""
    there = next((folder for folder in path.absolute().parents if folder.exists()), None)
    free = shutil.disk_usage(there).free if there else needed
    if free < needed:
        raise StorageError(
            f"needs {needed / 1e6:.0f} MB of disk, and {free / 1e6:.0f} MB are free",
            where=printable(path),
            remedy="Free some space or choose a folder on another disk.",
        )


def refuse_unwritable(path: Path) -> None:
    """Raises StorageError unless a file or folder could be made at ``path``, and those above it; makes nothing."""
    there = next(folder for folder in path.absolute().parents if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise refusal(path, error) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def refusal(path: Path, error: OSError) -> StorageError:
    """The error to raise where ``path`` could not be written."""
    return StorageError(
        f"can't write: {error.strerror or error}",
        where=printable(path),
        remedy="Free some space or choose a folder that you may write to.",
    )
