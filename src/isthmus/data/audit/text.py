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
LEAST_MARK = 2  # pixels of a mark outside the scan area
LINE, LINE_INSIDE = 2, 3  # fewest glyphs of a line; speckle makes pairs by chance


@dataclass(frozen=True)
class BurntText:
    """The boxes of the lines of text of one image, ``outside`` and ``inside`` its scan area."""

    image: str
    outside: tuple[Box, ...] = ()
    inside: tuple[Box, ...] = ()


@dataclass(frozen=True, eq=False)
class Overlay:
    """What a machine burnt into a picture: boxes of lines of text, ``outside`` and ``inside`` its scan area.

    ``marks`` (n, 2) has the centres, y and x in pixels, of all bright shapes outside: characters, ticks and numbers of
    the scale, arrows, the orientation mark.
    """

    outside: tuple[Box, ...]
    inside: tuple[Box, ...]
    marks: npt.NDArray[np.int32]


def read_overlay(picture: ImageRef) -> Overlay:
    """The overlay of a picture. Raises DataError."""
    return overlay(pixels.read_picture(picture))


def burnt_text(
    images: Iterable[ImageRecord], overlay_of: Callable[[ImageRef], Overlay] = read_overlay
) -> tuple[BurntText, ...]:
    """The burnt-in text of every image, in their order. Raises DataError if one can't be read."""
    overlays = ((record.id, overlay_of(record.picture)) for record in images)
    return tuple(BurntText(name, seen.outside, seen.inside) for name, seen in overlays)


def overlay(frame: Frame) -> Overlay:
    """The lines of text outside and inside the scan area, and all marks outside.

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
    outside = _shapes((standing_out >= CONTRAST) & ~border)
    inside = _shapes((standing_out >= CONTRAST_INSIDE) & (strongest >= SOLID) & area)
    height = frame.height
    return Overlay(_rows(_glyphs(outside, height), LINE), _rows(_glyphs(inside, height), LINE_INSIDE), _marks(outside))


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


def _shapes(strokes: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Every shape's x, y, width, height and number of pixels, (n, 5)."""
    return np.asarray(cv2.connectedComponentsWithStats(strokes.astype(np.uint8), connectivity=8)[2][1:], np.int32)


def _marks(shapes: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The centres of shapes of two pixels or more, y and x, (n, 2)."""
    x, y, width, height, _ = shapes[shapes[:, 4] >= LEAST_MARK].T
    return np.stack([y + height // 2, x + width // 2], axis=1)


def _glyphs(shapes: npt.NDArray[np.int32], image_height: int) -> list[Box]:
    """The boxes of what could be a character, or a few that touch, from left to right."""
    tallest = max(HEIGHTS[0] + 4, HEIGHTS[1] * image_height)
    boxes = []
    for x, y, width, height, filled in shapes.tolist():
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
