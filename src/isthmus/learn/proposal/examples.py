"""What one step learns from: a window about a click, and how far the nodule's sides are from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from isthmus.data.clicks import click_in, window_about
from isthmus.learn.proposal.pictures import Picture, recrop, screen
from isthmus.nodule import Pixels

Floats = npt.NDArray[np.float32]

PAINTED = 0.7  # how often a picture is seen with its calipers painted over: the crosses stand on the box's sides
ON_SCREEN = 0.65
FITTING, SPREAD = 0.42, 0.25  # of most windows: the nodule's longer side over the window's, its logarithm's spread
ANY = (0.1, 1.6)  # of the others, those that don't hold the nodule among them
OF_ANY_SIZE = 0.35  # how often


@dataclass(frozen=True, eq=False)
class Source:
    """A nodule to learn from: its picture, and the same with calipers painted over, None where there are none."""

    picture: Picture
    painted: Pixels | None = None

    def seen(self, painted: bool) -> Picture:
        """The picture, painted over if wanted and if there is anything to paint."""
        return Picture(self.painted, self.picture.box) if painted and self.painted is not None else self.picture


def example(sources: Sequence[Source], index: int, size: int, rng: np.random.Generator) -> tuple[Pixels, Floats]:
    """A window of the nodule ``index``, uint8 (size, size), with the click in its centre; and the distances from the
    click to the left, upper, right and lower side, as shares of the window's width and height: (4,).
    """
    picture = sources[index].seen(rng.random() < PAINTED)
    if rng.random() < ON_SCREEN:
        beside = sources[int(rng.integers(len(sources)))].seen(painted=True)
        picture = screen(picture, beside.pixels, rng)
    else:
        picture = recrop(picture, rng)
    picture = picture.mirrored if rng.random() < 0.5 else picture
    x0, y0, x1, y1 = picture.box
    x, y = click_in(picture.box, (), rng)
    side = max(x1 - x0, y1 - y0) / _share(rng)
    stretch = 2 ** rng.uniform(-0.1, 0.1)
    width, height = side * stretch, side / stretch
    window = window_about(picture.pixels, (x, y), width, height, size)
    distances = ((x - x0) / width, (y - y0) / height, (x1 - x) / width, (y1 - y) / height)
    return _as_another_scanner(window, rng), np.array(distances, np.float32)


def _share(rng: np.random.Generator) -> float:
    """The nodule's longer side over the window's."""
    if rng.random() < OF_ANY_SIZE:
        return math.exp(rng.uniform(math.log(ANY[0]), math.log(ANY[1])))
    return math.exp(rng.normal(math.log(FITTING), SPREAD))


def _as_another_scanner(window: Pixels, rng: np.random.Generator) -> Pixels:
    """The window with another gamma, brightness, sharpness and speckle."""
    seen: npt.NDArray[Any] = window.astype(np.float32) / 255
    if rng.random() < 0.8:
        seen = seen ** (2 ** rng.uniform(-0.7, 0.7))
    if rng.random() < 0.8:
        seen = seen * 2 ** rng.uniform(-0.6, 0.6) + rng.uniform(-0.05, 0.05)
    if rng.random() < 0.3:
        seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.3, 1.2))
    if rng.random() < 0.4:
        noise: npt.NDArray[Any] = rng.normal(0, 1, seen.shape).astype(np.float32)
        if rng.random() < 0.5:
            noise = 2 * cv2.GaussianBlur(noise, (0, 0), 0.8)
        seen = seen * (1 + noise * rng.uniform(0, 0.3))
    scaled: Pixels = np.clip(seen * 255, 0, 255).astype(np.uint8)
    return scaled
