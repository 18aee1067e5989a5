"""Pictures that show a nodule anywhere, made of windows that have theirs in the middle.

TN5000 as it is shared here is cut to windows about its nodules, so that a box of constant proportions already scores,
and the size of the picture tells the size of the nodule. A re-crop takes both away: the window loses a random part at
each side. A screen shows such a crop as a scanner does, small among other tissue, on black, with text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from isthmus.data.clicks import Sides
from isthmus.nodule import Pixels

Floats = npt.NDArray[np.float32]

SMALLEST = 24  # pixels, a side of what is made
CHARACTERS = list("ABCDEFGHIKLMNOPRSTUVZ0123456789. ")
SMALL_OR_LARGE = (35, 260)  # pixels, the longer side of a nodule on a screen
SIZED = 0.6  # share of the screens whose nodule is of any such size, all sizes alike on a scale of logarithms
SEAMLESS = 24  # pixels at most over which a crop fades into the tissue about it


@dataclass(frozen=True, eq=False)
class Picture:
    """A grey picture, uint8 (height, width), and where its nodule is."""

    pixels: Pixels
    box: Sides

    @property
    def mirrored(self) -> Picture:
        """The picture with left and right exchanged."""
        x0, y0, x1, y1 = self.box
        width = self.pixels.shape[1]
        return Picture(np.ascontiguousarray(self.pixels[:, ::-1]), (width - x1, y0, width - x0, y1))


@dataclass(frozen=True)
class _Cut:
    """What is left of a picture: columns x0 to x1, rows y0 to y1."""

    x0: int
    y0: int
    x1: int
    y1: int


def recrop(picture: Picture, rng: np.random.Generator) -> Picture:
    """A random part of the picture that holds the whole nodule, resized by a factor between 1/2 and 2.

    The four margins are independent, each uniform between none and all that there is: place, scale and aspect of the
    crop are random, and the nodule lies anywhere in it, from a ninth of it to all of it.
    """
    cut = _cut(picture, rng)
    factor = 2 ** rng.uniform(-1, 1)
    width, height = (max(SMALLEST, round(side * factor)) for side in (cut.x1 - cut.x0, cut.y1 - cut.y0))
    return _resized(picture, cut, width, height)


def screen(picture: Picture, beside: Pixels, rng: np.random.Generator) -> Picture:
    """A crop of the picture within a scan area on a black screen of 480 to 720 x 340 to 540 pixels, with text.

    Around the crop is the tissue of another picture, ``beside``, or black; it ends in a seam or fades.
    """
    cut = _cut(picture, rng)
    width, height = int(rng.integers(480, 721)), int(rng.integers(340, 541))
    across, down = int(width * rng.uniform(0.6, 1)), int(height * rng.uniform(0.7, 1))
    most = min(across / (cut.x1 - cut.x0), down / (cut.y1 - cut.y0))
    factor = min(most, _side(rng) / _longer(picture.box)) if rng.random() < SIZED else most * rng.uniform(0.35, 1)
    sides = (max(16, int((cut.x1 - cut.x0) * factor)), max(16, int((cut.y1 - cut.y0) * factor)))
    made = _resized(picture, cut, *sides)
    x, y = int(rng.integers(0, across - sides[0] + 1)), int(rng.integers(0, down - sides[1] + 1))
    area = _tissue(beside, across, down, float(made.pixels.mean()), rng)
    _lay(area, made, x, y, rng)
    left, top = int(rng.integers(0, width - across + 1)), int(rng.integers(0, height - down + 1))
    shown = np.zeros((height, width), np.uint8)
    shown[top : top + down, left : left + across] = area
    _write(shown, rng)
    x0, y0, x1, y1 = made.box
    return Picture(shown, (x0 + x + left, y0 + y + top, x1 + x + left, y1 + y + top))


def _side(rng: np.random.Generator) -> float:
    return math.exp(rng.uniform(*np.log(SMALL_OR_LARGE)))


def _longer(box: Sides) -> float:
    return max(box[2] - box[0], box[3] - box[1])


def _cut(picture: Picture, rng: np.random.Generator) -> _Cut:
    (height, width), (x0, y0, x1, y1) = picture.pixels.shape, picture.box
    left, right = rng.integers(0, int(x0) + 1), rng.integers(int(np.ceil(x1)), width + 1)
    top, bottom = rng.integers(0, int(y0) + 1), rng.integers(int(np.ceil(y1)), height + 1)
    return _Cut(int(left), int(top), int(right), int(bottom))


def _resized(picture: Picture, cut: _Cut, width: int, height: int) -> Picture:
    part = Image.fromarray(np.ascontiguousarray(picture.pixels[cut.y0 : cut.y1, cut.x0 : cut.x1]))
    x, y = width / (cut.x1 - cut.x0), height / (cut.y1 - cut.y0)
    x0, y0, x1, y1 = picture.box
    box = ((x0 - cut.x0) * x, (y0 - cut.y0) * y, (x1 - cut.x0) * x, (y1 - cut.y0) * y)
    return Picture(np.asarray(part.resize((width, height), Image.Resampling.BILINEAR)), box)


def _tissue(beside: Pixels, width: int, height: int, brightness: float, rng: np.random.Generator) -> Pixels:
    """A random part of another picture, of that size and brightness, or black."""
    least = max(width / beside.shape[1], height / beside.shape[0]) * rng.uniform(1, 1.6)
    sides = max(width, round(beside.shape[1] * least)), max(height, round(beside.shape[0] * least))
    large = cv2.resize(beside, sides, interpolation=cv2.INTER_AREA if least < 1 else cv2.INTER_LINEAR)
    x, y = int(rng.integers(0, sides[0] - width + 1)), int(rng.integers(0, sides[1] - height + 1))
    part = np.asarray(large[y : y + height, x : x + width], np.float32)
    if rng.random() < 0.3:
        return np.zeros((height, width), np.uint8)
    as_bright: Pixels = np.clip(part * ((brightness + 1) / (part.mean() + 1)), 0, 255).astype(np.uint8)
    return as_bright


def _lay(area: Pixels, made: Picture, x: int, y: int, rng: np.random.Generator) -> None:
    """Lays the crop into the area; half of them fade over what lies outside the nodule."""
    height, width = made.pixels.shape
    x0, y0, x1, y1 = made.box
    weight = np.ones((height, width), np.float32)
    if rng.random() < 0.5:
        fade = rng.uniform(2, SEAMLESS)
        columns = np.minimum(_ramp(width, x0, fade), _ramp(width, width - x1, fade)[::-1])
        rows = np.minimum(_ramp(height, y0, fade), _ramp(height, height - y1, fade)[::-1])
        weight = np.minimum(rows[:, None], columns[None])
    part = area[y : y + height, x : x + width]
    part[:] = np.round(weight * made.pixels + (1 - weight) * part).astype(np.uint8)


def _ramp(length: int, margin: float, fade: float) -> Floats:
    """From 0 at the edge to 1, over ``fade`` pixels but no farther than the margin."""
    steps = (np.arange(length, dtype=np.float32) + 0.5) / max(min(fade, margin), 0.5)
    ramp: Floats = np.minimum(steps, 1).astype(np.float32)
    return ramp


def _write(shown: Pixels, rng: np.random.Generator) -> None:
    height, width = shown.shape
    for _ in range(int(rng.integers(0, 8))):
        text = "".join(rng.choice(CHARACTERS, int(rng.integers(1, 8))))
        y = int(rng.choice([rng.integers(8, 40), rng.integers(height - 40, height)]))
        place, bright = (int(rng.integers(0, width - 30)), y), int(rng.integers(120, 256))
        cv2.putText(shown, text, place, cv2.FONT_HERSHEY_SIMPLEX, rng.uniform(0.3, 0.5), bright, 1, cv2.LINE_AA)
