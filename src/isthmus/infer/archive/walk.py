"""Folders, globs, manifests and shards to items, lazily and in an order that is the same each time."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from isthmus.data.file_kinds import not_read
from isthmus.data.pixels import is_image
from isthmus.data.walk import Unread, folders, walk, what_it_is
from isthmus.errors import DataError, UsageError
from isthmus.files import same
from isthmus.infer.archive.items import Item, whole
from isthmus.infer.archive.manifest import MANIFESTS, manifest_items
from isthmus.infer.archive.shards import is_shard, shard_items
from isthmus.text import printable

MAGIC = re.compile(r"[*?\[]")
BRACES = re.compile(r"\{[^{}]*(,|\.\.)[^{}]*\}")
REMEDY = "Give a folder, a pattern in quotes, a manifest, a shard or an image."


def items_of(inputs: Sequence[str], to: Path | None = None) -> Iterator[Item]:
    """The images of folders, patterns (``**`` once, {braces}), manifests, webdataset shards, and image files.

    Folders are walked in the order of their names, those beginning with "." left out; the names of one folder at a
    time are in memory. Whatever turns out unreadable on the way comes as an item with a problem.
    Raises DataError at once for an input that isn't there or holds no image, UsageError for a pattern it can't read
    and, when it comes to it, for a manifest that is the file ``to``.
    """
    paths = [path for pattern in inputs for path in _without_braces(pattern)]
    return itertools.chain.from_iterable([_items_of(path, to) for path in paths])


def _items_of(pattern: str, to: Path | None) -> Iterator[Item]:
    """The items of one input, which has at least one."""
    path = Path(pattern)
    there = _is_there(path)
    if not there and not MAGIC.search(pattern):
        raise DataError("no such file or folder", where=printable(path), remedy=REMEDY)
    items = _of_pattern(path, to) if not there else _of_folder(path) if path.is_dir() else _of_file(path, to)
    first = next(items, None)
    if first is None:
        what = f"holds no image, shard or row{not_read(path)}" if there else "matches no image, shard or manifest"
        raise DataError(what, where=printable(path), remedy=REMEDY)
    return itertools.chain([first], items)


def _without_braces(pattern: str) -> Sequence[str]:
    """``shard-{000..009}.tar`` as ten paths, unless there is a file of that very name."""
    if not BRACES.search(pattern) or _is_there(Path(pattern)):
        return [pattern]
    try:
        import braceexpand
    except ModuleNotFoundError:
        remedy = "Install it: pip install 'isthmus[archive]'."
        raise UsageError("a pattern with braces needs braceexpand", where=pattern, remedy=remedy) from None
    try:
        return list(braceexpand.braceexpand(pattern))
    except ValueError:
        raise UsageError("its braces don't match", where=pattern) from None


def _of_file(path: Path, to: Path | None) -> Iterator[Item]:
    if path.suffix.lower() in MANIFESTS:
        if path.exists() and not path.is_file():
            raise DataError(f"is {what_it_is(path.stat().st_mode)}, no manifest", where=printable(path), remedy=REMEDY)
        if to is not None and same(path, to):
            raise UsageError("is what this command reads", where=f"--to {printable(to)}", remedy="Choose another --to.")
        return manifest_items(path)
    return shard_items(path) if is_shard(path) else iter([whole(path)])


def _of_folder(folder: Path) -> Iterator[Item]:
    """Images and shards under a folder; what is there and can't be read is an item with a problem."""
    for one in walk(folder, lambda path: is_shard(path) or is_image(path)):
        if isinstance(one, Unread):
            yield from _lost(one)
        elif is_shard(one):
            yield from shard_items(one)
        else:
            yield whole(one)


def _lost(one: Unread) -> Iterator[Item]:
    if not one.elsewhere:
        yield whole(one.path, one.why)


def _of_pattern(pattern: Path, to: Path | None) -> Iterator[Item]:
    parts = pattern.parts
    if parts.count("**") > 1:
        raise UsageError("'**' may stand in it only once", where=printable(pattern))
    says_ending = pattern.suffix and not MAGIC.search(pattern.suffix)
    for path in _matches(Path(), parts):
        if isinstance(path, Unread):
            yield from _lost(path)
        elif path.is_dir():
            yield from _of_folder(path)
        elif says_ending or is_image(path) or is_shard(path):
            yield from _of_file(path, to)


def _matches(folder: Path, parts: Sequence[str]) -> Iterator[Path | Unread]:
    """The paths under ``folder`` that the parts of a pattern match, in order, and what hides some of them."""
    if not parts:
        yield folder
        return
    part, rest = parts[0], parts[1:]
    if not MAGIC.search(part):
        if _is_there(folder / part):
            yield from _matches(folder / part, rest)
        return
    if part == "**":
        for path in folders(folder) if rest and folder.is_dir() else [folder]:
            yield from [path] if isinstance(path, Unread) else _matches(path, rest)
        return
    for path in _listed(folder, hidden=part.startswith(".")):
        if isinstance(path, Unread):
            yield path
        elif fnmatchcase(path.name, part):
            yield from _matches(path, rest)


def _listed(folder: Path, hidden: bool) -> Iterator[Path | Unread]:
    """What is in a folder, in order; nothing if it is none."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        yield Unread(folder, f"can't list this folder: {error.strerror}")
        return
    for name in names:
        if hidden or not name.startswith("."):
            yield folder / name


def _is_there(path: Path) -> bool:
    """Whether there is such a path, be it a link that leads nowhere."""
    try:
        return path.is_symlink() or path.exists()
    except (OSError, ValueError):  # a name too long for a file, or with a NUL in it
        return False
