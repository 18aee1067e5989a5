"""Net benefit and its curve over thresholds (Vickers and Elkin, Med Decis Making 26, 2006).

Who would biopsy at a risk of t holds that one cancer found is worth (1 - t) / t needless biopsies. The net benefit at t
is then the share of all nodules that are cancers found, less that of needless biopsies times t / (1 - t). It takes the
share of malignant nodules in the data for that of the place; P has to be calibrated there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import (
    ONE_GROUP,
    ROUNDING,
    Estimate,
    check_level,
    fewest_groups,
    group_indices,
    jackknife_error,
    jackknife_method,
    student_quantile,
)
from isthmus.judge.metrics import Floats, checked

THRESHOLDS = tuple(round(0.01 * percent, 2) for percent in range(2, 51))


@dataclass(frozen=True)
class Point:
    """Net benefit at a threshold, in cancers found per nodule: of the model, of a biopsy of every nodule, and of the
    model less that. Of a biopsy of none it is 0."""

    threshold: float
    model: Estimate
    treat_all: Estimate
    over_all: Estimate

    @property
    def beats_both(self) -> bool:
        """Whether the intervals of the model, and of the model less a biopsy of every nodule, lie above 0."""
        return self.model.low > 0 and self.over_all.low > 0

    def as_json(self) -> dict[str, object]:
        estimates = {"model": self.model, "treat_all": self.treat_all, "over_all": self.over_all}
        return {"threshold": self.threshold, "treat_none": 0.0} | {
            name: one.as_json() | {"n": one.n} for name, one in estimates.items()
        }


def decision_curve(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
    level: float = 0.95,
) -> tuple[Point, ...]:
    """The net benefit at each threshold, malignant being p >= it, each pointwise interval by the jackknife of groups.

    Raises ValueError, also for a threshold that isn't between 0 and 1.

    >>> (point,) = decision_curve([1, 1, 0, 0], [0.9, 0.1, 0.3, 0.1], thresholds=[0.2])
    >>> round(point.model.value, 4), round(point.treat_all.value, 4)
    (0.1875, 0.375)
    """
    label_array, p_array = checked(labels, p)
    check_level(level)
    if bad := [one for one in thresholds if not 0 < one < 1]:
        raise ValueError(f"a threshold of {bad[0]} is not between 0 and 1")
    members = group_indices(groups, label_array.size)
    few, method = fewest_groups(label_array, members), jackknife_method(level, members, groups)
    points = []
    for threshold in thresholds:
        worth = np.where(label_array == 1, 1.0, -threshold / (1 - threshold))
        called = p_array >= threshold
        model, every, over = (
            _mean(one, members, few, level, method) for one in (worth * called, worth, -worth * ~called)
        )
        points.append(Point(float(threshold), model, every, over))
    return tuple(points)


def _mean(worth: Floats, members: npt.NDArray[np.int64], few: float, level: float, method: str) -> Estimate:
    """The mean of what each nodule is worth, with its interval by the jackknife of groups and Student's t."""
    n, value = worth.size, float(worth.mean())
    sizes, sums = np.bincount(members), np.bincount(members, worth)
    if sizes.size < 2:
        return Estimate(value, np.nan, np.nan, ONE_GROUP, n)
    error = jackknife_error((sums.sum() - sums) / (n - sizes))
    if error.deviation <= ROUNDING:
        return Estimate(value, np.nan, np.nan, "no interval: all groups are alike", n)
    half = student_quantile(min(error.freedom, few - 1), level) * error.deviation
    return Estimate(value, value - half, value + half, method, n)
