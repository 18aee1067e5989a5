"""The one way of walking a folder, for data sets and archives: whatever is not read is reported."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from isthmus.data.dataset import Fault
from isthmus.data.names import name_under
from isthmus.errors import DataError
from isthmus.text import printable

KINDS = ((stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISDIR, "a folder"))


@dataclass(frozen=True)
class Unread:
    """What was met under a folder and isn't read, and why.

    ``elsewhere``: nothing is lost, as it is a link to a folder that is read under another name.
    """

    path: Path
    why: str
    elsewhere: bool = False


def walk(root: Path, accepted: Callable[[Path], bool]) -> Iterator[Path | Unread]:
    """The files under ``root`` that are accepted, in the order of their names, folder by folder, but hidden ones.

    ``accepted`` goes by the name. Links are followed: one that leads back up isn't; one to a folder that is read under
    another name comes as ``Unread``, as do a folder that can't be listed, a link that leads nowhere, and whatever has
    an accepted name and is no file. A file that two links lead to comes twice. Holds the names of one folder at a time.
    """
    return _Walk(root, accepted).folder(root, frozenset())


def folders(root: Path) -> Iterator[Path | Unread]:
    """``root`` and the folders that ``walk`` goes through under it, each before those in it; and what isn't listed."""
    return _Walk(root, lambda path: False, folders=True).folder(root, frozenset())


def files_in(root: Path, accepted: Callable[[Path], bool]) -> tuple[list[Path], list[Unread]]:
    """What ``walk`` finds: files, sorted, and what isn't read."""
    entries = [*walk(root, accepted)]
    files = sorted(one for one in entries if isinstance(one, Path))
    return files, [one for one in entries if isinstance(one, Unread)]


def files_under(
    folder: Path, accepted: Callable[[Path], bool], root: Path | None = None
) -> tuple[list[Path], list[Fault]]:
    """Every accepted file under ``folder``, in order, and a Fault for whatever is not read there.

    Faults are named from ``root`` on, the data set's folder. Raises DataError if the folder is missing.
    """
    if not folder.is_dir():
        raise DataError("no such folder", where=str(folder), remedy="Give the folder that holds the data set.")
    files, unread = files_in(folder, accepted)
    return files, [_not_read(one, root or folder) for one in unread]


def what_it_is(mode: int) -> str:
    """What a path is that is no regular file, by its mode."""
    return next((name for test, name in KINDS if test(mode)), "a device")


def _not_read(one: Unread, root: Path) -> Fault:
    file = name_under(root, one.path)
    if one.elsewhere:
        return Fault(file, "", "repeated-folder", "read once", one.why)
    return Fault(file, "", "not-read", "left out", one.why, broken=True)


class _Walk:
    def __init__(self, root: Path, accepted: Callable[[Path], bool], folders: bool = False) -> None:
        self.root, self.accepted, self.folders = root.resolve(), accepted, folders
        self.listed: dict[Path, Path] = {}  # real folder -> the name that it is read under

    def folder(self, folder: Path, above: frozenset[Path]) -> Iterator[Path | Unread]:
        try:
            real = folder.resolve()
            self.listed[real] = folder
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
        except (OSError, RuntimeError) as error:
            yield Unread(folder, f"can't list this folder: {_why(error)}")
            return
        if self.folders:
            yield folder
        for path in (folder / name for name in names):
            yield from self._one(path, above | {real})

    def _one(self, path: Path, above: frozenset[Path]) -> Iterator[Path | Unread]:
        try:
            mode = path.stat().st_mode
        except OSError as error:
            if _is_link(path) and not (self.folders and path.suffix):
                yield Unread(path, f"is a link that leads nowhere: {_why(error)}")
            elif self.accepted(path) or not path.suffix:
                yield Unread(path, f"can't read: {_why(error)}")
            return
        if stat.S_ISDIR(mode):
            yield from self._inner(path, above)
        elif self.accepted(path):
            yield path if stat.S_ISREG(mode) else Unread(path, f"is {what_it_is(mode)}, no file")

    def _inner(self, path: Path, above: frozenset[Path]) -> Iterator[Path | Unread]:
        """A folder in a folder. One that is not reached by its name is a link, or lies behind one."""
        real = path.resolve()
        if path.is_symlink():
            if real in above or any(real == one for one in self.root.parents):
                return
            if real.is_relative_to(self.root) and not _is_hidden(real.relative_to(self.root)):
                yield Unread(
                    path, f"is a link to {printable(real.relative_to(self.root))}, and is read there", elsewhere=True
                )
                return
        if real in self.listed:
            yield Unread(
                path, f"is the same folder as {printable(self.listed[real])}, and is read there", elsewhere=True
            )
            return
        yield from self.folder(path, above)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:  # in a folder that may be listed and not entered
        return False


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
