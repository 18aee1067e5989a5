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


def average_precision(labels: Labels, p: Floats, weights: Floats) -> Floats:
    """Average precision without interpolation."""
    malignant, benign = (counts[:, ::-1] for counts in _by_step(labels, p, weights))
    above = np.cumsum(malignant, axis=1)
    precision = np.nan_to_num(_ratio(above, above + np.cumsum(benign, axis=1)))
    value = _ratio((malignant * precision).sum(axis=1), malignant.sum(axis=1))
    return np.where(benign.sum(axis=1) > 0, value, np.nan)


def brier(labels: Labels, p: Floats, weights: Floats) -> Floats:
    """Mean squared distance of p from the label."""
    return _ratio(weights @ (p - labels) ** 2, weights.sum(axis=1))


def _by_step(labels: Labels, p: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Malignant and benign weight at each distinct p, rising: each (samples, distinct values)."""
    order = np.argsort(p, kind="stable")
    starts = np.flatnonzero(np.diff(p[order], prepend=np.nan))
    total = np.add.reduceat(weights[:, order], starts, axis=1)
    malignant = np.add.reduceat(weights[:, order] * labels[order], starts, axis=1)
    return malignant, total - malignant


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return ratio
