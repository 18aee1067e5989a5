"""How far readers agree beyond chance: Cohen's kappa of two, Light's mean of all pairs, Fleiss' kappa of all at once.

Intervals are by the jackknife of whole patients: for these readers, on nodules like these.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import Estimate, check_level, group_indices, jackknife_method, kish
from isthmus.judge.jackknife import interval, with_and_without
from isthmus.judge.metrics import Floats

Grades = npt.NDArray[np.int64]
BOUNDS = (-1.0, 1.0)
ALL_ONE = "all grades are the same, so that agreement beyond chance has no meaning"
ONE_READER = "one reader has nobody to agree with"


def cohen(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    weighted: bool = False,
    level: float = 0.95,
) -> Estimate:
    """Kappa of two readers (Cohen 1960); ``weighted`` by the squared distance of grades (Cohen 1968).

    Args:
        first, second: (nodules,), grades as whole numbers; for weights neighbouring grades are one apart.
        groups: (nodules,), the patient of each; None: each nodule is its own.

    Undefined where both give one grade throughout. Raises ValueError.

    >>> round(cohen([0, 0, 1, 1], [0, 1, 1, 1]).value, 2)
    0.5
    """
    grades = _checked(np.stack([np.asarray(first), np.asarray(second)]))
    return _estimate(_pair(grades[0], grades[1], groups, weighted), grades.shape[1], groups, level)


def light(
    grades: npt.ArrayLike, groups: npt.ArrayLike | None = None, weighted: bool = True, level: float = 0.95
) -> Estimate:
    """The mean of the kappas of all pairs of readers (Light 1971); ``grades`` is (readers, nodules)."""
    array = _checked(grades)
    if len(array) < 2:
        return Estimate.undefined(ONE_READER)
    pairs = [_pair(one, other, groups, weighted) for one, other in itertools.combinations(array, 2)]
    return _estimate(np.mean(pairs, axis=0), array.shape[1], groups, level)


def fleiss(grades: npt.ArrayLike, groups: npt.ArrayLike | None = None, level: float = 0.95) -> Estimate:
    """Kappa of several readers (Fleiss, Psychol Bull 76, 1971); ``grades`` is (readers, nodules), of any order.

    >>> round(fleiss([[0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 1, 1]]).value, 3)
    0.657
    """
    array = _checked(grades)
    readers, n = array.shape
    if readers < 2:
        return Estimate.undefined(ONE_READER)
    members = group_indices(groups, n)
    counts = np.array([(array == grade).sum(axis=0) for grade in range(array.max() + 1)], np.float64)
    equal = ((counts**2).sum(axis=0) - readers) / (readers * (readers - 1))
    observed = _means(equal[None], members)[0]
    rates = _means(counts / readers, members)
    return _estimate(_beyond(observed, (rates**2).sum(axis=0)), n, groups, level)


def _pair(first: Grades, second: Grades, groups: npt.ArrayLike | None, weighted: bool) -> Floats:
    """Kappa of all nodules, and behind it that without each patient, (1 + patients,)."""
    members, count = group_indices(groups, first.size), int(max(first.max(), second.max())) + 1
    distance = np.abs(np.arange(count)[:, None] - np.arange(count)[None]).astype(np.float64)
    cost = distance**2 if weighted else (distance > 0).astype(np.float64)
    one, other = np.eye(count)[first].T, np.eye(count)[second].T  # (grades, nodules)
    paid = _means(cost[first, second][None], members)[0]
    expected = np.einsum("is,ij,js->s", _means(one, members), cost, _means(other, members))
    return _beyond(1 - paid, 1 - expected)


def _beyond(observed: Floats, expected: Floats) -> Floats:
    """Agreement beyond that of chance, as a share of what was possible; nan where chance gives all of it."""
    possible = 1 - expected
    beyond: Floats = np.divide(
        observed - expected, possible, out=np.full(possible.shape, np.nan), where=possible > 1e-12
    )
    return beyond


def _means(values: Floats, members: npt.NDArray[np.int64]) -> Floats:
    """The mean of each row, and behind it that without each patient, (rows, 1 + patients); nan of no nodule."""
    return np.array([with_and_without(row, np.ones(row.size), members) for row in values])


def _estimate(values: Floats, n: int, groups: npt.ArrayLike | None, level: float) -> Estimate:
    check_level(level)
    members = group_indices(groups, n)
    if np.isnan(values[0]):
        return replace(Estimate.undefined(ALL_ONE), n=n)
    if values[0] == 1:
        return Estimate(1.0, np.nan, np.nan, "no interval: no two grades differ", n)
    independent = kish(np.bincount(members))
    estimate = interval(
        float(values[0]), values[1:], independent, level, jackknife_method(level, members, groups), BOUNDS
    )
    return replace(estimate, n=n)


def _checked(grades: npt.ArrayLike) -> Grades:
    array = np.asarray(grades)
    if array.ndim != 2 or not array.size or not np.issubdtype(array.dtype, np.integer) or array.min() < 0:
        raise ValueError("grades aren't whole numbers from 0, (readers, nodules)")
    return array.astype(np.int64)
