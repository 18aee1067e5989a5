"""What the gate measures of RoIs: colour, emptiness, and 107 numbers of their grey levels, texture and layout.

All take n RoIs at once, since at 96 x 96 pixels calls cost more than arithmetic; those beside a RoI change its numbers
in their last digits at most. Pixels are float32, what is made of their sums is float64.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from isthmus.nodule import Pixels

Values = npt.NDArray[np.float64]
Grey = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.floating]

VERSION = 1  # of the numbers: raise it with any change of one
COUNT = 107
SIDE = 96  # pixels that a RoI is brought to
HALVINGS = 3  # to blocks of 8 x 8 pixels
BLOCKS = SIDE >> HALVINGS  # across and down
BANDS = 6  # from top to bottom, and from left to right
ALL = 3  # thirds of the depth, and the place after them: that of all
SATURATED = 60  # of 255, the largest channel less the smallest: a colour that one sees
BLACK = 4  # of 255, at most
WHITE = 250  # of 255, at least
GREYS = np.arange(256) / 255
LEVELS = np.array([[0.01], [0.1], [0.25], [0.5], [0.75], [0.9], [0.99]])
TENTHS = [int(at * BLOCKS**2) for at in (0.1, 0.5, 0.9)]  # places in order
TINY = 1e-3


def grey_of(roi: Pixels) -> Pixels:
    """A RoI, uint8 (s, s, 3), in grey, (96, 96): its green, which in a grey picture is its grey."""
    green = roi[..., 1]
    if green.shape == (SIDE, SIDE):
        return np.ascontiguousarray(green)
    if len(green) in (SIDE * 4 // 3, SIDE * 2):
        return _fewer(np.ascontiguousarray(_fewer(np.ascontiguousarray(green.T)).T))
    image = Image.fromarray(np.ascontiguousarray(green))
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX))


def _fewer(lines: Pixels) -> Pixels:
    """96 of 128 or 192 lines, as Pillow's box filter makes them, in a fraction of its time: a pixel counts where its
    centre lies."""
    if len(lines) == 2 * SIDE:
        return _mean(lines[::2], lines[1::2])
    first, second, third, fourth = (lines[at::4] for at in range(4))
    return np.stack([first, _mean(second, third), fourth], axis=1).reshape(SIDE, -1)


def _mean(one: Pixels, other: Pixels) -> Pixels:
    """Of two grey levels; a half is rounded up."""
    return (one | other) - ((one ^ other) >> 1)


def coloured(rois: Pixels) -> Values:
    """The share of each RoI, uint8 (n, s, s, 3), in a saturated colour; of every third pixel across and down."""
    red, green, blue = np.moveaxis(rois[:, 1::3, 1::3], -1, 0).copy()
    largest, smallest = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    share: Values = (largest - smallest > SATURATED).mean((1, 2))
    return share


def empty(grey: Pixels) -> Values:
    """The share of blocks, of 8 x 8 pixels, that are black throughout, in each grey RoI, (n, 96, 96): nothing was
    scanned there."""
    lines = grey.reshape(-1, BLOCKS, SIDE // BLOCKS, SIDE).max(2)
    blocks = lines.reshape(len(grey), BLOCKS**2, -1).max(2)
    share: Values = (blocks <= BLACK).mean(1)
    return share


def features(grey: Pixels) -> Values:
    """107 numbers of each grey RoI, uint8 (n, 96, 96): float64 (n, 107)."""
    g = grey.astype(np.float32) / np.float32(255)
    both: Grey = np.stack([g, g * g])
    scales = [both[0]]
    for _ in range(HALVINGS):
        both = _halved(both)
        scales.append(both[0])
    mean, square = both.reshape(2, len(g), -1)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    levels, overall = _levels(grey)
    slopes = _slopes(scales, overall + 0.02).reshape(len(g), -1)  # the last scale's by depth are left out
    numbers = [levels, _speckle(g, mean, deviation), _layout(mean, deviation), slopes]
    return np.concatenate(numbers, axis=1)[:, :COUNT]


def _levels(grey: Pixels) -> tuple[Values, Values]:
    """Quantiles of grey, its third and fourth moments, the shares of black and white, levels in use, and entropy, (n,
    13); and its deviation, (n,)."""
    n = len(grey)
    places = grey.reshape(n, -1) + (256 * np.arange(n))[:, None]
    share = np.bincount(places.ravel(), minlength=256 * n).reshape(n, 256) / SIDE**2
    away = GREYS - (share @ GREYS)[:, None]
    squares = away * away
    weighted = share * squares
    variance, fourths = weighted.sum(1), _dot(weighted, squares)
    numbers = np.empty((n, 13))
    numbers[:, :7] = (np.cumsum(share, axis=1)[:, None] < LEVELS).sum(2) / 255
    numbers[:, 7] = _skewness(variance, _dot(weighted, away))
    numbers[:, 8] = _peakedness(variance, fourths)
    numbers[:, 9] = np.log(share[:, : BLACK + 1].sum(1) + 0.01)
    numbers[:, 10] = np.log(share[:, WHITE:].sum(1) + 0.01)
    numbers[:, 11] = (share > 0).sum(1) / 256
    numbers[:, 12] = -_dot(share, np.log(share + 1e-12))
    return numbers, np.sqrt(variance)


def _speckle(g: Grey, mean: Grey, deviation: Grey) -> Values:
    """How the blocks' deviation goes with their mean (speckle multiplies), and how it is spread: (n, 10)."""
    blocks: Grey = np.stack([mean, deviation, deviation / (mean + np.float32(0.02))])
    (m, d), ordered = blocks[:2] - blocks[:2].mean(2, keepdims=True), np.sort(blocks[1:])[..., TENTHS]
    fine = _fine(g)
    squares = fine * fine
    pairs = (fine, fine), (squares, fine), (squares, squares)
    variance, cubes, fourths = np.array([_dot(*pair) for pair in pairs], np.float64) / (SIDE - 2) ** 2
    numbers = np.empty((len(g), 10))
    numbers[:, :3] = np.log(ordered[0] + TINY)
    numbers[:, 3:6] = ordered[1]
    numbers[:, 6] = _dot(m, d) / np.sqrt(_dot(m, m) * _dot(d, d) + 1e-9)
    numbers[:, 7] = (deviation < 0.008).sum(1) / BLOCKS**2
    numbers[:, 8] = _skewness(variance, cubes)
    numbers[:, 9] = _peakedness(variance, fourths)
    return numbers


def _fine(g: Grey) -> Grey:
    """Each pixel less the mean of its four neighbours, (n, 94 * 96): 0 in the first and last column."""
    flat, last = g.reshape(len(g), -1), SIDE**2 - SIDE
    beside = flat[:, : last - SIDE] + flat[:, 2 * SIDE :]
    beside += flat[:, SIDE - 1 : last - 1]
    beside += flat[:, SIDE + 1 : last + 1]
    beside *= np.float32(0.25)
    fine: Grey = np.subtract(flat[:, SIDE:last], beside, out=beside)
    fine[:, ::SIDE] = fine[:, SIDE - 1 :: SIDE] = 0
    return fine


def _layout(mean: Grey, deviation: Grey) -> Values:
    """Bands from top to bottom and from left to right: their mean grey and deviation, less that of all: (n, 24)."""
    logarithms = np.log(np.stack([mean + np.float32(0.05), deviation + np.float32(0.02)], axis=1))
    layout: Values = (logarithms @ _bands()).reshape(len(mean), -1)
    return layout


@functools.cache
def _bands() -> Values:
    """What a block counts in a band's mean less that of all: (144, 12)."""
    one = np.repeat(np.eye(BANDS), BLOCKS // BANDS, axis=0) / (BLOCKS // BANDS)
    every = np.full((BLOCKS, 1), 1 / BLOCKS)
    return np.concatenate([np.kron(one, every), np.kron(every, one)], axis=1) - 1 / BLOCKS**2


def _slopes(scales: Sequence[Grey], overall: Values) -> Values:
    """Slopes across and down at each scale: size and shape, how they go together, and to which side those down are
    steep; this, the sizes, and the skewness of grey also by depth, in thirds: (n, 4, 18)."""
    means = np.stack([_means(scale) for scale in scales], axis=2)
    step, fall, step2, fall2, step4, fall4, fall3, both, variance, cubes = means
    side = np.array([scale.shape[-1] for scale in scales])
    wider = (side / (side - 1))[:, None]  # lines across have a slope less
    power = step2[..., ALL] + fall2[..., ALL] + 1e-6 / (side * (side - 1))
    skewness, log_fall = _skewness(fall2, fall3), np.log(fall + TINY)
    numbers = np.empty((*step.shape[:2], 18))
    numbers[..., 0] = np.log(step[..., ALL] * wider[:, 0] / overall[:, None] + TINY)
    numbers[..., 1] = np.log(fall[..., ALL] / overall[:, None] + TINY)
    numbers[..., 2] = _peakedness(step2 * wider, step4 * wider)[..., ALL]
    numbers[..., 3] = _peakedness(fall2, fall4)[..., ALL]
    numbers[..., 4] = skewness[..., ALL]
    numbers[..., 5] = both[..., ALL] / power
    numbers[..., 6:9] = (np.log(step * wider + TINY) - log_fall)[..., :ALL]
    numbers[..., 9:12] = log_fall[..., :ALL]
    numbers[..., 12:15] = skewness[..., :ALL]
    numbers[..., 15:] = _skewness(variance, cubes)[..., :ALL]
    return numbers


def _means(g: Grey) -> Values:
    """Means of the slopes' sizes, powers and products at one scale, (n, s, s), and the second and third moment of its
    grey: each by depth, and of all, (10, n, 4)."""
    n, side = g.shape[:2]
    flat, before = g.reshape(n, -1), g.reshape(n, -1)[:, :-side]
    slopes = np.empty((2, n, side - 1, side), np.float32)  # across and down
    np.subtract(flat[:, 1 : 1 - side], before, out=slopes[0].reshape(n, -1))
    slopes[0, ..., -1] = 0  # was a pixel less the last of the row above
    np.subtract(flat[:, side:], before, out=slopes[1].reshape(n, -1))
    squares = slopes * slopes
    rows = np.empty((8, n, side - 1))
    rows[:2] = np.abs(slopes) @ np.ones(side, np.float32)
    rows[2:4] = _dot(slopes, slopes)
    rows[4:6] = _dot(squares, squares)
    rows[6] = _dot(squares[1], slopes[1])
    rows[7] = _dot(slopes[0], slopes[1])
    means = np.zeros((10, n, ALL + 1))
    means[:8] = rows @ _depths(side)
    lines = (side - 1) // ALL
    grey = flat[:, : lines * ALL * side].reshape(n, ALL, -1)
    grey = grey - grey.mean(2, keepdims=True)
    means[8, :, :ALL] = _dot(grey, grey) / grey.shape[2]
    means[9, :, :ALL] = _dot(grey * grey, grey) / grey.shape[2]
    return means


@functools.cache
def _depths(side: int) -> Values:
    """What each line of slopes counts in the mean of a pixel in each third of the depth and of all: (side - 1, 4). One
    or two lines are in no third."""
    lines = (side - 1) // ALL
    weights = np.full((side - 1, ALL + 1), 1 / (side - 1))
    weights[:, :ALL] = 0
    for third in range(ALL):
        weights[third * lines : (third + 1) * lines, third] = 1 / lines
    return weights / side


def _dot(one: Numbers, other: Numbers) -> Numbers:
    """The sum of the products along the last axis."""
    products: Numbers = (one[..., None, :] @ other[..., None])[..., 0, 0]
    return products


def _skewness(variance: Numbers, cubes: Numbers) -> Values:
    """Its cube root, of moments about 0; 0 of zeros."""
    root: Values = np.cbrt(cubes / (variance + 1e-7) ** 1.5)
    return root


def _peakedness(variance: Numbers, fourths: Numbers) -> Values:
    """The logarithm of 1 + kurtosis, of moments about 0; 0 of zeros."""
    logarithm: Values = np.log(fourths / (variance + 1e-7) ** 2 + 1)
    return logarithm


def _halved(g: Grey) -> Grey:
    """The mean of each four neighbours, of (..., s, s)."""
    rows = g[..., ::2, :] + g[..., 1::2, :]
    halved: Grey = (rows[..., ::2] + rows[..., 1::2]) * np.float32(0.25)
    return halved
