"""The metrics over many samples at once: a sample is a whole-number weight for each nodule, 0 where it is left out.

Each function takes labels (n,), p (n,) and weights (samples, n), and gives one value a sample, (samples,),
nan where it is undefined. At weights of 1 it equals its namesake in ``metrics``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from isthmus.judge.metrics import Floats, Labels

Statistic = Callable[[Labels, Floats, Floats], Floats]


def f1(threshold: float) -> Statistic:
    """F-measure with beta = 1 where malignant is p >= threshold."""

    def statistic(labels: Labels, p: Floats, weights: Floats) -> Floats:
        called, malignant = p >= threshold, weights @ (labels == 1)
        value = _ratio(2 * (weights @ (called & (labels == 1))), weights @ called + malignant)
        return np.where(malignant > 0, value, np.nan)

    return statistic


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return ratio
