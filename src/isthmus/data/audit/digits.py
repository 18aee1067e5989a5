"""Digits and letters beside calipers: what a machine draws with a cross to tell one distance from another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from isthmus.data.audit.calipers import Mask, coloured
from isthmus.data.audit.crosses import BRIGHT, Cross, crosses, strongest
from isthmus.nodule import Box, Frame, Pixels

BESIDE = 20  # pixels from a cross's centre, within which its digit stands
STANDS_OUT = 40  # grey levels that a stroke is brighter than its surroundings
DIM = (0.65, 0.78)  # of the cross's brightness: what strokes reach; the second parts them from bright echoes
SOLID = 0.85  # of the cross's brightness: what the brightest pixel of a digit reaches
TALL, WIDE, LEAST = (6, 17), (2, 14), 8  # pixels of a digit: its height, its width, and how many there are at least
FULL, NARROW = 0.7, 6  # a digit fills no more of its box, unless it is narrow; a fleck does
ARM, HALF, DIAGONAL = 10, 2, 7  # pixels: what of a cross is left out, so that a digit that touches it is one shape
AXES = 0.7  # of a cross's pixels lie on the axes of its box; fewer of a digit's
COLOURED = 110  # grey level of the strongest channel in a coloured stroke; its fringe is darker


@dataclass(frozen=True)
class Calipers:
    """The white crosses of a picture, and the boxes of digits: beside these, and coloured."""

    crosses: tuple[Cross, ...] = ()
    digits: tuple[Box, ...] = ()


def calipers(frame: Frame) -> Calipers:
    """The calipers of a frame; coloured crosses aside, which ``colour_of`` counts."""
    marks = crosses(frame)
    every = {*digits(strongest(frame), marks), *coloured_digits(frame, coloured(frame)[0])}
    return Calipers(marks, tuple(sorted(every)))


def digits(grey: Pixels, marks: Sequence[Cross]) -> tuple[Box, ...]:
    """The boxes of the digits beside crosses, from the left."""
    boxes = set[Box]()
    for cross in marks:
        top, left = max(cross.y - BESIDE, 0), max(cross.x - BESIDE, 0)
        near = grey[top : cross.y + BESIDE + 1, left : cross.x + BESIDE + 1]
        y, x = cross.y - top, cross.x - left
        strokes = strokes_beside(near, y, x)
        for down, across in [(DIAGONAL, DIAGONAL)] if cross.diagonal else [(HALF, ARM), (ARM, HALF)]:
            strokes[max(y - down, 0) : y + down + 1, max(x - across, 0) : x + across + 1] = 0
        stats = cv2.connectedComponentsWithStats(strokes, connectivity=8)[2]
        for x0, y0, width, height, size in stats[1:].tolist():
            if is_digit(width, height, size):
                boxes.add(Box(left + x0, top + y0, left + x0 + width, top + y0 + height))
    return tuple(sorted(boxes))


def coloured_digits(frame: Frame, strokes: Mask) -> tuple[Box, ...]:
    """The boxes of coloured strokes with the size of a digit that aren't crosses, from the left."""
    if not strokes.any():
        return ()
    shown = (strokes & (strongest(frame) >= COLOURED)).astype(np.uint8)
    count, shapes, stats, _ = cv2.connectedComponentsWithStats(shown, connectivity=8)
    boxes = []
    for number in range(1, count):
        x, y, width, height, size = stats[number].tolist()
        if not is_digit(width, height, size) or width < NARROW:
            continue
        part = shapes[y : y + height, x : x + width] == number
        across, down = slice(height // 2 - 1, height // 2 + 1), slice(width // 2 - 1, width // 2 + 1)
        off = part.copy()
        off[across], off[:, down] = False, False
        if off.sum() >= (1 - AXES) * size:
            boxes.append(Box(x, y, x + width, y + height))
    return tuple(sorted(boxes))


def strokes_beside(near: Pixels, y: int, x: int) -> Pixels:
    """1 on what is as bright as the cross at (y, x) of a cutting, and either part of it or of a digit's size."""
    level = max(int(np.median(near[max(y - 2, 0) : y + 3, x])), BRIGHT)
    standing_out = np.asarray(cv2.morphologyEx(near, cv2.MORPH_TOPHAT, np.ones((9, 9), np.uint8))) >= STANDS_OUT
    strokes = np.zeros(near.shape, np.uint8)
    for share in DIM:
        bright = standing_out & (near >= share * level)
        count, shapes, stats, _ = cv2.connectedComponentsWithStats(bright.astype(np.uint8), connectivity=8)
        part = np.zeros(count, np.uint8)
        for number in range(1, count):
            sized = is_digit(*stats[number, cv2.CC_STAT_WIDTH :].tolist())
            part[number] = sized and near[shapes == number].max() >= SOLID * level
        part[shapes[y, x]] = 1
        strokes |= part[shapes] & bright
    return strokes


def is_digit(width: int, height: int, size: int) -> bool:
    """Whether a shape of ``size`` pixels in a box of ``width`` x ``height`` can be a digit."""
    thin = size <= FULL * width * height or width <= NARROW
    return TALL[0] <= height <= TALL[1] and WIDE[0] <= width <= WIDE[1] and size >= LEAST and thin
