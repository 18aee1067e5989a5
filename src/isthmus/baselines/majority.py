"""The baseline that sees nothing of a nodule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier

from isthmus.baselines.baseline import Baseline
from isthmus.judge.metrics import Floats
from isthmus.nodule import Nodule
from isthmus.progress import Progress, silent


def no_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """A column of zeros, (n, 1)."""
    return np.zeros((len(nodules), 1))


def prior(seed: int) -> Any:
    """Predicts the training nodules' share of malignant ones for every nodule."""
    return DummyClassifier(strategy="prior", random_state=seed)


MAJORITY = Baseline(
    "Majority",
    "Sees nothing: says the training nodules' share of malignant ones of every nodule.",
    1,
    no_features,
    prior,
)
