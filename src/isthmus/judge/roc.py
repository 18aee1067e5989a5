"""The ROC curve, and how sure it is: at each false positive rate, the sensitivities of resampled groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_curve

from isthmus.judge.intervals import check_level, group_indices
from isthmus.judge.metrics import Floats, Labels, checked

GRID = np.linspace(0, 1, 101)


@dataclass(frozen=True, eq=False)
class Roc:
    """Sensitivity against the false positive rate (1 - specificity), each (points,), rising from 0 to 1.

    ``low`` .. ``high``, both (101,), hold the sensitivity at each false positive rate of ``grid`` 0, 0.01 .. 1, one
    rate at a time; nan where there is a single group.
    """

    false_positive_rate: Floats
    sensitivity: Floats
    grid: Floats
    low: Floats
    high: Floats


def roc(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Roc:
    """The ROC curve of P(malignant) with a pointwise percentile bootstrap band, whole groups being drawn.

    Resamples without a benign or a malignant nodule are left out. Raises ValueError for one class only, and for what
    isn't labels, probabilities, groups, or a level.

    >>> roc([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9]).sensitivity
    array([0. , 0.5, 0.5, 1. , 1. ])
    """
    label_array, p_array = checked(labels, p)
    check_level(level)
    if label_array.min() == label_array.max():
        raise ValueError(f"there is no ROC curve: no nodule is {'benign' if label_array.min() else 'malignant'}")
    if resamples < 1:
        raise ValueError(f"{resamples} resamples are too few; give at least 1")
    rate, sensitivity, _ = roc_curve(label_array, p_array, drop_intermediate=False)
    drawn = _resampled(label_array, p_array, group_indices(groups, label_array.size), resamples, seed)
    if drawn.size:
        low, high = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2), axis=0)
    else:
        low = high = np.full(GRID.size, np.nan)
    return Roc(rate, sensitivity, GRID.copy(), low, high)


def _resampled(labels: Labels, p: Floats, members: npt.NDArray[np.int64], resamples: int, seed: int) -> Floats:
    """The sensitivities at GRID of each resample that has both classes, (some, 101)."""
    random, count = np.random.default_rng(seed), int(members.max()) + 1
    order = np.argsort(-p, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(p[order])), p.size - 1)  # of each run of equal p, falling
    members, malignant = members[order], labels[order] == 1
    drawn = []
    for _ in range(resamples if count > 1 else 0):
        times = np.bincount(random.integers(count, size=count), minlength=count)[members]
        true_positive = np.cumsum(times * malignant)[ends]
        false_positive = np.cumsum(times * ~malignant)[ends]
        if true_positive[-1] and false_positive[-1]:
            rate = np.append(0.0, false_positive / false_positive[-1])
            drawn.append(np.interp(GRID, rate, np.append(0.0, true_positive / true_positive[-1])))
    return np.array(drawn, dtype=np.float64)
