"""What tells two objects of one UID apart: a checksum of the pixels, or of the regions that are marked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from isthmus.dicom.header import UNDEFINED, Opened
from isthmus.pacs.marks import FrameMark, as_text

PIECE = 1 << 20  # bytes
SIZES = ("Rows", "Columns", "NumberOfFrames")
REGIONS = "regions"


def content_of_pixels(file: Opened) -> str:
    """Transfer syntax and checksum of the pixels as they are stored; of the same patient's other name it's the same.

    Of one picture in two transfer syntaxes it differs, be they alike to the last bit.
    """
    check = hashlib.sha256(repr([str(file.header.get(name) or "") for name in SIZES]).encode())
    if file.place is not None:
        file.stream.seek(file.place.start)
        left = file.stream.size if file.place.length == UNDEFINED else file.place.length
        while left > 0 and (piece := file.stream.read(min(PIECE, left))):
            check.update(piece)
            left -= len(piece)
    return f"{str(file.syntax)[:64]} {check.hexdigest()}"


def content_of_regions(regions: Mapping[str, Sequence[FrameMark]]) -> str:
    """A checksum of the regions of each picture."""
    told = repr([(uid, as_text(marks)) for uid, marks in sorted(regions.items())])
    return f"{REGIONS} {hashlib.sha256(told.encode()).hexdigest()}"


def kind_of_content(content: str) -> str:
    """What has to be alike before two contents can be compared.

    >>> kind_of_content("1.2.840.10008.1.2.1 5fea")
    '1.2.840.10008.1.2.1'
    """
    return content.partition(" ")[0]
