"""Files by the names that tables and annotations give them, however those are spelt.

What names the same file: composed and decomposed accents (NFC, NFD), ``\\`` and ``/``, a leading ``./``, and an image's
ending in any case. An exact match comes before all others.
"""

from __future__ import annotations

import os
import posixpath
import unicodedata
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Generic, TypeVar

from isthmus.data.pixels import IMAGE_ENDINGS
from isthmus.text import path_of, path_of_printable, printable

Thing = TypeVar("Thing")

MOST_NAMES = 200_000  # of folders that were listed, about 100 MB of them


def folded(name: str) -> str:
    """The name without what spellings of one name differ in, but for ``\\``, which may be part of a name.

    >>> folded("./scans/u\\u0308.JPG") == folded("scans/\\u00fc.jpg")
    True
    """
    name = unicodedata.normalize("NFC", posixpath.normpath(name)) if name else ""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{ending.lower()}" if dot and f".{ending.lower()}" in IMAGE_ENDINGS else name


def name_under(root: Path, path: Path) -> str:
    """The file's path under ``root`` as text with ``/``, the same under every locale."""
    return printable(PurePosixPath(path.relative_to(root)))


def name_of(path: Path) -> str:
    """The file's name, the same under every locale."""
    return printable(PurePosixPath(path.name))


def stem_of(path: Path) -> str:
    """The file's name without its ending, the same under every locale."""
    return printable(PurePosixPath(path.stem))


class Finder(Generic[Thing]):
    """Finds things by name. Two of one spelling both come back; of several spellings, the exact one."""

    def __init__(self, named: Iterable[tuple[str, Thing]]) -> None:
        self.exact: Mapping[str, list[Thing]] = defaultdict(list)
        self.alike: Mapping[str, list[Thing]] = defaultdict(list)
        for name, thing in named:
            self.exact[name].append(thing)
            self.alike[folded(name)].append(thing)

    def find(self, name: str) -> list[Thing]:
        """What is called ``name``, in the order given; empty if nothing is."""
        spellings = (self.alike.get(folded(name)), self.alike.get(folded(name.replace("\\", "/"))))
        return self.exact.get(name) or next(filter(None, spellings), [])

    def one(self, name: str) -> Thing | None:
        """The one thing of that name, or the first of several spellings of it; None if there is none."""
        matches = self.find(name)
        return matches[0] if matches else None


class OnDisk:
    """Finds the files that a table in ``folder`` names: from that folder on, or absolute. It lists folders only where
    no name matches exactly."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listings: OrderedDict[Path, tuple[Finder[Path], int]] = OrderedDict()
        self.names = 0

    def find(self, name: str) -> list[Path]:
        """The files that ``name`` may mean, none unless they are there."""
        for path in self._exact(name):
            if _is_there(path):
                return [path]
        return self._alike(name.replace("\\", "/")) if name else []

    def path(self, name: str) -> Path:
        """The path of that name, whether or not anything is there."""
        return self.folder / path_of(name)

    def _exact(self, name: str) -> Iterator[Path]:
        yield self.path(name)
        if "\\" in name:
            yield self.folder / path_of_printable(name)
            yield self.path(name.replace("\\", "/"))

    def _alike(self, name: str) -> list[Path]:
        paths = [Path("/") if name.startswith("/") else self.folder]
        for part in PurePosixPath(name).parts:
            if part not in ("/", "."):
                paths = [path for folder in paths for path in self._in_folder(folder, part)]
        return paths

    def _in_folder(self, folder: Path, part: str) -> list[Path]:
        path = folder / path_of(part)
        if part == ".." or _is_there(path):
            return [path]
        if folder not in self.listings:
            listed = _listed(folder)
            self.listings[folder] = Finder(listed), 1 + len(listed)
            self.names += 1 + len(listed)
            while self.names > MOST_NAMES and len(self.listings) > 1:
                self.names -= self.listings.popitem(last=False)[1][1]
        return self.listings[folder][0].find(part)


def _listed(folder: Path) -> list[tuple[str, Path]]:
    try:
        return [(printable(PurePosixPath(name)), folder / name) for name in sorted(os.listdir(folder))]  # noqa: PTH208
    except (OSError, ValueError):
        return []


def _is_there(path: Path) -> bool:
    try:
        return path.is_symlink() or path.exists()
    except (OSError, ValueError):  # a name too long for a file, or with a NUL in it
        return False
