"""Folders, globs, manifests and shards to items, lazily and in an order that is the same each time."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from isthmus.data.file_kinds import not_read
from isthmus.data.pixels import is_image
from isthmus.errors import DataError, UsageError
from isthmus.infer.items import Item, whole
from isthmus.infer.manifest import MANIFESTS, manifest_items
from isthmus.infer.shards import is_shard, shard_items
from isthmus.text import printable

MAGIC = re.compile(r"[*?\[]")
BRACES = re.compile(r"\{[^{}]*(,|\.\.)[^{}]*\}")
REMEDY = "Give a folder, a pattern in quotes, a manifest, a shard or an image."


def items_of(inputs: Sequence[str]) -> Iterator[Item]:
    """The images of folders, patterns (``**`` once, {braces}), manifests, webdataset shards, and image files.

    Folders are walked in the order of their names, those beginning with "." left out; the names of one folder at a
    time are in memory. Whatever turns out unreadable on the way comes as an item with a problem.
    Raises DataError at once for an input that isn't there or holds no image, UsageError for a pattern it can't read.
    """
    return itertools.chain.from_iterable([_begun(one) for given in inputs for one in _without_braces(given)])


def _begun(given: str) -> Iterator[Item]:
    """The items of one input, which has at least one."""
    path = Path(given)
    there = _is_there(path)
    if not there and not MAGIC.search(given):
        raise DataError("no such file or folder", where=printable(path), remedy=REMEDY)
    items = _of_pattern(path) if not there else _of_folder(path, frozenset()) if path.is_dir() else _of_file(path)
    first = next(items, None)
    if first is None:
        what = f"holds no image, shard or row{not_read(path)}" if there else "matches no image, shard or manifest"
        raise DataError(what, where=printable(path), remedy=REMEDY)
    return itertools.chain([first], items)


def _without_braces(given: str) -> Sequence[str]:
    """``shard-{000..009}.tar`` as ten paths, unless there is a file of that very name."""
    if not BRACES.search(given) or _is_there(Path(given)):
        return [given]
    try:
        import braceexpand
    except ModuleNotFoundError:
        remedy = "Install it: pip install 'isthmus[archive]'."
        raise UsageError("a pattern with braces needs braceexpand", where=given, remedy=remedy) from None
    try:
        return list(braceexpand.braceexpand(given))
    except ValueError:
        raise UsageError("its braces don't match", where=given) from None


def _of_file(path: Path) -> Iterator[Item]:
    if path.suffix.lower() in MANIFESTS:
        return manifest_items(path)
    return shard_items(path) if is_shard(path) else iter([whole(path)])


def _of_folder(folder: Path, above: frozenset[Path]) -> Iterator[Item]:
    """Images and shards under a folder; a link that leads back up is not followed."""
    try:
        real, names = folder.resolve(), sorted(path.name for path in folder.iterdir())
    except OSError as error:
        yield whole(folder, f"can't list this folder: {error.strerror}")
        return
    for path in (folder / name for name in names if not name.startswith(".") and real not in above):
        if is_shard(path):
            yield from shard_items(path)
        elif is_image(path):
            yield whole(path)
        elif path.is_dir():
            yield from _of_folder(path, above | {real})


def _of_pattern(pattern: Path) -> Iterator[Item]:
    parts = pattern.parts
    if parts.count("**") > 1:
        raise UsageError("'**' may stand in it only once", where=printable(pattern))
    says_ending = pattern.suffix and not MAGIC.search(pattern.suffix)
    for path in _matches(Path(), parts):
        if path.is_dir():
            yield from _of_folder(path, frozenset())
        elif says_ending or is_image(path) or is_shard(path):
            yield from _of_file(path)


def _matches(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """The paths under ``folder`` that the parts of a pattern match, in order."""
    if not parts:
        yield folder
        return
    part, rest = parts[0], parts[1:]
    if not MAGIC.search(part):
        if _is_there(folder / part):
            yield from _matches(folder / part, rest)
        return
    if part == "**" and rest:
        yield from _matches(folder, rest)
    for path in _listed(folder, hidden=part.startswith(".")):
        if part != "**":
            if fnmatchcase(path.name, part):
                yield from _matches(path, rest)
        elif path.is_dir():
            yield from () if path.is_symlink() else _matches(path, parts)
        elif not rest:
            yield path


def _listed(folder: Path, hidden: bool) -> Iterator[Path]:
    """What is in a folder, in order; nothing if it is none, or may not be listed."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
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
