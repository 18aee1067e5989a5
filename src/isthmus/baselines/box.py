"""The size and shape of a nodule's outline, without a pixel of the image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from isthmus.baselines.baseline import MOST_STEPS, Baseline
from isthmus.judge.metrics import Floats
from isthmus.nodule import Nodule, Point
from isthmus.progress import Progress, silent

BOX_FEATURES = ("width", "height", "area", "height / width", "contour area", "perimeter", "circularity", "solidity")


def box_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """The numbers of BOX_FEATURES, (n, 8), lengths in pixels; those of the contour are nan where there is none.

    Height over width is TI-RADS's taller-than-wide. Circularity and solidity are in 0 .. 1, 1 for a circle and for a
    convex contour.
    """
    rows = [
        (box.width, box.height, box.width * box.height, box.height / box.width, *_contour_features(nodule.contour))
        for nodule in nodules
        for box in [nodule.box]
    ]
    return np.array(rows, dtype=np.float64).reshape(len(nodules), len(BOX_FEATURES))


def _contour_features(contour: Sequence[Point]) -> tuple[float, float, float, float]:
    """Area, perimeter, circularity and solidity of a contour; nan for what it doesn't have."""
    if not contour:
        return math.nan, math.nan, math.nan, math.nan
    points = np.array(contour, dtype=np.float32)
    area, perimeter = float(cv2.contourArea(points)), float(cv2.arcLength(points, True))
    hull = float(cv2.contourArea(cv2.convexHull(points)))
    circularity = 4 * math.pi * area / perimeter**2 if perimeter else math.nan
    return area, perimeter, circularity, area / hull if hull else math.nan


def line_on_numbers(seed: int) -> Any:
    """Logistic regression on standardised numbers; a missing one is replaced by the training nodules' median."""
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=MOST_STEPS, random_state=seed),
    )


BOX = Baseline(
    "Box size and shape",
    "Sees the size and shape of the drawn outline and no pixel of the image: logistic regression on width, height, "
    "area, height to width, and the contour's area, perimeter, circularity and solidity.",
    1,
    box_features,
    line_on_numbers,
)
