"""A DICOM picture made ready to leave: which areas stay, and whether text that nobody has looked at is in them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from isthmus.data.audit import text
from isthmus.dicom.deidentify import Pseudonyms, deidentified
from isthmus.dicom.read import read_frame
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame

LOOK = "Look at it there. If it tells nobody, use --looked-at; else name a smaller --area, or leave the file out."


@dataclass(frozen=True, eq=False)
class Export:
    """What may leave: the DICOM object, as bytes of a file, and its new UID. ``areas`` of the picture were kept."""

    content: bytes
    uid: str
    areas: tuple[Box, ...]


def areas_of(frame: Frame) -> tuple[Box, ...]:
    """The scan areas of a frame: its regions of tissue and Doppler inside the image, else the box round its echoes,
    which is the whole image where these can't be told apart from the rest."""
    inside = (one.box for one in frame.regions if one.box.fits(frame.width, frame.height) and one.kind != "other")
    if regions := tuple(dict.fromkeys(inside)):
        return regions
    grey = frame.pixels if frame.pixels.ndim == 2 else frame.pixels.max(-1)
    ys, xs = np.nonzero(text.scan_area(np.ascontiguousarray(grey)))
    return (Box(int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1),)


def export(
    source: Path, pseudonyms: Pseudonyms, where: str, areas: Sequence[Box] = (), looked_at: bool = False
) -> Export:
    """A DICOM picture without its patient, black outside ``areas``, those of ``areas_of`` where none is given.

    Raises DataError for what can't be read, and for text that is left in any frame, unless somebody ``looked_at`` it:
    it isn't read, so that nobody knows whether it is a name.
    """
    kept = tuple(areas) or areas_of(read_frame(source, where))
    result = deidentified(source, kept, pseudonyms, where, looked_at)
    file = io.BytesIO()
    result.save_as(file, enforce_file_format=True)
    content = file.getvalue()
    if not looked_at:
        _refuse_text(content, result, where)
    return Export(content, str(result.SOPInstanceUID), kept)


def _refuse_text(content: bytes, result: Dataset, where: str) -> None:
    for frame in _frames(content, result, where):
        lines = (*(seen := text.overlay(frame)).outside, *seen.inside)
        if lines:
            places = ", ".join(f"[{line}]" for line in lines[:3]) + (" ..." if len(lines) > 3 else "")
            page = f" of frame {frame.page}" if frame.pages > 1 else ""
            what = f"what looks like text is left inside the scan area{page}: {len(lines)} at {places}"
            raise DataError(what, where=where, remedy=LOOK)


def _frames(content: bytes, result: Dataset, where: str) -> Iterator[Frame]:
    for page in range(1, int(result.get("NumberOfFrames") or 1) + 1):
        yield read_frame(content, where, page)
