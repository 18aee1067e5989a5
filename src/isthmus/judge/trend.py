"""Does P(malignant) rise over the grades of a reader, such as TI-RADS 2 to 5?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import Estimate, check_level, group_indices, jackknife_method, kish
from isthmus.judge.jackknife import interval, p_value
from isthmus.judge.metrics import Floats

PAIRS_AT_ONCE = 1 << 22
PROBABILITIES = (0.0, 1.0)


@dataclass(frozen=True)
class Trend:
    """P(malignant) over grades: the ``means`` by grade, from the lowest to the highest, each with its n.

    ``concordance`` is the chance that, of two nodules of different grades, the one of the higher grade has the higher
    P: 0.5 without a trend, 1 where P never falls. Of two grades it is the AUC; (1 + Somers' D) / 2 in general (Somers,
    Am Sociol Rev 27, 1962). ``p_value`` is two-sided, of no trend.
    """

    means: dict[str, Estimate]
    concordance: Estimate
    p_value: float

    def as_json(self) -> dict[str, object]:
        means = {grade: one.as_json() | {"n": one.n} for grade, one in self.means.items()}
        p = None if math.isnan(self.p_value) else self.p_value
        return {"means": means, "concordance": self.concordance.as_json() | {"n": self.concordance.n}, "p_value": p}


def trend(
    grades: Sequence[str],
    p: npt.ArrayLike,
    order: Sequence[str],
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Trend:
    """How P(malignant) goes over grades, with intervals by the jackknife of groups.

    Args:
        grades: (n,), the grade of each nodule.
        p: (n,), P(malignant), in 0 .. 1.
        order: every grade, from the lowest to the highest; those without a nodule are left out.
        groups: (n,), the patient or group of each; None: every nodule is its own group.

    The degrees of freedom are at most one less than there are groups outside the largest grade. Raises ValueError for
    a grade that isn't in ``order``, what isn't a probability, and other lengths.

    >>> one = trend(["2", "3", "3", "5"], [0.1, 0.3, 0.05, 0.9], ["2", "3", "5"])
    >>> one.concordance.value, one.means["3"].n
    (0.8, 2)
    """
    check_level(level)
    array = np.asarray(p, np.float64)
    if array.ndim != 1 or array.size != len(grades) or not array.size:
        raise ValueError(f"p of shape {array.shape} doesn't go with {len(grades)} grades")
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError("p holds something that is no probability")
    if unknown := set(grades) - set(order):
        raise ValueError(f"grade {min(unknown)!r} has no place in the order")
    rank = np.array([order.index(grade) for grade in grades])
    members = group_indices(groups, array.size)
    method = jackknife_method(level, members, groups)
    means = {grade: _mean(array[at], members[at], level) for grade in order if (at := rank == order.index(grade)).any()}
    if len(means) == 1:
        return Trend(means, Estimate.undefined(f"every grade is {grades[0]}"), math.nan)
    value, without = _concordance(rank, array, members)
    smaller = rank != np.bincount(rank).argmax()
    independent = kish(np.bincount(members[smaller]))
    concordance = replace(interval(value, without, independent, level, method), n=array.size)
    return Trend(means, concordance, p_value(value, without, independent, PROBABILITIES))


def _mean(p: Floats, members: npt.NDArray[np.int64], level: float) -> Estimate:
    """The mean of the nodules of one grade, its interval by their groups."""
    numbers = np.unique(members, return_inverse=True)[1]
    sizes, sums = np.bincount(numbers), np.bincount(numbers, p)
    without = np.empty(0) if sizes.size < 2 else (sums.sum() - sums) / (sizes.sum() - sizes)
    method = f"jackknife {100 * level:g} % of {sizes.size} groups"
    return replace(interval(float(p.mean()), without, kish(sizes), level, method), n=p.size)


def _concordance(rank: npt.NDArray[np.int64], p: Floats, members: npt.NDArray[np.int64]) -> tuple[float, Floats]:
    """The share of concordant pairs, ties half, and that without each group, (groups,); nan without a pair."""
    n, groups = rank.size, int(members.max()) + 1
    touching, within = np.zeros((2, n)), np.zeros((2, groups))  # pairs of a nodule, and inside a group
    step = max(1, PAIRS_AT_ONCE // n)
    for start in range(0, n, step):
        rows = slice(start, start + step)
        pairs = (rank[rows, None] > rank).astype(np.float64)
        concordant = pairs * ((p[rows, None] > p) + 0.5 * (p[rows, None] == p))
        together = members[rows, None] == members
        for at, matrix in enumerate((concordant, pairs)):
            touching[at, rows] += matrix.sum(axis=1)
            touching[at] += matrix.sum(axis=0)
            within[at] += np.bincount(members[rows], (matrix * together).sum(axis=1), groups)
    total = touching.sum(axis=1) / 2
    left = [total[at] - np.bincount(members, touching[at]) + within[at] for at in (0, 1)]
    without: Floats = np.divide(left[0], left[1], out=np.full(groups, np.nan), where=left[1] > 0.5)
    return float(total[0] / total[1]), without
