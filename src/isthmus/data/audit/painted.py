"""Calipers painted over, to measure what a model makes of them.

Painted over are the white crosses, each with the digit beside it, and coloured strokes. What can't be detected stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from isthmus.data.audit.calipers import FEWEST, Mask, coloured
from isthmus.data.audit.crosses import Cross, crosses, strongest
from isthmus.data.audit.digits import BESIDE, strokes_beside
from isthmus.data.audit.roi_calipers import crosses_in, roi_of
from isthmus.data.prepare import each_frame, prepare
from isthmus.nodule import Box, Frame, Nodule, Pixels
from isthmus.progress import Progress, silent
from isthmus.recipe import Preparation

EDGE, FRINGE = (
    2,
    8,
)  # pixels about a stroke whose brightness is painted over, and whose colour, which JPEG spreads further
USUAL_ARM = 8  # pixels from a cross's centre to its end, in most pictures of TN5000
RADIUS = 3  # pixels that are read about what is painted over


def painted_rois(
    nodules: Sequence[Nodule], preparation: Preparation, progress: Progress = silent
) -> tuple[npt.NDArray[np.bool_], Pixels]:
    """Which nodules have calipers, (n,), and every RoI painted over, uint8 (n, size, size, 3).

    Calipers are those in the square of 1.5 times the box, whatever window the preparation cuts. Where there are none,
    paint is where they would be: a control of what the paint itself does. Raises DataError.
    """
    has = np.zeros(len(nodules), np.bool_)
    rois = np.empty((len(nodules), preparation.size, preparation.size, 3), np.uint8)
    last: Frame | None = None
    marks: tuple[Cross, ...] = ()
    strokes = np.zeros((0, 0), np.bool_)
    clean = None
    for index, frame in each_frame(nodules, "painting calipers over", progress):
        if frame is not last:
            last, marks, strokes, clean = frame, crosses(frame), coloured(frame)[0], None
        box = nodules[index].box
        roi = roi_of(box, frame.width, frame.height)
        has[index] = crosses_in(roi, marks) or strokes[roi.y0 : roi.y1, roi.x0 : roi.x1].sum() >= FEWEST
        if has[index]:
            clean = clean or paint_over(frame, marks, strokes)
        painted = clean if clean and has[index] else _filled(frame, usual_places(frame, box))
        rois[index] = prepare(painted, box, preparation)
    return has, rois


def usual_places(frame: Frame, box: Box) -> Mask:
    """Where calipers of a box would be, (height, width): crosses in the middle of its sides, digits beside two."""
    mask = np.zeros((frame.height, frame.width), np.uint8)
    middle_x, middle_y = (box.x0 + box.x1) // 2, (box.y0 + box.y1) // 2
    for y, x in ((box.y0, middle_x), (middle_y, box.x0), (box.y1 - 1, middle_x), (middle_y, box.x1 - 1)):
        _draw(mask, Cross(y, x, USUAL_ARM - 1))
    for y, x in ((box.y0, middle_x), (middle_y, box.x0)):
        cv2.rectangle(mask, (x - 14, y - 17), (x - 7, y - 6), 1, -1)
    return mask.astype(np.bool_)


def paint_over(frame: Frame, marks: Sequence[Cross], strokes: Mask) -> Frame:
    """The frame with crosses, their digits, and coloured strokes filled from their edges (Telea 2004)."""
    return _filled(frame, white_strokes(frame, marks) | strokes)


def _filled(frame: Frame, strokes: Mask) -> Frame:
    mask = _wider(strokes.astype(np.uint8), EDGE)
    if frame.pixels.ndim == 2:
        return replace(frame, pixels=_filled_plane(frame.pixels, mask))
    bright, *colours = cv2.split(cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2YCrCb))
    fringe = _wider(mask, FRINGE)
    planes = [_filled_plane(np.asarray(bright), mask), *(_filled_plane(np.asarray(one), fringe) for one in colours)]
    filled = cv2.cvtColor(cv2.merge(planes), cv2.COLOR_YCrCb2RGB)
    return replace(frame, pixels=np.where(fringe[..., None] > 0, filled, frame.pixels).astype(np.uint8))


def _wider(mask: Pixels, by: int) -> Pixels:
    return np.asarray(cv2.dilate(mask, np.ones((2 * by + 1, 2 * by + 1), np.uint8)), np.uint8)


def _filled_plane(plane: Pixels, mask: Pixels) -> Pixels:
    return np.asarray(cv2.inpaint(np.ascontiguousarray(plane), mask, RADIUS, cv2.INPAINT_TELEA), np.uint8)


def white_strokes(frame: Frame, marks: Sequence[Cross]) -> Mask:
    """Where a frame has the strokes of these crosses and of the digits beside them, (height, width)."""
    grey = strongest(frame)
    mask = np.zeros(grey.shape, np.uint8)
    for cross in marks:
        top, left = max(cross.y - BESIDE, 0), max(cross.x - BESIDE, 0)
        near = np.s_[top : cross.y + BESIDE + 1, left : cross.x + BESIDE + 1]
        mask[near] |= strokes_beside(grey[near], cross.y - top, cross.x - left)
        _draw(mask, cross)
    return mask.astype(np.bool_)


def _draw(mask: Pixels, cross: Cross) -> None:
    """Draws a cross as it was measured, a pixel longer: where its background is bright, its strokes don't stand out."""
    y, x, reach = cross.y, cross.x, cross.arm + 1
    if cross.diagonal:
        cv2.line(mask, (x - reach, y - reach), (x + reach, y + reach), 1)
        cv2.line(mask, (x - reach, y + reach), (x + reach, y - reach), 1)
    else:
        cv2.line(mask, (x - reach, y), (x + reach, y), 1)
        cv2.line(mask, (x, y - reach), (x, y + reach), 1)
