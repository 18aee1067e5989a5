"""What a network that proposes boxes has to beat: a box of constant proportions, and a region that grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np

from isthmus.data.clicks import Sides
from isthmus.learn.proposal.pictures import Picture
from isthmus.nodule import Pixels, Point

Clicked = tuple[Picture, Point]
Rule = Callable[[Pixels, Point], Sides]
Found = TypeVar("Found", bound=Rule)

SHARES = np.arange(0.1, 1.0, 0.05)  # of the picture's width and height
TOLERANCES, BLURS = (8, 12, 16, 22, 30, 40), (1.0, 2.0, 3.5)  # grey levels; standard deviations in per cent
LEAST, MOST = 0.01, 0.8  # of the picture's area: a region that is less or more is no nodule


def iou(one: Sides, other: Sides) -> float:
    """Intersection over union of two boxes."""
    across, down = (max(0.0, min(one[i + 2], other[i + 2]) - max(one[i], other[i])) for i in (0, 1))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return across * down / (sum(areas) - across * down)


@dataclass(frozen=True)
class Constant:
    """A box of constant shares of the picture's width and height about the click, clipped to the picture."""

    across: float
    down: float

    def __call__(self, pixels: Pixels, click: Point) -> Sides:
        (height, width), (x, y) = pixels.shape, click
        half, tall = self.across * width / 2, self.down * height / 2
        return max(0, x - half), max(0, y - tall), min(width, x + half), min(height, y + tall)


@dataclass(frozen=True)
class Growing:
    """The box about the pixels that hang together with the clicked one and differ from the region's grey by no more
    than ``tolerance``, in a picture blurred by ``blur`` per cent of its longer side; ``otherwise`` where that is next
    to nothing, or nearly all."""

    tolerance: int
    blur: float
    otherwise: Constant

    def __call__(self, pixels: Pixels, click: Point) -> Sides:
        height, width = pixels.shape
        smooth = cv2.GaussianBlur(pixels, (0, 0), max(0.5, self.blur / 100 * max(height, width)))
        x, y = min(int(click[0]), width - 1), min(int(click[1]), height - 1)
        mask = np.zeros((height + 2, width + 2), np.uint8)
        flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (255 << 8)
        area, _, _, (left, top, across, down) = cv2.floodFill(
            smooth, mask, (x, y), 0, (self.tolerance,), (self.tolerance,), flags
        )
        if area < LEAST * width * height or across * down > MOST * width * height:
            return self.otherwise(pixels, click)
        return left, top, left + across, top + down


def best_constant(clicked: Sequence[Clicked]) -> Constant:
    """The constant box with the largest mean IoU."""
    return _best((Constant(float(across), float(down)) for across in SHARES for down in SHARES), clicked)


def best_growing(clicked: Sequence[Clicked], otherwise: Constant) -> Growing:
    """The region growing with the largest mean IoU."""
    return _best((Growing(one, blur, otherwise) for one in TOLERANCES for blur in BLURS), clicked)


def _best(rules: Iterable[Found], clicked: Sequence[Clicked]) -> Found:
    return max(rules, key=lambda rule: np.mean([iou(rule(one.pixels, at), one.box) for one, at in clicked]))
