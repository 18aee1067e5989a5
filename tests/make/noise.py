"""Pictures of noise with a contour drawn by hand, for the tests of texture and border."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.path import Path as Outline
from PIL import Image

from isthmus.baselines.texture import FEATURES
from isthmus.judge.metrics import Floats
from isthmus.nodule import Box, ImageRef, Nodule, Pixels, Point

SEEDS = range(6)
SHAPE = (90, 120)


def noise(seed: int, shape: tuple[int, ...] = SHAPE) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def blob(seed: int) -> tuple[Point, ...]:
    """A contour by hand: about a circle, uneven."""
    draw = np.random.default_rng(seed)
    turns = np.sort(draw.uniform(0, 2 * np.pi, 14))
    radii = draw.uniform(8, 18, 14)
    return tuple(
        (float(60 + r * np.cos(turn)), float(45 + r * np.sin(turn))) for r, turn in zip(radii, turns, strict=True)
    )


def inside(contour: Sequence[Point]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    rows, columns = np.indices(SHAPE)
    centres = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], axis=1)
    return Outline([*contour, contour[0]]).contains_points(centres).reshape(SHAPE)


def written(folder: Path, pixels: Pixels, contour: Sequence[Point], box: Box | None = None) -> Nodule:
    path = folder / f"{len(list(folder.iterdir()))}.png"
    Image.fromarray(pixels).save(path)
    return Nodule("1", "1", "1", ImageRef(path), box or Box.around(contour), tuple(contour))


def measured(by: Callable[[Sequence[Nodule]], Floats], nodule: Nodule) -> Floats:
    features = by([nodule])
    assert features.shape == (1, FEATURES)
    return features[0]
