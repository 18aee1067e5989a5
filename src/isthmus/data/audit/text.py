"""Text burnt into the pixels, outside and inside the scan area, detected without reading it.

Text outside is the machine's and the operator's: settings, side, sometimes a name, a date, or the answer ("TIRADS 4A").
Text inside the scan area can lie in a RoI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from isthmus.data import pixels
from isthmus.data.dataset import ImageRecord
from isthmus.nodule import Box, Frame, ImageRef, Pixels

ECHO = 12  # grey level; darker is no echo
LEAST_AREA = 0.02  # of the image; smaller lit areas are no scan
CONTRAST = 60  # contrast of a stroke to its surroundings in grey levels, on black
CONTRAST_INSIDE = 90  # and on speckle
SOLID = 200  # grey level (of the strongest channel) that strokes inside the scan area reach
HEIGHTS = (6, 0.07)  # of a glyph: pixels, and share of the image's height
LINE, LINE_INSIDE = 2, 3  # fewest glyphs of a line; speckle makes pairs by chance


@dataclass(frozen=True)
class BurntText:
    """The boxes of the lines of text of one image, ``outside`` and ``inside`` its scan area."""

    image: str
    outside: tuple[Box, ...] = ()
    inside: tuple[Box, ...] = ()


Lines = tuple[tuple[Box, ...], tuple[Box, ...]]


def read_lines(picture: ImageRef) -> Lines:
    """The lines of text of a picture, outside and inside its scan area. Raises DataError."""
    return text_lines(pixels.read_picture(picture))


def burnt_text(
    images: Iterable[ImageRecord], lines_of: Callable[[ImageRef], Lines] = read_lines
) -> tuple[BurntText, ...]:
    """The burnt-in text of every image, in their order. Raises DataError if one can't be read."""
    return tuple(BurntText(record.id, *lines_of(record.picture)) for record in images)


def text_lines(frame: Frame) -> Lines:
    """Boxes of the lines of text outside and inside the scan area.

    A line is a row of bright, sharp, thin shapes of about one height, at least two outside the scan area, three inside.
    It isn't read, so its content is unknown. Not seen: single characters, dark text on bright ground,
    handwriting, turned or very large or small text, and inside the scan area text dimmer than the brightest echoes or
    shorter than three characters. A row of other small shapes, such as the ticks of a ruler, can be taken for text.
    """
    strongest = frame.pixels
    if strongest.ndim == 3:
        red, green, blue = cv2.split(strongest)
        strongest = np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
    area = scan_area(strongest)
    border = cv2.dilate(area.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
    standing_out = cv2.morphologyEx(strongest, cv2.MORPH_TOPHAT, np.ones((7, 7), np.uint8))
    outside = _glyphs((standing_out >= CONTRAST) & ~border)
    inside = _glyphs((standing_out >= CONTRAST_INSIDE) & (strongest >= SOLID) & area)
    return _rows(outside, LINE), _rows(inside, LINE_INSIDE)


def scan_area(grey: Pixels) -> npt.NDArray[np.bool_]:
    """Where the scan is: the convex hull of the large lit areas; (height, width). The whole image if there are none."""
    side, stroke = max(9, min(grey.shape) // 16), max(3, min(grey.shape) // 120)
    without_strokes = cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((stroke, stroke), np.uint8))
    lit = cv2.morphologyEx((without_strokes > ECHO).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, regions, stats, _ = cv2.connectedComponentsWithStats(
        cv2.morphologyEx(lit, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    )
    large = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= LEAST_AREA * grey.size]
    if not large:
        return np.ones(grey.shape, np.bool_)
    within = np.isin(np.arange(count), large)[regions]
    rows = np.flatnonzero(within.any(axis=1))
    left, right = within[rows].argmax(axis=1), within.shape[1] - 1 - within[rows, ::-1].argmax(axis=1)
    ends = np.concatenate([np.stack([left, rows], axis=1), np.stack([right, rows], axis=1)])  # no other can be a corner
    hull = cv2.convexHull(ends.astype(np.int32))
    return np.asarray(cv2.fillConvexPoly(np.zeros(grey.shape, np.uint8), hull, 1), dtype=np.bool_)


def _glyphs(strokes: npt.NDArray[np.bool_]) -> list[Box]:
    """The boxes of what could be a character, or a few that touch, from left to right."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(strokes.astype(np.uint8), connectivity=8)
    tallest = max(HEIGHTS[0] + 4, HEIGHTS[1] * strokes.shape[0])
    boxes = []
    for x, y, width, height, filled in stats[1:count].tolist():
        thin = filled <= 0.85 * width * height or width <= 3
        if HEIGHTS[0] <= height <= tallest and width <= 4 * height and thin and filled >= height:
            boxes.append(Box(x, y, x + width, y + height))
    return sorted(boxes)


def _rows(glyphs: Sequence[Box], fewest: int) -> tuple[Box, ...]:
    """Joins glyphs that stand in a row to the box of their line, where there are at least ``fewest``."""
    rows: list[list[Box]] = []
    for glyph in glyphs:
        for row in rows:
            if _follows(row[-1], glyph):
                row.append(glyph)
                break
        else:
            rows.append([glyph])
    return tuple(
        sorted(
            Box(row[0].x0, min(g.y0 for g in row), max(g.x1 for g in row), max(g.y1 for g in row))
            for row in rows
            if len(row) >= fewest
        )
    )


def _follows(last: Box, glyph: Box) -> bool:
    """Whether a glyph continues a line: same height and base within a fifth, not further than a character away."""
    height = max(last.height, glyph.height)
    slack = max(1.5, 0.2 * height)
    level = abs(last.y0 - glyph.y0) <= slack and abs(last.y1 - glyph.y1) <= slack
    return level and -1 <= glyph.x0 - last.x1 <= 0.9 * height
