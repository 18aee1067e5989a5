"""The ROC curve, and how sure it is, at each false positive rate, by the sensitivities of resampled groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_curve

from isthmus.judge.intervals import (
    ROUNDING,
    check_level,
    fewest_groups,
    group_indices,
    score_interval,
    student_quantile,
)
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

    @property
    def at_grid(self) -> Floats:
        """The sensitivity at each false positive rate of ``grid``, (101,)."""
        return np.interp(self.grid, self.false_positive_rate, self.sensitivity)

    def as_json(self) -> dict[str, list[float]]:
        """The curve at ``grid`` with its band, as JSON's types."""
        columns = {
            "false_positive_rate": self.grid,
            "sensitivity": self.at_grid,
            "low": self.low,
            "high": self.high,
        }
        return {name: column.tolist() for name, column in columns.items()}


def roc(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Roc:
    """The ROC curve of P(malignant) with a pointwise band: variance by a bootstrap of groups, then as ``share``.

    Resamples without a benign or a malignant nodule are left out. Of simulated data of 12, 30 and 100 groups of two
    nodules (80 draws each) the band covers 86 to 100 % at false positive rates of 0.05 to 0.98, fewer (71 to 93 %) at
    0.02; with few groups it is wide. Raises ValueError for one class only, and for what
    isn't labels, probabilities, groups, or a level.

    >>> roc([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9]).sensitivity
    array([0. , 0.5, 0.5, 1. , 1. ])
    """
    label_array, p_array = checked(labels, p)
    check_level(level)
    if label_array.min() == label_array.max():
        raise ValueError(f"there is no ROC curve: no nodule is {'benign' if label_array.min() else 'malignant'}")
    if resamples < 2:
        raise ValueError(f"{resamples} resamples are too few; give at least 2")
    rate, sensitivity, _ = roc_curve(label_array, p_array, drop_intermediate=False)
    members = group_indices(groups, label_array.size)
    drawn = _resampled(label_array, p_array, members, resamples, seed)
    low, high = np.full((2, GRID.size), np.nan)
    if len(drawn) > 1:
        at = np.interp(GRID, rate, sensitivity)
        low, high = _band(
            at, drawn.var(axis=0, ddof=1), int(label_array.sum()), fewest_groups(label_array, members), level
        )
    return Roc(rate, sensitivity, GRID.copy(), low, high)


def _band(at: Floats, variance: Floats, malignant: int, groups: float, level: float) -> tuple[Floats, Floats]:
    """Wilson's formula at the n that has the variance. Sensitivity can't fall as the rate rises: a lower bound holds at
    every higher rate, and an upper one at every lower."""
    quantile, bounds = student_quantile(groups - 1, level), []
    for value, spread in zip(at, variance, strict=True):
        middling = (value * malignant + 2) / (malignant + 4)  # as the observed variance at a sensitivity of 1 is 0
        n = max(1.0, min(malignant, middling * (1 - middling) / spread)) if spread > ROUNDING else groups
        bounds.append(score_interval(float(value), n, quantile))
    low, high = np.array(bounds).T
    low[-1] = high[-1] = 1.0  # every nodule is called malignant
    return np.maximum.accumulate(low), np.minimum.accumulate(high[::-1])[::-1]


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
