"""Features without pixels: none, the outline of a nodule, or its reader's descriptors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from isthmus.data.readers.ddti import DESCRIPTORS
from isthmus.errors import DataError
from isthmus.judge.metrics import Floats
from isthmus.nodule import Nodule, Point
from isthmus.progress import Progress, silent

BOX_FEATURES = ("width", "height", "area", "height / width", "contour area", "perimeter", "circularity", "solidity")


def no_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """A column of zeros, (n, 1)."""
    return np.zeros((len(nodules), 1))


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


def descriptor_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """The reader's descriptors as codes, (n, 4), nan where one is missing.

    A code is the place of the text among all texts of that descriptor, in alphabetical order, and no more than
    a name. Age and sex are not descriptors. Raises DataError if no nodule has any descriptor.
    """
    texts = [[nodule.descriptors.get(name, "") for name in DESCRIPTORS] for nodule in nodules]
    if not any(text for row in texts for text in row):
        raise DataError(
            f"none of the {len(nodules)} nodules has a descriptor ({', '.join(DESCRIPTORS)})",
            remedy="Leave the baseline 'descriptors' out for this data set.",
        )
    columns = [list(column) for column in zip(*texts, strict=True)]
    codes = [{text: place for place, text in enumerate(sorted(set(column) - {""}))} for column in columns]
    return np.array([[code.get(text, math.nan) for text, code in zip(row, codes, strict=True)] for row in texts])


def _contour_features(contour: Sequence[Point]) -> tuple[float, float, float, float]:
    """Area, perimeter, circularity and solidity of a contour; nan for what it doesn't have."""
    if not contour:
        return math.nan, math.nan, math.nan, math.nan
    points = np.array(contour, dtype=np.float32)
    area, perimeter = float(cv2.contourArea(points)), float(cv2.arcLength(points, True))
    hull = float(cv2.contourArea(cv2.convexHull(points)))
    circularity = 4 * math.pi * area / perimeter**2 if perimeter else math.nan
    return area, perimeter, circularity, area / hull if hull else math.nan
