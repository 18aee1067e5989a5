"""Net benefit and its curve over thresholds (Vickers and Elkin, Med Decis Making 26, 2006).

Who would biopsy at a risk of t holds that one cancer found is worth (1 - t) / t needless biopsies. The net benefit at t
is then the share of all nodules that are cancers found, less that of needless biopsies times t / (1 - t). It takes the
share of malignant nodules in the data for that of the place, unless a prevalence is stated; P has to be calibrated to
it.
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
from isthmus.judge.jackknife import with_and_without
from isthmus.judge.metrics import Floats, checked

Mask = npt.NDArray[np.bool_]
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
    prevalence: float | None = None,
) -> tuple[Point, ...]:
    """The net benefit at each threshold, malignant being p >= it, each pointwise interval by the jackknife of groups.

    ``prevalence`` is that of the place, None for the data's: found and needless biopsies are then weighed by it, and
    ``p`` has to be P(malignant) there. Raises ValueError, also for a threshold that isn't between 0 and 1.

    >>> (point,) = decision_curve([1, 1, 0, 0], [0.9, 0.1, 0.3, 0.1], thresholds=[0.2])
    >>> round(point.model.value, 4), round(point.treat_all.value, 4)
    (0.1875, 0.375)
    """
    label_array, p_array = checked(labels, p)
    check_level(level)
    if bad := [one for one in thresholds if not 0 < one < 1]:
        raise ValueError(f"a threshold of {bad[0]} is not between 0 and 1")
    if prevalence is not None and not 0 < prevalence < 1:
        raise ValueError(f"prevalence = {prevalence} is not between 0 and 1")
    members = group_indices(groups, label_array.size)
    few, method = fewest_groups(label_array, members), jackknife_method(level, members, groups)
    malignant, points = label_array == 1, []
    for threshold in thresholds:
        called, odds = p_array >= threshold, threshold / (1 - threshold)
        nets = [_nets(calls, malignant, members, odds, prevalence) for calls in (called, np.ones_like(called))]
        nets.append(nets[0] - nets[1])
        model, every, over = (_estimate(one, label_array.size, few, level, method) for one in nets)
        if prevalence is not None and not np.isnan(every.value):
            every = Estimate(every.value, every.value, every.value, "exact at a stated prevalence", every.n)
        points.append(Point(float(threshold), model, every, over))
    return tuple(points)


def _nets(
    called: Mask, malignant: Mask, members: npt.NDArray[np.int64], odds: float, prevalence: float | None
) -> Floats:
    """The net benefit of some calls, and behind it that without each group, (1 + groups,)."""
    if prevalence is None:
        return with_and_without(called * np.where(malignant, 1.0, -odds), np.ones(called.size), members)
    found = with_and_without(called & malignant, malignant, members)
    needless = with_and_without(called & ~malignant, ~malignant, members)
    net: Floats = prevalence * found - (1 - prevalence) * odds * needless
    return net


def _estimate(nets: Floats, n: int, few: float, level: float, method: str) -> Estimate:
    """With an interval by the jackknife of groups and Student's t."""
    value, without = float(nets[0]), nets[1:]
    if np.isnan(value):
        return Estimate(value, np.nan, np.nan, "undefined: at a stated prevalence each class has to be there", n)
    if without.size < 2:
        return Estimate(value, np.nan, np.nan, ONE_GROUP, n)
    if np.isnan(without).any():
        return Estimate(value, np.nan, np.nan, "no interval: without one of the groups it is undefined", n)
    error = jackknife_error(without)
    if error.deviation <= ROUNDING:
        return Estimate(value, np.nan, np.nan, "no interval: all groups are alike", n)
    half = student_quantile(min(error.freedom, few - 1), level) * error.deviation
    return Estimate(value, value - half, value + half, method, n)
