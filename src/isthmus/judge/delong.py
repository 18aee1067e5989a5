"""The AUC with DeLong's interval, of one model or as the difference of two, and within strata.

DeLong et al., Biometrics 44, 1988; with groups, nodules of one group needn't be independent (Obuchowski, Biometrics 53,
1997). Strata are the folds of a cross-validation: only pairs read by one and the same network are counted, since the
networks of two folds needn't mean the same by a probability (Airola et al., Comput Stat Data Anal 55, 2011).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

from isthmus.judge.intervals import Estimate, check_level, group_indices
from isthmus.judge.metrics import Floats, Labels, checked


@dataclass(frozen=True)
class Difference:
    """An estimate of a difference, first less second, and the two-sided p-value of there being none."""

    estimate: Estimate
    p_value: float


def auc_within(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    strata: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Chance that of a malignant and a benign nodule of one stratum the malignant has the higher p, ties half.

    All arrays are (n,). Undefined where no stratum has both classes. The interval ends at 0 and 1; it is nan where the
    ranking is perfect, since no error shows how often there would be one. Raises ValueError.

    >>> round(auc_within([0, 1, 0, 1], [0.1, 0.3, 0.6, 0.9], ["a", "a", "b", "b"]).value, 2)
    1.0
    """
    label_array, p_array = checked(labels, p)
    return _estimate(label_array, _parts(label_array, p_array, strata), groups, level, certain=0.5, least=0.0)[0]


def area_within(labels: npt.ArrayLike, p: npt.ArrayLike, strata: npt.ArrayLike) -> float:
    """The value of ``auc_within``, also where too few groups are there for an interval. Raises ValueError."""
    return _parts(*checked(labels, p), strata)[0]


def delong(
    labels: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    strata: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    level: float = 0.95,
) -> Difference:
    """AUC of ``first`` less that of ``second``, and whether there is a difference.

    ``strata`` are those of the first and of the second, each (n,). Undefined where there is one class, or fewer than
    two groups have nodules of a class. Where all groups differ alike, there is a difference but neither interval nor
    p-value. Raises ValueError.

    >>> found = delong([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.7, 0.6, 0.8, 0.9], [0.5, 0.2, 0.7, 0.6, 0.4, 0.9])
    >>> f"{found.estimate.value:.3f} {found.p_value:.3f}"
    '0.222 0.371'
    """
    label_array, first_array = checked(labels, first)
    second_array = checked(labels, second)[1]
    own, other = strata or (None, None)
    one, two = _parts(label_array, first_array, own), _parts(label_array, second_array, other)
    parts = (one[0] - two[0], one[1] - two[1])
    estimate, deviation = _estimate(label_array, parts, groups, level, certain=0.0, least=-1.0)
    if math.isnan(deviation) or deviation == 0:
        return Difference(estimate, 1.0 if estimate.value == 0 else math.nan)
    return Difference(estimate, float(2 * norm.sf(abs(estimate.value) / deviation)))


def _parts(labels: Labels, p: Floats, strata: npt.ArrayLike | None) -> tuple[float, Floats]:
    """The AUC, and what each nodule adds to its error: the parts of either class add up to 0."""
    members = np.zeros(labels.size, np.int64) if strata is None else group_indices(strata, labels.size)
    inside = [np.flatnonzero(members == stratum) for stratum in range(int(members.max()) + 1)]
    inside = [at for at in inside if 0 < labels[at].sum() < at.size]
    pairs = [int(labels[at].sum() * (1 - labels[at]).sum()) for at in inside]
    if not inside:
        return math.nan, np.zeros(labels.size)
    value, parts = 0.0, np.zeros(labels.size)
    for at, weight in zip(inside, np.array(pairs) / sum(pairs), strict=True):
        own, malignant = _placements(labels[at], p[at]), labels[at] == 1
        area = own[malignant].mean()
        counts = np.where(malignant, malignant.sum(), (~malignant).sum())
        value, parts[at] = value + weight * area, weight * (own - area) / counts
    return float(value), parts


def _placements(labels: Labels, p: Floats) -> Floats:
    """Of each malignant nodule the share of benign ones that it outranks, of each benign the share that outrank it."""
    malignant = labels == 1
    found, every = np.empty(p.size), rankdata(p)
    found[malignant] = (every[malignant] - rankdata(p[malignant])) / (~malignant).sum()
    found[~malignant] = 1 - (every[~malignant] - rankdata(p[~malignant])) / malignant.sum()
    return found


def _estimate(
    labels: Labels,
    found: tuple[float, Floats],
    groups: npt.ArrayLike | None,
    level: float,
    certain: float,
    least: float,
) -> tuple[Estimate, float]:
    """The estimate with its interval in ``least`` .. 1, and the standard error behind it, nan where there is none.

    ``certain`` is the value that may have no error: that of a model that says the same of all.
    """
    check_level(level)
    value, parts = found
    members = group_indices(groups, labels.size)
    counts = [np.unique(members[labels == label]).size for label in (0, 1)]
    if math.isnan(value) or min(counts) < 2:
        return Estimate.undefined("each class has to come from two groups or more"), math.nan
    every = int(members.max()) + 1
    benign, malignant = (np.bincount(members, np.where(labels == label, parts, 0.0), every) for label in (0, 1))
    variance = (
        counts[0] / (counts[0] - 1) * (benign**2).sum()
        + counts[1] / (counts[1] - 1) * (malignant**2).sum()
        + 2 * every / (every - 1) * (benign * malignant).sum()
    )
    deviation = math.sqrt(max(0.0, float(variance)))
    half = float(norm.ppf((1 + level) / 2)) * deviation
    if math.isclose(deviation, 0, abs_tol=1e-12) and value != certain:
        return Estimate(value, math.nan, math.nan, "no interval: all groups are alike"), 0.0
    kind = "DeLong" if groups is None else "DeLong, clustered by group"
    return Estimate(value, max(least, value - half), min(1.0, value + half), f"{kind} {100 * level:g} %"), deviation
