"""Masks: pictures as large as their image, or of its proportions, that mark one nodule."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from isthmus.data import pixels
from isthmus.data.dataset import ImageRecord
from isthmus.data.readers.contents import Contour, Report, report_display
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, Point

# Around a mask's edge these write greys that were never drawn.
LOSSY = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".webp"})


def outline(mask: Path, record: ImageRecord, report: Report) -> tuple[Box, Contour] | None:
    """The box round all that the mask marks, and the outline of its largest piece, in pixels of the image.

    Marked is what isn't 0, in a lossy file what is above 127. None, and a broken fault, if the file can't be read,
    isn't of the image's proportions, or marks nothing.
    """
    try:
        frame = pixels.read_frame(mask, origin=mask.name)
    except DataError as error:
        report("unreadable-mask", "left out", f"mask {mask.name} {error.advice}", broken=True)
        return None
    report_display(frame, f"mask {mask.name}", report)
    sizes = f"mask {frame.width} x {frame.height} on an image of {record.width} x {record.height}"
    if frame.width * record.height != frame.height * record.width:
        report("other-size", "left out", sizes, broken=True)
        return None
    scale = record.width / frame.width
    if scale != 1:
        report("scaled-mask", "scaled", sizes)
    pieces = _pieces(frame, lossy=mask.suffix.lower() in LOSSY)
    if not pieces:
        report("empty-mask", "left out", f"mask {mask.name} marks no pixel", broken=True)
        return None
    if len(pieces) > 1:
        detail = f"mask {mask.name} is in {len(pieces)} pieces; the largest is the contour"
        report("mask-in-pieces", "one box round all", detail)
    largest = max(pieces, key=cv2.contourArea)
    low, high = (edge(np.concatenate(pieces), axis=0) for edge in (np.min, np.max))
    box = Box.covering([*(low * scale), *((high + 1) * scale)])
    return box, tuple(_scaled(x, y, scale, box) for x, y in largest) if len(largest) > 2 else ()


def _scaled(x: float, y: float, scale: float, box: Box) -> Point:
    """Where the centre of a mask's pixel is in its image, ``scale`` times as large, within the nodule's box."""
    across, down = (x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5
    return min(max(across, box.x0), box.x1 - 1.0), min(max(down, box.y0), box.y1 - 1.0)


def _pieces(mask: Frame, lossy: bool) -> list[np.ndarray[tuple[int, int], np.dtype[np.int32]]]:
    """The outer outline of every piece of a mask, each (points, 2) as x, y."""
    marked = mask.pixels if mask.pixels.ndim == 2 else mask.pixels.max(axis=2)
    inside = (marked > (127 if lossy else 0)).astype(np.uint8)
    outlines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [outline.reshape(-1, 2).astype(np.int32) for outline in outlines]
