"""The frames of compressed pixels: which fragments of the file hold which frame (PS3.5 A.4)."""

from __future__ import annotations

from dataclasses import dataclass

from isthmus.dicom.header import AGAIN, Opened, Place
from isthmus.errors import DataError

ITEM, END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
HEAD = 8  # bytes before a fragment: its tag and length
MOST_FRAGMENTS = 1 << 20
STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0c")  # of a JPEG, a JPEG 2000 stream, a JP2 file


@dataclass(frozen=True)
class Fragment:
    """Bytes ``start`` to ``start + length`` of the file; ``offset`` is where its item begins behind the table."""

    start: int
    length: int
    offset: int


def frame_fragments(file: Opened, place: Place, frames: int) -> list[list[Fragment]]:
    """For each of the ``frames`` that the header states its fragments. Raises DataError where they are not there."""
    table, fragments = _scan(file, place)
    if not fragments:
        raise DataError("has no pixels in its pixel data", where=file.where, remedy=AGAIN)
    starts = [at for at in table if at < fragments[-1].offset + HEAD + fragments[-1].length]
    if len(starts) > 1 and len(starts) >= frames:
        groups = _by_start(fragments, starts)
    elif len(fragments) == frames:
        groups = [[fragment] for fragment in fragments]
    else:
        groups = _by_content(file, fragments)
    if len(groups) < frames:
        held = f"{len(groups)} frame{'' if len(groups) == 1 else 's'}"
        raise DataError(f"states {frames} frames and holds {held}", where=file.where, remedy=AGAIN)
    return groups


def content_of(file: Opened, fragments: list[Fragment], most: int) -> bytes:
    """The bytes of a frame. Raises DataError where there are more than ``most``: nothing is read then."""
    length = sum(fragment.length for fragment in fragments)
    if length > most:
        what = f"has a compressed frame of {length:,} bytes, more than its pixels can take"
        raise DataError(what, where=file.where, remedy=AGAIN)
    parts = []
    for fragment in fragments:
        file.stream.seek(fragment.start)
        parts.append(file.stream.read(fragment.length))
    return b"".join(parts)


def _scan(file: Opened, place: Place) -> tuple[list[int], list[Fragment]]:
    """The basic offset table, and every fragment; only their heads are read."""
    stream, fragments, table = file.stream, list[Fragment](), list[int]()
    at, first = place.start, 0
    while True:
        stream.seek(at)
        head = stream.read(HEAD)
        if head[:4] == END:
            return table, fragments
        length = int.from_bytes(head[4:], "little")
        if len(head) < HEAD or at + HEAD + length > stream.size:
            raise DataError("is cut short: its pixel data have no end", where=file.where, remedy=AGAIN)
        if head[:4] != ITEM or len(fragments) >= MOST_FRAGMENTS:
            raise DataError(f"its pixel data are damaged at byte {at}", where=file.where, remedy=AGAIN)
        if not first:
            offsets = stream.read(length)
            table = [int.from_bytes(offsets[i : i + 4], "little") for i in range(0, len(offsets) - 3, 4)]
            first = at + HEAD + length
        else:
            fragments.append(Fragment(at + HEAD, length, at - first))
        at += HEAD + length


def _by_start(fragments: list[Fragment], starts: list[int]) -> list[list[Fragment]]:
    """The fragments from each offset of the table to the next."""
    groups: list[list[Fragment]] = []
    first = set(starts)
    for fragment in fragments:
        if fragment.offset in first or not groups:
            groups.append([])
        groups[-1].append(fragment)
    return groups


def _by_content(file: Opened, fragments: list[Fragment]) -> list[list[Fragment]]:
    """Without a table: a fragment that begins as a picture does begins a frame."""
    groups: list[list[Fragment]] = []
    for fragment in fragments:
        file.stream.seek(fragment.start)
        if file.stream.read(4).startswith(STARTS) or not groups:
            groups.append([])
        groups[-1].append(fragment)
    return groups
