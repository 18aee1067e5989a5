"""The files that the rows of ``nodules.csv`` name: an image and perhaps a mask, whose names may be the same."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from isthmus.data.names import Finder, name_of, stem_of
from isthmus.data.readers.nodule_table import NoduleLine

Matches = Mapping[int, list[Path]]  # line of a row -> the files that it may mean


@dataclass(frozen=True, eq=False)
class RowFiles:
    """What each row names, by its line; ``masks`` has the rows that name a mask.

    ``spare`` are the files of folders that hold masks, and no image of a row, which no row names.
    """

    images: Matches
    masks: Matches
    spare: frozenset[Path]

    @functools.cached_property
    def image_files(self) -> frozenset[Path]:
        """The files that are images of rows."""
        return _files(self.images)

    @functools.cached_property
    def mask_files(self) -> frozenset[Path]:
        """The files that are masks of rows."""
        return _files(self.masks)


NO_FILES = RowFiles({}, {}, frozenset())


def row_files(rows: Sequence[NoduleLine], files: Mapping[str, Path], pictures: frozenset[Path]) -> RowFiles:
    """Finds the files of ``rows``: by path under the root, else by a name or stem that one file has.

    A mask may also be the name of a folder: then it is the file there that is called as the image. ``files`` are all
    by their path under the root; ``pictures`` those that may be images.
    """
    candidates = Finder((name, path) for name, path in files.items() if path in pictures)
    images = {row.line: candidates.find(row.image) for row in rows}
    masks = _masks_by_path(rows, files)
    marked, folders = _files(masks), _folders(masks) - _folders(images)
    others = [path for path in files.values() if path in pictures and path not in marked]
    outside, anywhere = _ByName([path for path in others if path.parent not in folders]), _ByName(others)
    for row in rows:
        images[row.line] = images[row.line] or outside.find(row.image) or anywhere.find(row.image)
    shown = _files(images)
    left = _ByName([path for path in files.values() if path not in shown])
    masks = {row.line: masks[row.line] or left.find(row.mask) for row in rows if row.mask}
    marked, folders = _files(masks), _folders(masks) - _folders(images)
    spare = {path for path in files.values() if path.parent in folders and path not in marked}
    return RowFiles(images, masks, frozenset(spare))


def _masks_by_path(rows: Sequence[NoduleLine], files: Mapping[str, Path]) -> dict[int, list[Path]]:
    """The masks that are named by a path, or by a folder that holds a file called as the row's image."""
    with_ending = Finder(files.items())
    without = Finder((name.rpartition(".")[0], path) for name, path in files.items())
    masks = {}
    for row in (row for row in rows if row.mask):
        image, folder = PurePosixPath(row.image.replace("\\", "/")), row.mask.rstrip("/\\")
        beside = (f"{folder}/{image.name}", f"{folder}/{image.stem}")
        tries = (with_ending.find(row.mask), with_ending.find(beside[0]), *map(without.find, reversed(beside)))
        masks[row.line] = next(filter(None, tries), [])
    return masks


class _ByName:
    """Finds files by their name, else by their stem."""

    def __init__(self, paths: Collection[Path]) -> None:
        self.names = Finder((name_of(path), path) for path in paths)
        self.stems = Finder((stem_of(path), path) for path in paths)

    def find(self, name: str) -> list[Path]:
        return self.names.find(name) or self.stems.find(name)


def _files(matches: Matches) -> frozenset[Path]:
    return frozenset(path for paths in matches.values() for path in paths)


def _folders(matches: Matches) -> frozenset[Path]:
    return frozenset(path.parent for path in _files(matches))
