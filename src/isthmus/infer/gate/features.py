"""What the gate measures of a RoI: colour, emptiness, and 107 numbers of its grey levels, texture and layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from isthmus.nodule import Pixels

Values = npt.NDArray[np.float64]
Grey = npt.NDArray[np.floating]
T = TypeVar("T", bound=np.generic)

VERSION = 1  # of the numbers: raise it with any change of one
COUNT = 107
SIDE = 96  # pixels that a RoI is brought to
HALVINGS = 3  # to blocks of 8 x 8 pixels
BANDS = 6  # from top to bottom, and from left to right
THIRDS = 3  # of the depth
SATURATED = 60  # of 255, the largest channel less the smallest: a colour that one sees
BLACK = 4  # of 255, at most
LEVELS = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
TENTHS = (0.1, 0.5, 0.9)
TINY = 1e-3


def grey_of(roi: Pixels) -> Pixels:
    """A RoI, uint8 (s, s, 3), in grey, (96, 96): its green, which in a grey picture is its grey."""
    green = Image.fromarray(np.ascontiguousarray(roi[..., 1]))
    return np.asarray(green.resize((SIDE, SIDE), Image.Resampling.BOX))


def coloured(roi: Pixels) -> float:
    """The share of a RoI, uint8 (s, s, 3), in a saturated colour; of every third pixel across and down."""
    red, green, blue = (roi[1::3, 1::3, channel] for channel in range(3))
    largest, smallest = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    return float((largest - smallest > SATURATED).mean())


def empty(grey: Pixels) -> float:
    """The share of blocks, of 8 x 8 pixels, that are black throughout: nothing was scanned there."""
    for _ in range(HALVINGS):
        grey = _halved(grey, np.maximum)
    return float((grey <= BLACK).mean())


def features(grey: Pixels) -> Values:
    """107 numbers of a grey RoI, uint8 (96, 96)."""
    g = grey.astype(np.float32) / np.float32(255)
    scales, square = [g], g * g
    for _ in range(HALVINGS):
        scales.append(_halved(scales[-1], np.add) / 4)
        square = _halved(square, np.add) / 4
    mean = scales[-1]
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    numbers = [*_levels(grey, g), *_speckle(g, mean, deviation), *_layout(mean, deviation)]
    overall = float(g.std()) + 0.02
    for scale in scales:
        numbers += _slopes(scale, overall, thirds=scale is not mean)
    return np.array(numbers, np.float64)


def _levels(grey: Pixels, g: Grey) -> list[float]:
    """Quantiles of grey, its third and fourth moments, the shares of black and white, levels in use, and entropy."""
    share = np.bincount(grey.ravel(), minlength=256) / grey.size
    quantiles = np.searchsorted(np.cumsum(share), LEVELS) / 255
    black, white = np.log(share[: BLACK + 1].sum() + 0.01), np.log(share[250:].sum() + 0.01)
    entropy = -float((share * np.log(share + 1e-12)).sum())
    skewness, kurtosis = map(float, _moments((g - g.mean()).ravel()))
    return [*quantiles, skewness, kurtosis, black, white, (share > 0).mean(), entropy]


def _speckle(g: Grey, mean: Grey, deviation: Grey) -> list[float]:
    """How the blocks' deviation goes with their mean (speckle multiplies), and how it is spread."""
    m, d = mean - mean.mean(), deviation - deviation.mean()
    together = float((m * d).sum() / np.sqrt((m * m).sum() * (d * d).sum() + 1e-9))
    fine = g[1:-1, 1:-1] - (g[:-2, 1:-1] + g[2:, 1:-1] + g[1:-1, :-2] + g[1:-1, 2:]) / 4
    spread, ratio = np.log(_tenths(deviation) + TINY), _tenths(deviation / (mean + 0.02))
    return [*spread, *ratio, together, float((deviation < 0.008).mean()), *map(float, _moments(fine.ravel()))]


def _layout(mean: Grey, deviation: Grey) -> list[float]:
    """Bands from top to bottom and from left to right: their mean grey and deviation, less that of all."""
    numbers: list[float] = []
    for values in (np.log(mean + 0.05), np.log(deviation + 0.02)):
        values = values - values.mean()
        for axis in (1, 0):
            numbers += values.mean(axis).reshape(BANDS, -1).mean(1).tolist()
    return numbers


def _slopes(g: Grey, overall: float, thirds: bool) -> list[float]:
    """Slopes across and down at one scale: size and shape, how they go together, and to which side those down are
    steep; this, the sizes, and the skewness of grey also by depth, in thirds."""
    across, down = g[:-1, 1:] - g[:-1, :-1], g[1:] - g[:-1]
    steps, falls = np.abs(across), np.abs(down)
    sizes = _log(np.array([steps.mean(), falls.mean()]) / overall)
    (_, peaked), (steep, peaked_down) = _moments(across.ravel()), _moments(down.ravel())
    slant = float(np.vdot(across, down[:, :-1])) / (float(np.vdot(across, across) + np.vdot(down, down)) + 1e-6)
    numbers = [*sizes, peaked, peaked_down, steep, slant]
    if thirds:
        size = _log(_thirds(falls).mean(1))
        by_depth = _thirds(g[:-1])
        skewness = _moments(by_depth - by_depth.mean(1, keepdims=True))[0]
        for values in (_log(_thirds(steps).mean(1)) - size, size, _moments(_thirds(down))[0], skewness):
            numbers += values.tolist()
    return numbers


def _thirds(rows: Grey) -> Grey:
    """Lines (n, w) as (3, n // 3 * w), from top to bottom; one or two lines are left out."""
    return rows[: len(rows) // THIRDS * THIRDS].reshape(THIRDS, -1)


def _moments(values: Grey) -> tuple[Values, Values]:
    """The cube root of the skewness, and the logarithm of 1 + kurtosis, of values about 0 along the last axis; (0, 0)
    of zeros."""
    squares = values * values
    variance = squares.mean(-1) + 1e-7
    n = values.shape[-1]
    cubes = np.einsum("...i,...i->...", squares, values) / n
    fourths = np.einsum("...i,...i->...", squares, squares) / n
    return np.cbrt(cubes / variance**1.5), np.log(fourths / variance**2 + 1)


def _tenths(values: Grey) -> Grey:
    ordered = np.sort(values, axis=None)
    return ordered[[int(at * len(ordered)) for at in TENTHS]]


def _log(values: Values | Grey) -> Values:
    logarithms: Values = np.log(values + TINY)
    return logarithms


def _halved(g: npt.NDArray[T], join: Callable[..., npt.NDArray[T]]) -> npt.NDArray[T]:
    """Each four neighbours joined to one."""
    rows = join(g[::2], g[1::2])
    return join(rows[:, ::2], rows[:, 1::2])
