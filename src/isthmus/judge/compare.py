"""Comparisons of two models on the same nodules: is one right where the other is wrong more often than by chance?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import convolve
from scipy.stats import binom

from isthmus.judge.delong import delong
from isthmus.judge.intervals import (
    ONE_GROUP,
    Estimate,
    check_level,
    group_indices,
    jackknife_method,
    kish,
    never_seen,
    wilson,
)
from isthmus.judge.jackknife import interval
from isthmus.judge.metrics import Labels, checked


@dataclass(frozen=True)
class McNemar:
    """Counts of readings that only the first or only the second model has right, and the exact two-sided p-value."""

    only_first: int
    only_second: int
    n: int
    p_value: float


def mcnemar(
    labels: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    threshold: float = 0.5,
    groups: npt.ArrayLike | None = None,
) -> McNemar:
    """Exact McNemar test (1947) of two accuracies. Raises ValueError.

    ``first`` and ``second`` are (n,), each model's P(malignant); malignant is p >= threshold. ``groups``, (n,), are
    what must not be taken for independent: nodules of a patient, readings of a nodule. By chance either model could
    stand in the other's place throughout a group; where every group is one nodule this is McNemar's test.

    >>> mcnemar([1, 1, 0, 0], [0.9, 0.8, 0.1, 0.2], [0.4, 0.8, 0.1, 0.6])
    McNemar(only_first=2, only_second=0, n=4, p_value=0.5)
    >>> mcnemar([1, 1, 0, 0], [0.9, 0.8, 0.1, 0.2], [0.4, 0.8, 0.1, 0.6], groups=["a", "b", "c", "a"]).p_value
    1.0
    """
    label_array, gained = _gains(labels, first, second, threshold)
    members = group_indices(groups, label_array.size)
    p_value = _by_exchange(np.bincount(members, gained).astype(np.int64))
    return McNemar(int((gained > 0).sum()), int((gained < 0).sum()), label_array.size, p_value)


def _by_exchange(gains: npt.NDArray[np.int64]) -> float:
    """The probability of a sum as far from 0 as that of ``gains``, each having either sign with probability 1/2."""
    chances = np.ones(1)  # of every sum from -reach to reach
    for gain, count in zip(*np.unique(np.abs(gains[gains != 0]), return_counts=True), strict=True):
        either = np.zeros(2 * gain * count + 1)
        either[:: 2 * gain] = binom.pmf(np.arange(count + 1), count, 0.5)
        chances = convolve(chances, either)
    reach = chances.size // 2
    far = np.abs(np.arange(-reach, reach + 1)) >= abs(int(gains.sum()))
    return min(1.0, float(chances[far].sum()))


def auc_difference(
    labels: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """AUC of ``first`` less that of ``second``, the same groups left out of both. Raises ValueError."""
    return delong(labels, first, second, groups, level=level).estimate


def accuracy_difference(
    labels: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    threshold: float = 0.5,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Accuracy of ``first`` less that of ``second``, malignant being p >= threshold, by the jackknife of groups.

    Where no group tells the two apart, the interval is that of a difference never seen in as many pairs as there are
    groups (Tango, Stat Med 17, 1998). Raises ValueError.
    """
    check_level(level)
    label_array, gained = _gains(labels, first, second, threshold)
    members = group_indices(groups, label_array.size)
    sizes, gains = np.bincount(members), np.bincount(members, gained)
    value = float(gained.mean())
    if sizes.size < 2:
        return Estimate.without_interval(value, ONE_GROUP)
    method = f"{jackknife_method(level, members, groups)}, paired"
    if not gained.any():
        return never_seen(kish(sizes), level, method)
    without = (gains.sum() - gains) / (sizes.sum() - sizes)
    return interval(value, without, kish(sizes), level, method, (-1.0, 1.0))


def _gains(
    labels: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, threshold: float
) -> tuple[Labels, npt.NDArray[np.int64]]:
    """The labels, and for each nodule 1 where only the first is right, -1 where only the second is."""
    label_array, first_array = checked(labels, first)
    second_array = checked(labels, second)[1]
    first_right = (first_array >= threshold) == (label_array == 1)
    second_right = (second_array >= threshold) == (label_array == 1)
    return label_array, first_right.astype(np.int64) - second_right


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for how many were tested, in the same order (Holm 1979); nan counts for none and stays.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    array = np.array(p_values, dtype=np.float64)
    tested = ~np.isnan(array)
    order, count = np.argsort(array[tested], kind="stable"), int(tested.sum())
    corrected = np.maximum.accumulate(array[tested][order] * np.arange(count, 0, -1)) if count else array[tested]
    array[tested] = np.minimum(corrected, 1)[np.argsort(order, kind="stable")]
    return [float(value) for value in array]


def proportion_difference(
    first: float, first_n: float, second: float, second_n: float, level: float = 0.95
) -> Estimate:
    """``first`` / ``first_n`` less ``second`` / ``second_n``, two samples that aren't paired.

    The interval joins the Wilson intervals of the two (Newcombe 1998, method 10).
    """
    one, other = wilson(first, first_n, level), wilson(second, second_n, level)
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    high = value + math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(value, low, high, f"Newcombe {100 * level:g} %, unpaired")
