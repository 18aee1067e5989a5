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
DIM = (0.65, 0.78)  # of the cross's brightness: what strokes reach; the second parts them from bright echoes
SOLID = 0.85  # of the cross's brightness: what the brightest pixel of a digit reaches
TALL, WIDE, LEAST = (6, 17), (2, 14), 8  # pixels of a digit: its height, its width, and how many there are at least
EDGE, FRINGE = (
    2,
    8,
)  # pixels about a stroke whose brightness is painted over, and whose colour, which JPEG spreads further
FULL, NARROW = 0.7, 6  # a digit fills no more of its box, unless it is narrow; a fleck does
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
    mask = _wider((white_strokes(frame, marks) | strokes).astype(np.uint8), EDGE)
    if frame.pixels.ndim == 2:
        return replace(frame, pixels=_filled(frame.pixels, mask))
    bright, *colours = cv2.split(cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2YCrCb))
    fringe = _wider(mask, FRINGE)
    planes = [_filled(np.asarray(bright), mask), *(_filled(np.asarray(one), fringe) for one in colours)]
    filled = cv2.cvtColor(cv2.merge(planes), cv2.COLOR_YCrCb2RGB)
    return replace(frame, pixels=np.where(fringe[..., None] > 0, filled, frame.pixels).astype(np.uint8))


def _wider(mask: Pixels, by: int) -> Pixels:
    return np.asarray(cv2.dilate(mask, np.ones((2 * by + 1, 2 * by + 1), np.uint8)), np.uint8)


def _filled(plane: Pixels, mask: Pixels) -> Pixels:
    return np.asarray(cv2.inpaint(np.ascontiguousarray(plane), mask, RADIUS, cv2.INPAINT_TELEA), np.uint8)


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
    standing_out = np.asarray(cv2.morphologyEx(near, cv2.MORPH_TOPHAT, np.ones((9, 9), np.uint8))) >= STANDS_OUT
    strokes = np.zeros(near.shape, np.uint8)
    for share in DIM:
        bright = standing_out & (near >= share * level)
        count, shapes, stats, _ = cv2.connectedComponentsWithStats(bright.astype(np.uint8), connectivity=8)
        part = np.zeros(count, np.uint8)
        for number in range(1, count):
            part[number] = _is_digit(stats[number].tolist()) and near[shapes == number].max() >= SOLID * level
        part[shapes[y, x]] = 1
        strokes |= part[shapes] & bright
    return strokes


def _is_digit(stats: list[int]) -> bool:
    _, _, width, height, size = stats
    thin = size <= FULL * width * height or width <= NARROW
    return TALL[0] <= height <= TALL[1] and WIDE[0] <= width <= WIDE[1] and size >= LEAST and thin


def _draw(mask: Pixels, cross: Cross) -> None:
    """Draws a cross as it was measured, a pixel longer: where its background is bright, its strokes don't stand out."""
    y, x, reach = cross.y, cross.x, cross.arm + 1
    if cross.diagonal:
        cv2.line(mask, (x - reach, y - reach), (x + reach, y + reach), 1)
        cv2.line(mask, (x - reach, y + reach), (x + reach, y - reach), 1)
    else:
        cv2.line(mask, (x - reach, y), (x + reach, y), 1)
        cv2.line(mask, (x, y - reach), (x, y + reach), 1)
