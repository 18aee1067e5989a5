"""Anybody's split of a data set: a table with columns image and split, or a folder of lists as in Pascal VOC."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from isthmus import files
from isthmus.data.audit.leaks.pairs import Placed, rank, sides_of
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.data.names import folded, name_under
from isthmus.data.pixels import IMAGE_ENDINGS
from isthmus.data.tables import open_table, place
from isthmus.errors import DataError
from isthmus.text import printable, word

COLUMNS = ("image", "split")
LISTS = Path("ImageSets", "Main")
TRAINVAL = "trainval"
# Other words for the three usual sides; any other word is a side of that name.
ALIASES: Mapping[str, str] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "development": "val",
    "tune": "val",
    "tuning": "val",
    "test": "test",
    "testing": "test",
}
EXPECTED = "Give a CSV with the columns image and split, or a folder ImageSets/Main."


@dataclass(frozen=True)
class SplitOfImages:
    """Which side each picture of a data set is on.

    ``missing`` are names in the split that no picture has, ``unlisted`` the pictures that the split doesn't name.
    """

    placed: tuple[Placed, ...]
    missing: tuple[str, ...]
    unlisted: tuple[str, ...]

    @property
    def sides(self) -> dict[str, int]:
        """The number of pictures on each side, train, val and test first."""
        counts = Counter(side for of_image in sides_of(self.placed).values() for side in of_image)
        return {side: counts[side] for side in sorted(counts, key=rank)}


def read_split(path: Path, data: DataSet) -> SplitOfImages:
    """The split of the data set's pictures that ``path`` gives: a table, or a folder ImageSets/Main or one above it.

    A picture may be called by its id or file name, with or without folders and ending. Raises DataError for a file
    that is no split, a row without a side, a name that two pictures have, and where a split has a single side or
    names no picture of the data set.
    """
    rows = _of_lists(path) if path.is_dir() else _of_table(path)
    index = _Index(data)
    placed, missing = dict[Placed, None](), dict[str, None]()
    for where, name, side in rows:
        image = index.find(name, where)
        if image is None:
            missing[name] = None
        else:
            placed[Placed(image, image, side)] = None
    there = {one.image for one in placed}
    unlisted = tuple(image.id for image in data.images if image.id not in there)
    split = SplitOfImages(tuple(placed), tuple(missing), unlisted)
    _refuse_none(split, path, data)
    return split


def side_named(text: str) -> str:
    """The side that a word stands for.

    >>> side_named("Training"), side_named(" VAL "), side_named("Fold 3")
    ('train', 'val', 'fold 3')
    """
    return ALIASES.get(word(text), word(text))


class _Index:
    """The pictures of a data set by every end of their paths and ids, with and without the ending of a file."""

    def __init__(self, data: DataSet) -> None:
        self.named: dict[str, dict[str, None]] = defaultdict(dict)
        for image in data.images:
            for name in _names(image, data.root):
                for end in _ends(name):
                    self.named[end][image.id] = None

    def find(self, name: str, where: str) -> str | None:
        """The id of the picture of that name, None if there is none. Raises DataError where several have it."""
        for end in _ends(name.replace("\\", "/")):
            for called in (end, _without_ending(end)):
                images = list(self.named.get(called, ()))
                if called in images or len(images) == 1:
                    return called if called in images else images[0]
                if images:
                    raise DataError(
                        f"{name!r} may be {images[0]!r} or {images[1]!r}",
                        where=where,
                        remedy="Give the folder, too, or the ending.",
                    )
        return None


def _names(image: ImageRecord, root: Path) -> Iterator[str]:
    yield image.id
    if image.picture.path.is_relative_to(root):
        name = name_under(root, image.picture.path)
        yield image.picture.named(name)
        yield image.picture.named(_without_ending(name))


def _ends(name: str) -> Iterator[str]:
    """The name, and what is left of it without one folder after another."""
    parts = PurePosixPath(folded(name)).parts
    for start in range(len(parts)):
        yield "/".join(parts[start:])


def _without_ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return stem if dot and f".{ending.lower()}" in IMAGE_ENDINGS else name


def _of_table(path: Path) -> Iterator[tuple[str, str, str]]:
    """Place, picture and side of every row."""
    table = open_table(path)
    at = [place(table.columns, name, table.where) for name in COLUMNS]
    if None in at:
        lacking = " and ".join(repr(name) for name, found in zip(COLUMNS, at, strict=True) if found is None)
        there = ", ".join(repr(name) for name in table.columns if name)
        raise DataError(f"has no column {lacking}, only {there}", where=table.where, remedy=EXPECTED)
    for row in table.rows:
        where = f"{table.where}: line {row.line}"
        if row.problem:
            raise DataError(row.problem, where=where, remedy="Repair the row.")
        image, side = (row.cells[column] for column in at if column is not None)
        if not image or not side:
            raise DataError(f"has no {COLUMNS[bool(image)]}", where=where, remedy="Fill it in, or remove the row.")
        yield where, image, side_named(side)


def _of_lists(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Place, picture and side of every line of the lists in a folder."""
    under = (folder, folder / LISTS.name, folder / LISTS)
    paths = next((lists for one in under if (lists := _lists_in(one))), ())
    if not paths:
        names = ", ".join(f"{name}.txt" for name in ("train", "val", "test"))
        raise DataError("holds no lists of the sides of a split", where=printable(folder), remedy=f"Expected {names}.")
    for path, side in paths:
        for number, line in enumerate(files.read_text(path).splitlines(), 1):
            name, _, mark = line.strip().rpartition(" ")
            name = name.strip() if name and mark in ("1", "0", "-1") else line.strip()
            if name:
                yield f"{printable(path)}: line {number}", name, side


def _lists_in(folder: Path) -> Sequence[tuple[Path, str]]:
    """The lists of sides in a folder; trainval stands for what train and val would be, and counts where neither is."""
    if not folder.is_dir():
        return ()
    known = {**ALIASES, TRAINVAL: TRAINVAL}
    lists = [(path, known[word(path.stem)]) for path in sorted(folder.glob("*.txt")) if word(path.stem) in known]
    parted = {side for _, side in lists} & {"train", "val"}
    return [(path, side) for path, side in lists if side != TRAINVAL or not parted]


def _refuse_none(split: SplitOfImages, path: Path, data: DataSet) -> None:
    if not split.placed:
        raise DataError(
            f"none of its {len(split.missing)} names is that of one of the {len(data.images)} pictures of the data set",
            where=printable(path),
            remedy=f"A picture is called like {data.images[0].id!r}." if split.missing and data.images else EXPECTED,
        )
    if len(split.sides) < 2:
        raise DataError(
            f"has a single side, {next(iter(split.sides))!r}", where=printable(path), remedy="Name all sides in it."
        )


def first_names(names: Iterable[str], most: int = 5) -> str:
    """The first names, and how many more there are.

    >>> first_names(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    every = list(names)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
