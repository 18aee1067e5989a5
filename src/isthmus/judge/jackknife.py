"""Any statistic with its interval by the jackknife of groups; ``intervals`` has the method and its sources."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import t as student

from isthmus.judge.intervals import (
    ONE_GROUP,
    ROUNDING,
    Estimate,
    check_level,
    fewest_groups,
    group_indices,
    jackknife_error,
    jackknife_method,
    kish,
    score_interval,
    student_quantile,
)
from isthmus.judge.metrics import Floats, Labels, checked
from isthmus.judge.weighted import Statistic

WEIGHTS_AT_ONCE = 2_000_000  # 16 MB of them
MOST_LEFT_OUT = 1000  # of more groups, several are left out at a time
ALIKE = "no interval: all groups are alike"

Members = npt.NDArray[np.int64]
Prepare = Callable[[Labels, Floats, Members], Callable[[Floats], Floats]]  # to a statistic as those of ``bootstrap``


def clustered(
    statistic: Statistic,
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    level: float = 0.95,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Estimate:
    """A statistic with its interval by the jackknife of whole groups.

    Args:
        statistic: one of ``isthmus.judge.weighted``, or a function like them.
        labels: (n,), 0 benign or 1 malignant.
        p: (n,), P(malignant).
        groups: (n,), the patient or group of each; None: every nodule is its own group, and ``method`` says so.
        seed: says which groups are left out together where there are more than ``MOST_LEFT_OUT``.
        bounds: the statistic's least and greatest value.

    Raises ValueError for what isn't labels, probabilities, groups, or a level.
    """

    def prepare(labels: Labels, p: Floats, members: Members) -> Callable[[Floats], Floats]:
        return lambda counts: statistic(labels, p, counts[:, members])

    return counted(prepare, labels, p, groups, seed, level, bounds)


def counted(
    prepare: Prepare,
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    level: float = 0.95,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Estimate:
    """``clustered``, of what sorts or sums the nodules once for all: ``prepare`` makes it of labels, p and each
    nodule's group, a statistic of how often each group counts, (samples, groups) to (samples,)."""
    label_array, p_array = checked(labels, p)
    check_level(level)
    if seed < 0:
        raise ValueError(f"seed = {seed} is below 0")
    members = group_indices(groups, label_array.size)
    parts = _left_out_together(members, seed)
    statistic, count = prepare(label_array, p_array, parts), int(parts.max()) + 1
    value = float(statistic(np.ones((1, count)))[0])
    without = [statistic(counts) for counts in _left_out(count, label_array.size)]
    few = fewest_groups(label_array, members)
    method = jackknife_method(level, members, groups)
    return interval(value, np.concatenate([np.empty(0), *without]), few, level, method, bounds)


def interval(
    value: float,
    without: Floats,
    independent: float,
    level: float,
    method: str,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Estimate:
    """The estimate of ``value`` from its values ``without`` each group, (groups,), on the logit of its range.

    ``independent`` is the effective number of groups of the rarer class: the error has at most one degree of freedom
    less, and the interval goes by that number alone where no group changes a value at the end of its range.
    """
    if math.isnan(value):
        return Estimate.undefined("nothing to divide by")
    if without.size < 2:
        return Estimate.without_interval(value, ONE_GROUP)
    if np.isnan(without).any():
        return Estimate.without_interval(value, "no interval: without one of the groups it is undefined")
    least, most = bounds
    error, place = jackknife_error(without), (value - least) / (most - least)
    if error.deviation <= ROUNDING:
        if ROUNDING < place < 1 - ROUNDING:
            return Estimate.without_interval(value, ALIKE)
        low, high = score_interval(place, independent, student_quantile(independent - 1, level))
        method += "; none differs, so by their number"
    else:
        place = min(max(place, ROUNDING), 1 - ROUNDING)
        half = (
            student_quantile(min(error.freedom, independent - 1), level)
            * error.deviation
            / (most - least)
            / (place * (1 - place))
        )
        low, high = float(expit(logit(place) - half)), float(expit(logit(place) + half))
    low, high = (least + (most - least) * bound for bound in (low, high))
    return Estimate(value, min(low, value), max(high, value), method)


def mean(values: npt.ArrayLike, groups: npt.ArrayLike | None = None, level: float = 0.95) -> Estimate:
    """The mean of ``values``, (n,), each 0 to 1, with its interval by the jackknife of whole groups.

    Unequal groups count as fewer (Kish 1965). Raises ValueError.

    >>> one = mean([0.5, 0.7, 0.6, 0.8], ["a", "a", "b", "c"])
    >>> f"{one.value:.2f} {one.low:.2f} {one.high:.2f} {one.n}"
    '0.65 0.32 0.88 4'
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not ((array >= 0) & (array <= 1)).all():
        raise ValueError("values aren't a row of numbers from 0 to 1")
    check_level(level)
    members = group_indices(groups, array.size)
    value, *without = with_and_without(array, np.ones(array.size), members)
    method = jackknife_method(level, members, groups)
    made = interval(float(value), np.array(without), kish(np.bincount(members)), level, method)
    return replace(made, n=array.size)


def with_and_without(part: npt.ArrayLike, whole: npt.ArrayLike, members: npt.NDArray[np.int64]) -> Floats:
    """The sum of ``part`` over that of ``whole``, both (n,), and behind it that without each group: (1 + groups,), nan
    where nothing is left to divide by."""
    sums = (np.bincount(members, np.asarray(one, np.float64)) for one in (part, whole))
    above, below = (np.concatenate([[one.sum()], one.sum() - one]) for one in sums)
    quotient: Floats = np.divide(above, below, out=np.full(above.size, np.nan), where=below > 0.5)
    return quotient


def p_value(value: float, without: Floats, independent: float, bounds: tuple[float, float]) -> float:
    """The two-sided p-value of the middle of ``bounds`` being true, by the error that ``interval`` goes by.

    1 where nothing differs and the value is the middle; nan where there is no error to go by.
    """
    if without.size < 2 or np.isnan(without).any() or math.isnan(value):
        return math.nan
    error, place = jackknife_error(without), (value - bounds[0]) / (bounds[1] - bounds[0])
    if error.deviation <= ROUNDING:
        return 1.0 if abs(place - 0.5) <= ROUNDING else math.nan
    place = min(max(place, ROUNDING), 1 - ROUNDING)
    deviation = error.deviation / (bounds[1] - bounds[0]) / (place * (1 - place))
    return float(2 * student.sf(abs(logit(place)) / deviation, max(1.0, min(error.freedom, independent - 1))))


def _left_out_together(members: Members, seed: int) -> Members:
    """The groups, of which several are one where there are more than ``MOST_LEFT_OUT``."""
    count = int(members.max()) + 1
    if count <= MOST_LEFT_OUT:
        return members
    joined: Members = (np.random.default_rng(seed).permutation(count) % MOST_LEFT_OUT)[members]
    return joined


def _left_out(count: int, n: int) -> Iterator[Floats]:
    """How often each of ``count`` groups counts, (some, count) at a time: 0 of the one that is left out, else 1."""
    if count == 1:
        return
    most = max(1, WEIGHTS_AT_ONCE // n)
    for start in range(0, count, most):
        yield (np.arange(count) != np.arange(start, min(start + most, count))[:, None]).astype(np.float64)
