"""Makes RoIs with speckle, layers and attenuation in depth, and a gate that is fitted on them."""

from __future__ import annotations

import functools

import numpy as np
from scipy import ndimage

from isthmus.infer.gate.features import SIDE, grey_of
from isthmus.infer.gate.fit import fitted, measure
from isthmus.infer.gate.gate import Gate
from isthmus.nodule import Box, Pixels

BOX = Box(10, 20, 110, 100)


def roi(number: int, side: int = SIDE) -> Pixels:
    """A made RoI, uint8 (side, side, 3): bright on top, dark in the middle, bright lines that fade downwards."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[:side, :side] / side - 0.5
    level = 0.5 - 0.3 * y
    level[(x / rng.uniform(0.2, 0.35)) ** 2 + (y / rng.uniform(0.2, 0.3)) ** 2 < 1] *= rng.uniform(0.3, 0.6)
    for row in rng.integers(0, side, 5):
        level[row:] += rng.uniform(0.1, 0.3) * np.exp(-np.arange(side - row) / 4)[:, None]
    speckle = np.abs(ndimage.gaussian_filter(rng.normal(0, 1, (2, side, side)), (0, 0.8, 1.2)))
    shown = level * np.hypot(*speckle) / np.hypot(*speckle).mean()
    grey = np.clip(np.rint(160 * shown), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


@functools.cache
def gate() -> Gate:
    """A gate of 100 made RoIs, with limits by 60 others."""
    grey = np.stack([grey_of(roi(number)) for number in range(160)])
    return fitted(measure(grey[:100]), measure(grey[100:]), "made")
