"""Confidence intervals: Wilson intervals, and intervals that take groups of nodules into account.

Nodules of one patient are alike, and patients may be few. So whole groups are left out, one at a time (the jackknife);
how the number changes gives its standard error and the degrees of freedom of that error, for Student's t in place of
the normal distribution. Proportions: Wilson's formula at the n of independent nodules that would have the same error
(Korn and Graybill, Surv Methodol 24, 1998; Franco et al., J Surv Stat Methodol 7, 2019). Everything else: on the logit
of where the number lies in its range, degrees of freedom after Satterthwaite (Biometrics 2, 1946), but no more than the
rarer class has groups. How often these intervals hold the truth is measured by ``tests/make/coverage.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

Floats = npt.NDArray[np.float64]

ROUNDING = 1e-12  # a standard error below is rounding
ONE_GROUP = "no interval: one group doesn't show how groups differ"


@dataclass(frozen=True)
class Estimate:
    """A value and its interval ``low`` .. ``high``; ``method`` names the interval's method, or says why it is nan.

    ``n`` counts the nodules that the value is a figure of (for a proportion, its denominator), None if not counted.
    """

    value: float
    low: float
    high: float
    method: str
    n: int | None = None

    @classmethod
    def undefined(cls, reason: str) -> Estimate:
        """The estimate of what can't be computed."""
        return cls(math.nan, math.nan, math.nan, f"undefined: {reason}")

    @classmethod
    def without_interval(cls, value: float, reason: str) -> Estimate:
        """A value without an interval."""
        return cls(value, math.nan, math.nan, reason)

    def as_json(self) -> dict[str, float | str | None]:
        """Value, low, high and method; None for nan, as JSON has no such number."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if math.isnan(number) else number for name, number in numbers.items()} | {
            "method": self.method
        }


@dataclass(frozen=True)
class Error:
    """The standard error of a value, and the degrees of freedom that it was estimated with."""

    deviation: float
    freedom: float

    def quantile(self, level: float) -> float:
        """Student's t that leaves (1 - level) / 2 above it."""
        return student_quantile(self.freedom, level)


def wilson(successes: float, n: float, level: float = 0.95) -> Estimate:
    """The proportion ``successes`` / ``n`` with its Wilson score interval (Wilson 1927), undefined where n is 0.

    It takes the n for independent. Raises ValueError for impossible counts or a level outside 0 .. 1.

    >>> estimate = wilson(174, 181)
    >>> f"{estimate.value:.3f} {estimate.low:.3f} {estimate.high:.3f}"
    '0.961 0.922 0.981'
    """
    check_level(level)
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a proportion")
    if n == 0:
        return Estimate.undefined("0 of 0")
    value = successes / n
    low, high = score_interval(value, n, float(ndtri((1 + level) / 2)))
    return Estimate(value, low, high, f"Wilson {100 * level:g} %")


def share(
    part: npt.ArrayLike, whole: npt.ArrayLike, groups: npt.ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """The share of ``part`` in ``whole``, both (n,) of bool, with Wilson's interval, corrected for groups.

    Where no group has two nodules it is ``wilson``. Else n is that of independent nodules with the same error by the
    jackknife, never above the n there are; where nothing differs between groups, the number of groups, as if each were
    one nodule. Unequal groups count as fewer (Kish 1965). Raises ValueError.

    >>> one = share([1, 1, 0, 0, 1, 1, 1, 0], [1] * 8, ["a", "a", "b", "b", "c", "c", "d", "d"])
    >>> f"{one.value:.3f} {one.low:.3f} {one.high:.3f}"
    '0.625 0.118 0.954'
    """
    inside = np.asarray(whole, dtype=bool)
    counted = np.asarray(part, dtype=bool) & inside
    members = group_indices(groups, inside.size)
    if not has_repeats(members):
        return wilson(int(counted.sum()), int(inside.sum()), level)
    check_level(level)
    if not inside.any():
        return Estimate.undefined("0 of 0")
    sizes = np.bincount(members[inside])
    present = sizes > 0
    sizes, parts = sizes[present], np.bincount(members[inside], counted[inside])[present]
    n, value = int(sizes.sum()), float(parts.sum() / sizes.sum())
    if sizes.size < 2:
        return Estimate.without_interval(value, ONE_GROUP)
    deviation = jackknife_error((parts.sum() - parts) / (n - sizes)).deviation
    independent = kish(sizes)
    free = independent - 1
    if deviation > ROUNDING:
        independent = min(n, value * (1 - value) / deviation**2)
    low, high = score_interval(value, independent, student_quantile(free, level))
    return Estimate(value, low, high, f"Wilson {100 * level:g} % at the effective n of {group_count(members, groups)}")


def never_seen(groups: float, level: float, method: str) -> Estimate:
    """A difference of 0 that no pair shows, ``groups`` being the effective number: that isn't certainly none.

    The interval is that of Tango (Stat Med 17, 1998) for pairs that never differ.
    """
    square = student_quantile(groups - 1, level) ** 2
    half = square / (groups + square)
    return Estimate(0.0, -half, half, f"{method}; the two never differ")


def jackknife_error(without: Floats) -> Error:
    """The error of a value from its values ``without`` each group, (groups,), two at least (Tukey 1958).

    The degrees of freedom are those of a chi-square with the relative variance of the variance (Satterthwaite): few
    where few groups make the error.
    """
    count, changes = without.size, without - without.mean()
    squares = float((changes**2).sum())
    if squares**2 == 0:
        return Error(0.0, 1.0)
    relative = float((changes**4).sum()) / squares**2 - 1 / count
    freedom = count - 1.0 if relative <= 0 else min(count - 1.0, 2 / relative)
    return Error(math.sqrt((count - 1) / count * squares), freedom)


def mean_of_repeats(estimates: Sequence[Estimate]) -> Estimate:
    """Means of values and of bounds, so that n counts nodules and not readings.

    The bounds are conservative: the error of a mean of repeats is at most their mean error. One estimate stays as it
    is; if one of them is undefined, so is the mean, and if one has no interval, neither has the mean.
    """
    for one in estimates:
        if len(estimates) == 1 or math.isnan(one.value):
            return one
    value, low, high = (float(np.mean([getattr(one, part) for one in estimates])) for part in ("value", "low", "high"))
    method = next((one.method for one in estimates if math.isnan(one.low)), estimates[0].method)
    return Estimate(value, low, high, f"{method}; mean of {len(estimates)} repeats", estimates[0].n)


def group_indices(groups: npt.ArrayLike | None, n: int) -> npt.NDArray[np.int64]:
    """Each nodule's group as a number from 0, (n,); None: 0 .. n - 1. Raises ValueError unless there are n groups."""
    if groups is None:
        return np.arange(n, dtype=np.int64)
    array = np.asarray(groups)
    if array.shape != (n,):
        raise ValueError(f"groups of shape {array.shape} don't go with {n} nodules; give one each")
    try:
        return np.unique(array, return_inverse=True)[1].astype(np.int64)
    except TypeError:
        raise ValueError("groups mixes texts with something else; give every nodule a group of one type") from None


def has_repeats(members: npt.NDArray[np.int64]) -> bool:
    """Whether a group has two nodules or more."""
    return bool(np.bincount(members).max(initial=0) > 1)


def jackknife_method(level: float, members: npt.NDArray[np.int64], groups: npt.ArrayLike | None) -> str:
    """The method of an interval by the jackknife of groups, in words."""
    return f"jackknife {100 * level:g} % of {group_count(members, groups)}"


def group_count(members: npt.NDArray[np.int64], groups: npt.ArrayLike | None) -> str:
    """How many groups there are, in words."""
    count = int(members.max()) + 1
    return f"{count} nodules, each its own group" if groups is None else f"{count} groups"


def kish(sizes: npt.ArrayLike) -> float:
    """The effective number of groups of these sizes: as many of equal size tell as much (Kish 1965); 1 at least."""
    array = np.asarray(sizes, dtype=np.float64)
    return float(array.sum() ** 2 / (array**2).sum())


def fewest_groups(labels: npt.NDArray[np.int64], members: npt.NDArray[np.int64]) -> float:
    """Groups of the class that has fewer, in Kish's count; classes without a nodule aside."""
    counted = [np.bincount(members[labels == label]) for label in (0, 1)]
    return min(kish(one) for one in counted if one.size)


def check_level(level: float) -> None:
    """Raises ValueError unless ``level`` is a confidence level, between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level = {level} is not between 0 and 1")


def score_interval(value: float, n: float, quantile: float) -> tuple[float, float]:
    """Wilson's formula with any n above 0 and any quantile."""
    spread = quantile**2 / n
    middle, half = value + spread / 2, math.sqrt(spread * (value * (1 - value) + spread / 4))
    low, high = ((middle + side * half) / (1 + spread) for side in (-1, 1))
    return min(max(low, 0.0), value), max(min(high, 1.0), value)


def student_quantile(freedom: float, level: float) -> float:
    """Student's t that leaves (1 - level) / 2 above it; below one degree of freedom, that of one."""
    return float(stdtrit(max(1.0, freedom), (1 + level) / 2))
