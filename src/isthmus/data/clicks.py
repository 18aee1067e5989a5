"""Clicks inside nodules as a reader might set them, and the windows about a point that a box is proposed from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from isthmus.data.prepare import one_if_equal
from isthmus.nodule import Pixels, Point

Sides = tuple[float, float, float, float]  # x0, y0, x1, y1 in pixels of a picture, not rounded

SPREAD = 0.15  # standard deviation of a click about the box's centre, as a share of the box's width and height
TRIES = 1000


def grey(pixels: Pixels) -> Pixels:
    """A picture of one channel, (height, width): its grey, or the luminance (ITU-R 601) of its colours."""
    plain = one_if_equal(pixels)
    return plain if plain.ndim == 2 else np.asarray(Image.fromarray(plain).convert("L"))


def click_in(box: Sides, contour: Sequence[Point], rng: np.random.Generator) -> Point:
    """A click about the centre of ``box``, normally distributed with ``SPREAD``, drawn again until it lies inside.

    Inside the ``contour`` where there is one, otherwise inside the ellipse that the box holds: a box's corners are no
    nodule. Where ``TRIES`` draws miss a contour (a thin crescent) it is the point farthest from its edge.
    """
    x0, y0, x1, y1 = box
    edge = np.asarray(contour, np.float32).reshape(-1, 1, 2) if contour else None
    for _ in range(TRIES):
        across, down = rng.normal(0.0, SPREAD, 2)
        x, y = (x0 + x1) / 2 + across * (x1 - x0), (y0 + y1) / 2 + down * (y1 - y0)
        if cv2.pointPolygonTest(edge, (x, y), False) > 0 if edge is not None else across**2 + down**2 < 0.25:
            return float(x), float(y)
    return _deepest(box, np.asarray(contour, np.float64))


def _deepest(box: Sides, contour: npt.NDArray[np.float64]) -> Point:
    x0, y0 = math.floor(box[0]), math.floor(box[1])
    mask = np.zeros((math.ceil(box[3]) - y0 + 2, math.ceil(box[2]) - x0 + 2), np.uint8)
    cv2.fillPoly(mask, [np.round(contour - (x0 - 1, y0 - 1)).astype(np.int32)], 1)
    y, x = np.unravel_index(int(cv2.distanceTransform(mask, cv2.DIST_L2, 5).argmax()), mask.shape)
    return x + x0 - 0.5, y + y0 - 0.5


def window_about(pixels: Pixels, click: Point, width: float, height: float, size: int) -> Pixels:
    """The window of ``width`` x ``height`` pixels about a point of a grey picture: uint8 (size, size).

    It is black outside the picture. Pillow's bilinear filter, which averages where it makes smaller. Only the part
    inside the picture is resized, so that the cost doesn't grow with a window that leaves it.

    >>> window_about(np.full((10, 20), 200, np.uint8), (0.0, 5.0), 10, 10, 4)
    array([[  0,   0, 200, 200],
           [  0,   0, 200, 200],
           [  0,   0, 200, 200],
           [  0,   0, 200, 200]], dtype=uint8)
    """
    made = np.zeros((size, size), np.uint8)
    rows, down, high = _inside(click[1] - height / 2, height, pixels.shape[0], size)
    columns, across, wide = _inside(click[0] - width / 2, width, pixels.shape[1], size)
    if high and wide:
        part = (down[0], across[0], down[1], across[1])
        left, top, right, bottom = part[1], part[0], part[3], part[2]
        x, y = math.floor(left), math.floor(top)
        cut = Image.fromarray(np.ascontiguousarray(pixels[y : math.ceil(bottom), x : math.ceil(right)]))
        box = (left - x, top - y, right - x, bottom - y)
        made[rows, columns] = np.asarray(cut.resize((wide, high), Image.Resampling.BILINEAR, box=box))
    return made


def _inside(start: float, length: float, available: int, size: int) -> tuple[slice, tuple[float, float], int]:
    """Which of ``size`` pixels of a window lie in the picture, what of the picture they show, and how many they are."""
    step = length / size
    first, last = max(0, math.ceil(-start / step - 1e-9)), min(size, math.floor((available - start) / step + 1e-9))
    shown = (max(0.0, start + first * step), min(float(available), start + last * step))
    return slice(first, max(first, last)), shown, max(0, last - first)
