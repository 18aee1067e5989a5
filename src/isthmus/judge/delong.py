"""The AUC with its interval by the jackknife of groups, of one model or as the difference of two, and within strata.

With one nodule a group its error is that of DeLong et al. (Biometrics 44, 1988) but for terms of the order of 1 / n;
with groups, nodules of one group needn't be independent (Obuchowski, Biometrics 53, 1997). Strata are the folds of a
cross-validation: only pairs read by the same network are counted, since the probabilities of the networks of two folds
needn't be on one scale (Airola et al., Comput Stat Data Anal 55, 2011).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from isthmus.judge.intervals import Estimate, check_level, fewest_groups, group_indices, jackknife_method
from isthmus.judge.jackknife import interval, p_value
from isthmus.judge.metrics import Floats, Labels, checked

Members = npt.NDArray[np.int64]
BOUNDS = (-1.0, 1.0)
TOO_FEW = "no interval: each class has to come from two groups or more"


@dataclass(frozen=True)
class Difference:
    """An estimate of a difference, first less second, and the two-sided p-value of there being none."""

    estimate: Estimate
    p_value: float


def auc_within(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    strata: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Chance that of a malignant and a benign nodule of one stratum the malignant has the higher p, ties half.

    All arrays are (n,); without ``strata`` every pair counts. Undefined where no stratum has both classes, without an
    interval where all nodules of a class are of one group. Raises ValueError.

    >>> round(auc_within([0, 1, 0, 1], [0.1, 0.3, 0.6, 0.9], ["a", "a", "b", "b"]).value, 2)
    1.0
    """
    check_level(level)
    label_array, p_array = checked(labels, p)
    members = group_indices(groups, label_array.size)
    value, without = _areas(label_array, p_array, strata, members)
    if math.isnan(value):
        return Estimate.undefined("each class has to be there, in one stratum")
    if _fewest(label_array, members) < 2:
        return Estimate.without_interval(value, TOO_FEW)
    if p_array.min() == p_array.max():
        return Estimate(value, value, value, "every p is the same, so that nothing is ranked")
    method = jackknife_method(level, members, groups)
    return interval(value, without, fewest_groups(label_array, members), level, method)


def area_within(labels: npt.ArrayLike, p: npt.ArrayLike, strata: npt.ArrayLike) -> float:
    """The value of ``auc_within``. Raises ValueError."""
    label_array, p_array = checked(labels, p)
    return _areas(label_array, p_array, strata, np.arange(label_array.size))[0]


def area_and_without(labels: Labels, p: Floats, members: Members, groups: int) -> tuple[float, Floats]:
    """The AUC of some nodules, and that without each of all ``groups``, (groups,), of which some may have none."""
    value, without = _areas(labels, p, None, members)
    return value, np.concatenate([without, np.full(groups - without.size, value)])


def delong(
    labels: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    strata: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    level: float = 0.95,
) -> Difference:
    """AUC of ``first`` less that of ``second``, and whether there is a difference.

    ``strata`` are those of the first and of the second, each (n,). Undefined where there is one class; neither interval
    nor p-value where fewer than two groups have nodules of a class, or where all groups differ alike. Interval and
    p-value go by the same error, so that one holds 0 where the other is above 1 - ``level``. Raises ValueError.

    >>> difference = delong([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.7, 0.6, 0.8, 0.9], [0.5, 0.2, 0.7, 0.6, 0.4, 0.9])
    >>> f"{difference.estimate.value:.3f} {difference.p_value:.3f}"
    '0.222 0.520'
    """
    check_level(level)
    label_array, first_array = checked(labels, first)
    second_array = checked(labels, second)[1]
    members = group_indices(groups, label_array.size)
    first_strata, second_strata = strata or (None, None)
    first_area, first_without = _areas(label_array, first_array, first_strata, members)
    second_area, second_without = _areas(label_array, second_array, second_strata, members)
    value, without = first_area - second_area, first_without - second_without
    if math.isnan(value):
        return Difference(Estimate.undefined("each class has to be there, in one stratum"), math.nan)
    same = (first_array == second_array).all() and np.array_equal(
        _strata(first_strata, members.size), _strata(second_strata, members.size)
    )
    if same:
        return Difference(Estimate(0.0, 0.0, 0.0, "both say the same of every nodule"), 1.0)
    if _fewest(label_array, members) < 2:
        return Difference(Estimate.without_interval(value, TOO_FEW), math.nan)
    method = f"{jackknife_method(level, members, groups)}, paired"
    few = fewest_groups(label_array, members)
    return Difference(interval(value, without, few, level, method, BOUNDS), p_value(value, without, few, BOUNDS))


def _fewest(labels: Labels, members: Members) -> int:
    return min(np.unique(members[labels == label]).size for label in (0, 1))


def _strata(strata: npt.ArrayLike | None, n: int) -> Members:
    return np.zeros(n, np.int64) if strata is None else group_indices(strata, n)


def _areas(labels: Labels, p: Floats, strata: npt.ArrayLike | None, members: Members) -> tuple[float, Floats]:
    """The AUC of all, and (groups,) that without each group; nan where no pair is left."""
    blocks, malignant = _strata(strata, labels.size), labels == 1
    both = np.unique(members * (blocks.max() + 1) + blocks, return_inverse=True)[1]
    count = int(members.max()) + 1
    won, inside = _won(malignant, p, blocks), _won(malignant, p, both)
    faced, faced_inside = _faced(malignant, blocks), _faced(malignant, both)
    # A pair inside a group is left out once, but counted with either of its nodules.
    lost = np.bincount(members, won - inside * malignant, count)
    gone = np.bincount(members, faced - faced_inside * malignant, count)
    pairs = faced[malignant].sum()
    if not pairs:
        return math.nan, np.full(count, math.nan)
    left = pairs - gone
    without: Floats = np.divide(won[malignant].sum() - lost, left, out=np.full(count, math.nan), where=left > 0.5)
    return float(won[malignant].sum() / pairs), without


def _faced(malignant: npt.NDArray[np.bool_], blocks: Members) -> Floats:
    """How many nodules of the other class are in each nodule's block."""
    counts = [np.bincount(blocks[malignant == kind], minlength=int(blocks.max()) + 1) for kind in (False, True)]
    return np.where(malignant, counts[0][blocks], counts[1][blocks]).astype(np.float64)


def _won(malignant: npt.NDArray[np.bool_], p: Floats, blocks: Members) -> Floats:
    """Of each malignant nodule how many benign ones of its block it outranks, of each benign how many outrank it."""
    dense = np.unique(p, return_inverse=True)[1]
    place = blocks * (int(dense.max()) + 1) + dense
    won, every = np.empty(p.size), _rank(place, blocks)
    for kind in (False, True):
        at = malignant == kind
        if at.any():
            won[at] = every[at] - _rank(place[at], blocks[at])
    return np.where(malignant, won, _faced(malignant, blocks) - won)


def _rank(place: Members, blocks: Members) -> Floats:
    """The rank of each in its block, from 1, ties at their mean; ``place`` rises from block to block."""
    counts = np.bincount(blocks)
    ranks: Floats = rankdata(place) - (np.cumsum(counts) - counts)[blocks]
    return ranks
