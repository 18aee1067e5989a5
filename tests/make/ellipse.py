"""A picture of one dark ellipse in brighter speckle: a nodule that any proposer should find."""

from __future__ import annotations

import cv2
import numpy as np

from isthmus.data.clicks import Sides
from isthmus.nodule import Pixels


def ellipse(width: int, height: int, box: Sides, seed: int = 0) -> Pixels:
    """Grey, uint8 (height, width); the ellipse fills the box."""
    rng = np.random.default_rng(seed)
    bright = np.full((height, width), 120, np.float32)
    x0, y0, x1, y1 = box
    centre, axes = ((x0 + x1) / 2, (y0 + y1) / 2), (x1 - x0, y1 - y0)
    cv2.ellipse(bright, (centre, axes, 0.0), 45.0, -1)
    speckle = cv2.GaussianBlur(rng.gamma(4, 0.25, bright.shape).astype(np.float32), (0, 0), 1.0)
    return np.clip(bright * speckle, 0, 255).astype(np.uint8)
