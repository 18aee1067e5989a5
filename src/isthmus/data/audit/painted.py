"""Calipers painted over, to measure what a model makes of them.

Painted over are the white crosses, each with the digit beside it, and coloured strokes. What can't be detected stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from isthmus.data.audit.calipers import FEWEST, Mask, coloured
from isthmus.data.audit.crosses import BRIGHT, Cross, crosses, strongest
from isthmus.data.audit.roi_calipers import crosses_in, roi_of
from isthmus.data.prepare import each_frame, prepare
from isthmus.nodule import Frame, Nodule, Pixels
from isthmus.progress import Progress, silent
from isthmus.recipe import Preparation

BESIDE = 20  # pixels from a cross's centre, within which its digit stands
STANDS_OUT = 40  # grey levels that a stroke is brighter than its surroundings
DIM, SOLID = 0.65, 0.85  # of the cross's brightness: what every pixel of a stroke reaches, and its brightest one
TALL, WIDE, LEAST = (6, 17), (2, 14), 8  # pixels of a digit: its height, its width, and how many there are at least
EDGE, FRINGE = 2, 4  # pixels about a white stroke and about a coloured one, whose colour JPEG spreads further
RADIUS = 3  # pixels that are read about what is painted over


def painted_rois(
    nodules: Sequence[Nodule], preparation: Preparation, progress: Progress = silent
) -> tuple[list[int], Pixels]:
    """The positions of the nodules with calipers, and their RoIs painted over, uint8 (n, size, size, 3).

    Calipers are those in the square of 1.5 times the box, whatever window the preparation cuts. Raises DataError.
    """
    positions, rois = [], []
    last: Frame | None = None
    marks: tuple[Cross, ...] = ()
    strokes = np.zeros((0, 0), np.bool_)
    clean = None
    for index, frame in each_frame(nodules, "painting calipers over", progress):
        if frame is not last:
            last, marks, strokes, clean = frame, crosses(frame), coloured(frame)[0], None
        box = nodules[index].box
        roi = roi_of(box, frame.width, frame.height)
        if crosses_in(roi, marks) or strokes[roi.y0 : roi.y1, roi.x0 : roi.x1].sum() >= FEWEST:
            clean = clean or paint_over(frame, marks, strokes)
            positions.append(index)
            rois.append(prepare(clean, box, preparation))
    return positions, np.stack(rois) if rois else np.empty((0, preparation.size, preparation.size, 3), np.uint8)


def paint_over(frame: Frame, marks: Sequence[Cross], strokes: Mask) -> Frame:
    """The frame with crosses, their digits, and coloured strokes filled from their edges (Telea 2004)."""
    fringe = cv2.dilate(strokes.astype(np.uint8), np.ones((2 * FRINGE + 1, 2 * FRINGE + 1), np.uint8))
    edge = cv2.dilate(white_strokes(frame, marks).astype(np.uint8), np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8))
    filled = cv2.inpaint(np.ascontiguousarray(frame.pixels), cv2.max(fringe, edge), RADIUS, cv2.INPAINT_TELEA)
    return replace(frame, pixels=np.asarray(filled, np.uint8))


def white_strokes(frame: Frame, marks: Sequence[Cross]) -> Mask:
    """Where a frame has the strokes of these crosses and of the digits beside them, (height, width)."""
    grey = strongest(frame)
    mask = np.zeros(grey.shape, np.uint8)
    for cross in marks:
        top, left = max(cross.y - BESIDE, 0), max(cross.x - BESIDE, 0)
        near = np.s_[top : cross.y + BESIDE + 1, left : cross.x + BESIDE + 1]
        mask[near] |= _strokes_beside(grey[near], cross.y - top, cross.x - left)
        _draw(mask, cross)
    return mask.astype(np.bool_)


def _strokes_beside(near: Pixels, y: int, x: int) -> Pixels:
    """1 on what is as bright as the cross at (y, x), and either part of it or of a digit's size."""
    level = max(int(np.median(near[y - 2 : y + 3, x])), BRIGHT)
    standing_out = cv2.morphologyEx(near, cv2.MORPH_TOPHAT, np.ones((9, 9), np.uint8))
    bright = ((near >= DIM * level) & (np.asarray(standing_out) >= STANDS_OUT)).astype(np.uint8)
    count, shapes, stats, _ = cv2.connectedComponentsWithStats(bright, connectivity=8)
    part = np.zeros(count, np.uint8)
    for number, (_, _, width, height, size) in enumerate(stats[1:].tolist(), start=1):
        fits = TALL[0] <= height <= TALL[1] and WIDE[0] <= width <= WIDE[1] and size >= LEAST
        part[number] = fits and int(near[shapes == number].max()) >= SOLID * level
    part[shapes[y, x]] = 1
    return np.asarray(part[shapes] & bright, np.uint8)


def _draw(mask: Pixels, cross: Cross) -> None:
    """Draws a cross as it was measured, a pixel longer: where its background is bright, its strokes don't stand out."""
    y, x, reach = cross.y, cross.x, cross.arm + 1
    if cross.diagonal:
        cv2.line(mask, (x - reach, y - reach), (x + reach, y + reach), 1)
        cv2.line(mask, (x - reach, y + reach), (x + reach, y - reach), 1)
    else:
        cv2.line(mask, (x - reach, y), (x + reach, y), 1)
        cv2.line(mask, (x, y - reach), (x, y + reach), 1)
