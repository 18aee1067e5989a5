"""A store as one file, made while it is in use, and a store made of such a file."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath

from isthmus import files
from isthmus.errors import DataError, StorageError, UsageError
from isthmus.serve.login.sessions import SECRET
from isthmus.serve.store import PICTURES, opened
from isthmus.text import printable

PASSING = {SECRET, "incoming"}  # the secret that sessions are signed with, and what is just being received
PASSING_SUFFIXES = ("-wal", "-shm", "-journal", ".lock")


def backup(folder: Path, to: Path) -> int:
    """Copies all that a store keeps into one zip archive, whole or not at all, which only its owner may read; gives the
    number of pictures. Each database is copied as it is at one moment, files after them. Raises StorageError,
    UsageError."""
    opened(folder).close()
    if folder.resolve() in to.resolve().parents:
        raise UsageError("lies in the store itself", where=printable(to), remedy="Name a file elsewhere.")
    paths = sorted(_kept(folder), key=lambda path: (path.suffix != ".sqlite", path))
    with (
        files.whole_file(to) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        temporary.chmod(0o600)
        for path in paths:
            name = path.relative_to(folder).as_posix()
            with tempfile.NamedTemporaryFile(prefix=f".{to.name}.", dir=to.parent) as copy:
                if path.suffix == ".sqlite":
                    _copy_database(path, Path(copy.name))
                    made.write(copy.name, name)
                elif path.exists():  # or it was deleted meanwhile
                    made.write(path, name)
        names = [name for name in made.namelist() if name.startswith(f"{PICTURES}/")]
    return len(names)


def restore(archive: Path, folder: Path) -> None:
    """Makes a store of what ``backup`` made, whole or not at all. Users have to sign in anew. Raises DataError for what
    is no such archive, UsageError where there is something in the folder already, StorageError."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("isn't empty", where=printable(folder), remedy="Name a new folder.")
    files.make_folder(folder.absolute().parent)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.absolute().parent))
    try:
        with zipfile.ZipFile(archive) as opened_archive:
            for one in opened_archive.infolist():
                _unpack(opened_archive, one, made)
        opened(made).close()
        if folder.exists():
            folder.rmdir()
        os.replace(made, folder)  # noqa: PTH105
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, StorageError) as error:
        what = f"is no backup of a store ({printable(str(error))})"
        raise DataError(what, where=printable(archive), remedy="Name what `isthmus store --backup` wrote.") from None
    except OSError as error:
        raise files.refusal(folder, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _kept(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if parts[0] in PASSING or any(part.startswith(".") for part in parts) or path.name.endswith(PASSING_SUFFIXES):
            continue
        if path.is_file() and not path.is_symlink():
            yield path


def _copy_database(source: Path, to: Path) -> None:
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(to)) as copy:
        try:
            database.backup(copy)
        except sqlite3.Error as error:
            raise StorageError(f"can't be copied ({error})", where=printable(source), remedy="Try again.") from None


def _unpack(archive: zipfile.ZipFile, one: zipfile.ZipInfo, folder: Path) -> None:
    name = PurePosixPath(one.filename)
    if name.is_absolute() or not name.parts or any(part in ("..", "") or "\\" in part for part in name.parts):
        raise zipfile.BadZipFile(f"it holds {one.filename!r}")
    to = folder.joinpath(*name.parts)
    to.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(one) as source, to.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    if name.parts[0] == PICTURES:
        with to.open("rb") as copied:
            if hashlib.file_digest(copied, "sha256").hexdigest() != name.name:
                raise zipfile.BadZipFile(f"picture {name.name} is damaged")
