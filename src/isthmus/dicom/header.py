"""A DICOM file opened: its header, and where its pixels are. Nothing in it is believed before it is checked."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian
from pydicom.uid import ImplicitVRLittleEndian as Implicit

from isthmus.errors import DataError
from isthmus.text import printable

PREAMBLE = 128
MOST_VALUE = 16 << 20  # bytes of an element that is read: longer ones, as raw data of a device, are passed over
UNDEFINED = 0xFFFFFFFF  # the length of compressed pixels
MOST_INFLATED = 768 << 20  # bytes of a deflated file
AGAIN = "Copy the file again from its source."
PIXELS = Tag("PixelData")
FLOATS = (Tag("FloatPixelData"), Tag("DoubleFloatPixelData"))


@dataclass(frozen=True)
class Place:
    """Where the pixels are: their value begins at byte ``start`` of the stream, and is ``length`` bytes long, or
    ``UNDEFINED``, as compressed ones are. ``vr`` is OB, OW or what else is stated."""

    tag: BaseTag
    vr: str
    start: int
    length: int


@dataclass(frozen=True, eq=False)
class Opened:
    """A DICOM file: ``header`` holds what stands before the pixels, ``place`` where these are, None without any.

    ``stream`` is open for as long as ``opened`` is; ``size`` is how many bytes it has. ``where`` names the file.
    """

    header: Dataset
    stream: Stream
    syntax: UID
    place: Place | None
    where: str


class Stream:
    """A file that never allocates more than it holds, whatever length its header claims. Reads as BinaryIO does."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, os.SEEK_END)
        file.seek(0)

    def read(self, size: int = -1) -> bytes:
        left = max(0, self.size - self.file.tell())
        return self.file.read(left if size < 0 else min(size, left))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()


@contextlib.contextmanager
def opened(source: Path | bytes, where: str = "", tags: Sequence[int] | None = None) -> Iterator[Opened]:
    """Opens a DICOM file, with or without its preamble; only the elements ``tags`` are read, None: all.

    Raises DataError for a file that is missing or whose header can't be read.
    """
    where = where or (printable(source) if isinstance(source, Path) else "DICOM file")
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter(
            "ignore"
        )  # of values that are against the standard, which pydicom sees when asked for them
        try:
            file = stack.enter_context(source.open("rb")) if isinstance(source, Path) else io.BytesIO(source)
        except (OSError, ValueError) as error:  # ValueError: a path with a NUL
            what = getattr(error, "strerror", None) or str(error)
            raise DataError(f"can't read: {what}", where=where, remedy="Check the path.") from error
        yield _parsed(Stream(file), where, tags)


def read_header(source: Path | bytes, where: str = "") -> Dataset:
    """All that a DICOM file states before its pixels, with its ``file_meta``. Raises DataError."""
    with opened(source, where) as file:
        return file.header


def _parsed(stream: Stream, where: str, tags: Sequence[int] | None) -> Opened:
    places: list[tuple[BaseTag, str | None, int]] = []
    long: list[BaseTag] = []

    def at_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
        if tag == PIXELS or tag in FLOATS:
            places.append((tag, vr, length))
            return True
        if MOST_VALUE < length < UNDEFINED:
            long.append(tag)
        return False

    try:
        meta, inflated = _inflated(stream, where)
        stream = inflated or stream
        file = cast(BinaryIO, stream)  # of which pydicom uses read, seek and tell
        wanted = None if tags is None else list(tags)
        if inflated is not None:
            found = read_dataset(file, False, True, stop_when=at_pixels, specific_tags=wanted)
            header: Dataset = FileDataset(file, found, None, FileMetaDataset(meta), False, True)
        else:
            stream.seek(0)
            header = read_partial(file, at_pixels, defer_size=MOST_VALUE, force=True, specific_tags=wanted)
            for tag in long:  # else pydicom looks for it in the file when it is asked for
                header.pop(tag, None)
    except DataError:
        raise
    except MemoryError:
        raise DataError("there is too little memory left for its header", where=where, remedy=AGAIN) from None
    except Exception as error:  # pydicom raises whatever its parser stumbles over
        raise DataError(f"its header is damaged or cut short ({error})", where=where, remedy=AGAIN) from error
    return Opened(header, stream, _syntax(header), _place(stream, places), where)


def _place(stream: Stream, places: Sequence[tuple[BaseTag, str | None, int]]) -> Place | None:
    if not places:
        return None
    tag, vr, length = places[-1]
    # pydicom leaves the stream where the element begins: tag, VR and length stand before its value.
    return Place(tag, vr or "OW", stream.tell() + (8 if vr is None else 12), length)


def _inflated(stream: Stream, where: str) -> tuple[Dataset, Stream | None]:
    """The file's meta information, and the data set that is behind it if it is deflated."""
    stream.seek(PREAMBLE)
    if stream.read(4) != b"DICM":
        stream.seek(0)
    start = stream.tell()
    if stream.read(2) != b"\x02\x00":
        return Dataset(), None
    stream.seek(start)
    meta = read_dataset(cast(BinaryIO, stream), False, True, stop_when=lambda tag, _vr, _length: tag.group != 2)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return meta, None
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    content = inflater.decompress(stream.read(), MOST_INFLATED)
    if inflater.unconsumed_tail:
        what = f"is larger than {MOST_INFLATED >> 20} MiB when it is inflated"
        raise DataError(what, where=where, remedy="Export the frame that shows the nodule.")
    if not inflater.eof:
        raise DataError("is cut short: its deflated data have no end", where=where, remedy=AGAIN)
    return meta, Stream(io.BytesIO(content))


def _syntax(header: Dataset) -> UID:
    """The transfer syntax: stated, or without meta information that in which the header was read."""
    stated = getattr(header, "file_meta", Dataset()).get("TransferSyntaxUID")
    if stated:
        return UID(str(stated))
    implicit, little = header.original_encoding
    return Implicit if implicit else ExplicitVRLittleEndian if little else ExplicitVRBigEndian
