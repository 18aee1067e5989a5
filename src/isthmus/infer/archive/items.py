"""What an archive holds: images, and the regions in them. No pixels: millions of images fit through."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isthmus.data.decode_memory import refuse_large_file
from isthmus.data.pixels import read_frame
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, Nodule
from isthmus.text import printable

ROWS_A_CHUNK = 1024  # 64 batches of 16
MOST_REGIONS = 64  # of an image that are prepared at once; of more, the image is decoded again


@dataclass(frozen=True)
class Region:
    """A RoI to read: its box in image pixels, None for the whole image, and what the archive says of it.

    ``label`` and ``tirads`` are passed on as written. ``problem`` says why it can't be read, "" if nothing speaks
    against it.
    """

    nodule: str
    box: Box | None = None
    patient: str = ""
    label: str = ""
    problem: str = ""
    tirads: str = ""


@dataclass(frozen=True)
class Item:
    """An image and its regions. ``image`` is its name in the result, ``path`` its file, absolute, of
    which ``page`` is read.

    Where ``size`` is not None, it is the ``size`` bytes from ``start`` on of that file, a shard.
    """

    image: str
    path: Path
    regions: tuple[Region, ...]
    start: int = 0
    size: int | None = None
    page: int = 1

    def decode(self) -> Frame:
        """The image's pixels. Raises DataError for a file that is gone, empty or broken."""
        if self.size is None:
            return read_frame(self.path, self.image, self.page)
        try:
            refuse_large_file(self.size, self.image)
            with self.path.open("rb") as file:
                file.seek(self.start)
                content = file.read(self.size)
        except (OSError, ValueError) as error:  # ValueError: a path with a NUL
            what = getattr(error, "strerror", None) or str(error)
            raise DataError(f"can't read: {what}", where=self.image, remedy="Check the path.") from error
        return read_frame(content, self.image)


@dataclass(frozen=True)
class Chunk:
    """Items that are read, stored and resumed together, of ``images`` images; the ``index``-th of its archive."""

    index: int
    items: tuple[Item, ...]
    images: int

    def fingerprint(self, reader: str) -> str:
        """16 hexadecimal digits over the items' names, places and boxes, their files' size and time, and the reader."""
        stamps = [_stamp(path) for path in dict.fromkeys(item.path for item in self.items)]
        return hashlib.sha256(f"{reader}\n{self.items!r}\n{stamps!r}".encode()).hexdigest()[:16]


def _stamp(path: Path) -> tuple[int, int] | None:
    """Size and time of change of a file, None where there is none: another one is read anew."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: a path with a NUL
        return None
    return status.st_size, status.st_mtime_ns


def whole(path: Path, problem: str = "") -> Item:
    """The item that reads the image of a file as one RoI."""
    image = printable(path)
    return Item(image, path.absolute(), (Region(image, problem=problem),))


def of_nodules(nodules: Iterable[Nodule]) -> Iterator[Item]:
    """The nodules of a data set, neighbours on one image together."""
    for picture, group in itertools.groupby(nodules, key=lambda nodule: nodule.picture):
        on_image = list(group)
        regions = tuple(
            Region(
                nodule.id,
                nodule.box,
                nodule.patient,
                "" if nodule.label is None else str(nodule.label),
                tirads=nodule.tirads,
            )
            for nodule in on_image
        )
        yield Item(on_image[0].image, picture.path.absolute(), regions, page=picture.page)


def with_names(image: str, regions: Sequence[Region]) -> tuple[Region, ...]:
    """The regions of an image, each with a name: the image's if it is all of it, else that and a number."""
    return tuple(
        region if region.nodule else replace(region, nodule=image if region.box is None else f"{image}-{number}")
        for number, region in enumerate(regions, 1)
    )


def chunks(items: Iterable[Item], rows: int = ROWS_A_CHUNK) -> Iterator[Chunk]:
    """The items in their order, as chunks of at least ``rows`` regions, the last one of what is left."""
    counter, portions, count, images = itertools.count(), list[Item](), 0, 0
    for item in items:
        images += 1
        for portion in _portions(item):
            portions.append(portion)
            count += len(portion.regions)
        if count >= rows:
            yield Chunk(next(counter), tuple(portions), images)
            portions, count, images = [], 0, 0
    if portions:
        yield Chunk(next(counter), tuple(portions), images)


def _portions(item: Item) -> Sequence[Item]:
    starts = range(0, len(item.regions), MOST_REGIONS)
    return [replace(item, regions=item.regions[start : start + MOST_REGIONS]) for start in starts]
