"""Labels and nodules for the tests of baselines: 40 to train on and 20 to test, every other one malignant."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from isthmus.baselines.table import BASELINES
from isthmus.judge.metrics import Floats, Labels
from isthmus.nodule import Box, ImageRef, Nodule
from make.ddti import ellipse

N = 60
LABELS: Labels = np.arange(N) % 2
TRAIN, TEST = np.arange(40), np.arange(40, N)


def nodule(number: int, across: float = 12, down: float = 9, path: Path = Path("none"), **descriptors: str) -> Nodule:
    """An ellipse about (200, 200) of half axes ``across`` and ``down``."""
    contour = tuple((float(x), float(y)) for x, y in ellipse(200, 200, across, down, points=40))
    name = str(number)
    return Nodule(name, name, name, ImageRef(path), Box.around(contour), contour, descriptors=descriptors)


def predictions(name: str, features: Floats, labels: Labels = LABELS, seed: int = 0) -> Floats:
    """P(malignant) of the TEST nodules by the baseline ``name``."""
    return BASELINES[name].predict(features, labels, TRAIN, TEST, seed)
