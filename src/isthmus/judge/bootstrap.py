"""The bootstrap of whole groups: AUC, average precision, Brier score and shares over thousands of resamples.

A resample draws as many groups as there are, with replacement, so it is a count for each group; no nodule is copied.
A ratio of sums over nodules is then a matrix product, and what goes by order is sorted once for all resamples. Each
value is that of the nodules repeated as often as their group was drawn. Intervals: percentile, and BCa, which corrects
it for bias and skewness (Efron, J Am Stat Assoc 82, 1987). With fewer than about 30 groups either is too narrow; the
jackknife of ``intervals`` is not, and comes first wherever both are shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm as normal

from isthmus.judge.intervals import ONE_GROUP, ROUNDING, Estimate, check_level, group_indices
from isthmus.judge.metrics import Floats, Labels, checked

RESAMPLES = 2000
FEWEST = 100  # resamples
CELLS_AT_ONCE = 1_000_000  # resamples times nodules: 8 MB
MOST_LEFT_OUT = 200  # of more groups, several are left out at a time

Members = npt.NDArray[np.int64]
Statistic = Callable[[Floats], Floats]  # counts of the groups (samples, groups) to values (samples,)
Progress = Callable[[Sequence[int], str], Iterable[int]]


@dataclass(frozen=True, eq=False)
class Resampled:
    """A statistic's ``value``, its values over resamples, ``drawn`` (resamples,), nan where undefined, and those
    ``without`` some of the groups, (left out,); there are ``groups``. Two of the same draws can be subtracted."""

    value: float
    drawn: Floats
    without: Floats
    groups: int

    def __sub__(self, other: Resampled) -> Resampled:
        return Resampled(self.value - other.value, self.drawn - other.drawn, self.without - other.without, self.groups)

    def percentile(self, level: float = 0.95) -> Estimate:
        """The value with its percentile interval. Raises ValueError for no level."""
        return self._between(level, "percentile", (1 - level) / 2, (1 + level) / 2)

    def bca(self, level: float = 0.95) -> Estimate:
        """The value with its BCa interval. Raises ValueError for no level."""
        there = self.drawn[~np.isnan(self.drawn)]
        below = np.mean((there < self.value) + 0.5 * (there == self.value)) if there.size else math.nan
        if (
            not 0 < below < 1
            or not np.isfinite(self.without).all()
            or np.ptp(np.append(self.without, self.value)) <= ROUNDING
        ):
            return self._between(level, "percentile, as there is no BCa", (1 - level) / 2, (1 + level) / 2)
        changes = self.without.mean() - self.without
        skew = float((changes**3).sum() / (6 * (changes**2).sum() ** 1.5))
        bias = normal.ppf(below)
        shifted = [bias + normal.ppf(side) for side in ((1 - level) / 2, (1 + level) / 2)]
        low, high = (float(normal.cdf(bias + one / (1 - skew * one))) for one in shifted)
        return self._between(level, "BCa", low, high)

    def _between(self, level: float, kind: str, low: float, high: float) -> Estimate:
        """The value between two quantiles of the resamples."""
        check_level(level)
        if math.isnan(self.value):
            return Estimate.undefined("nothing to divide by")
        if self.groups < 2:
            return Estimate.without_interval(self.value, ONE_GROUP)
        there = self.drawn[~np.isnan(self.drawn)]
        if there.size < FEWEST:
            return Estimate.without_interval(self.value, f"no interval: defined in {there.size} resamples only")
        lost = self.drawn.size - there.size
        method = f"bootstrap {100 * level:g} %, {kind}, {self.drawn.size} resamples of {self.groups} groups"
        bounds = np.quantile(there, (low, high))
        return Estimate(
            self.value, float(bounds[0]), float(bounds[1]), method + (f", undefined in {lost} of them" if lost else "")
        )


def bootstrap(
    statistics: Mapping[str, Statistic],
    members: Members,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: Progress = lambda items, doing: items,
) -> dict[str, Resampled]:
    """Each statistic by name over the same resamples of whole groups.

    Args:
        statistics: functions that ``area``, ``precision_area``, ``ratio`` and ``brier`` make.
        members: (n,), each nodule's group from 0, see ``group_indices``.
        resamples: at least 100.
        seed: of the draws; the same seed, groups and resamples give the same draws.

    Raises ValueError.

    >>> labels, p = np.array([0, 1] * 30), np.linspace(0, 1, 60)
    >>> both = bootstrap({"auc": area(labels, p, np.arange(60))}, np.arange(60))
    >>> 0.3 < both["auc"].percentile().low < both["auc"].value < 0.55
    True
    """
    if resamples < FEWEST:
        raise ValueError(f"{resamples} resamples are too few; give at least {FEWEST}")
    groups = int(members.max()) + 1
    step = max(1, CELLS_AT_ONCE // members.size)
    drawn = {name: np.empty(resamples) for name in statistics}
    starts = range(0, resamples, step)
    for start, counts in zip(progress(starts, "resamples"), draws(groups, resamples, seed, step), strict=True):
        for name, statistic in statistics.items():
            drawn[name][start : start + len(counts)] = statistic(counts)
    left: dict[str, list[Floats]] = {name: [np.empty(0)] for name in statistics}
    for counts in _left_out(groups, seed, step):
        for name, statistic in statistics.items():
            left[name].append(statistic(counts))
    every = np.ones((1, groups))
    return {
        name: Resampled(float(statistic(every)[0]), drawn[name], np.concatenate(left[name]), groups)
        for name, statistic in statistics.items()
    }


def draws(groups: int, resamples: int, seed: int, step: int) -> Iterator[Floats]:
    """How often each group is drawn, (some, groups) at a time, ``step`` at most; the same for every step."""
    random = np.random.default_rng(seed)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = random.integers(groups, size=(rows, groups)) + groups * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * groups).reshape(rows, groups).astype(np.float64)


def _left_out(groups: int, seed: int, step: int) -> Iterator[Floats]:
    """Counts of 0 for what is left out, a group or several, and 1 for all others, (some, groups) at a time."""
    if groups < 2:
        return
    count = min(groups, MOST_LEFT_OUT)
    place = np.random.default_rng(seed).permutation(groups) % count
    for start in range(0, count, step):
        yield (place != np.arange(start, min(start + step, count))[:, None]).astype(np.float64)


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike, members: Members) -> Statistic:
    """The sum of ``part`` over that of ``whole``, both (n,): sensitivity is called malignant over malignant."""
    groups = int(members.max()) + 1
    sums = np.column_stack([np.bincount(members, np.asarray(one, np.float64), groups) for one in (part, whole)])

    def statistic(counts: Floats) -> Floats:
        above, below = (counts @ sums).T
        return _divided(above, below)

    return statistic


def brier(labels: Labels, p: Floats, members: Members) -> Statistic:
    """The mean squared distance of P(malignant) from the label."""
    return ratio((p - labels) ** 2, np.ones(labels.size), members)


def area(labels: Labels, p: Floats, members: Members, strata: npt.ArrayLike | None = None) -> Statistic:
    """The AUC, ties half; with ``strata``, (n,), over pairs of one stratum, as ``delong.auc_within``."""
    blocks = np.zeros(labels.size, np.int64) if strata is None else group_indices(strata, labels.size)
    dense = np.unique(p, return_inverse=True)[1]
    place = blocks * (int(dense.max()) + 1) + dense
    benign, malignant = (_sorted(place, labels == label) for label in (0, 1))
    low, high = (np.searchsorted(place[benign], place[malignant], side) for side in ("left", "right"))
    first, last = (np.searchsorted(blocks[benign], blocks[malignant], side) for side in ("left", "right"))
    tied = not np.array_equal(low, high)

    def statistic(counts: Floats) -> Floats:
        below = _running(np.take(counts, members[benign], axis=1))
        mine = np.take(counts, members[malignant], axis=1)
        won = _dot(mine, np.take(below, low, axis=1))
        if tied:
            won = (won + _dot(mine, np.take(below, high, axis=1))) / 2
        if strata is None:
            return _divided(won, mine.sum(axis=1) * below[:, -1])
        start = np.take(below, first, axis=1)
        return _divided(won - _dot(mine, start), _dot(mine, np.take(below, last, axis=1) - start))

    return statistic


def precision_area(labels: Labels, p: Floats, members: Members) -> Statistic:
    """Average precision without interpolation, as ``metrics.average_precision``."""
    benign, malignant = (_sorted(-p, labels == label) for label in (0, 1))
    false = np.searchsorted(-p[benign], -p[malignant], "right")
    true = np.searchsorted(-p[malignant], -p[malignant], "right")

    def statistic(counts: Floats) -> Floats:
        mine = np.take(counts, members[malignant], axis=1)
        right, wrong = _running(mine), _running(np.take(counts, members[benign], axis=1))
        above = np.take(right, true, axis=1)
        called = above + np.take(wrong, false, axis=1)
        precision = np.divide(above, called, out=np.zeros_like(called), where=called > 0)
        value = _divided(_dot(mine, precision), right[:, -1])
        return np.where(wrong[:, -1] > 0, value, np.nan)

    return statistic


def usual(
    labels: npt.ArrayLike, p: npt.ArrayLike, groups: npt.ArrayLike | None = None, threshold: float = 0.5
) -> tuple[dict[str, Statistic], Members]:
    """The statistics of P(malignant) by name, and each nodule's group, for ``bootstrap``. Raises ValueError."""
    label_array, p_array = checked(labels, p)
    members = group_indices(groups, label_array.size)
    called, malignant = p_array >= threshold, label_array == 1
    return {
        "auc": area(label_array, p_array, members),
        "average_precision": precision_area(label_array, p_array, members),
        "brier": brier(label_array, p_array, members),
        "accuracy": ratio(called == malignant, np.ones(label_array.size), members),
        "sensitivity": ratio(called & malignant, malignant, members),
        "specificity": ratio(~called & ~malignant, ~malignant, members),
    }, members


def _sorted(key: npt.NDArray[np.generic], part: npt.NDArray[np.bool_]) -> Members:
    """The places of a part's nodules, by ``key``."""
    at = np.flatnonzero(part)
    places: Members = at[np.argsort(key[at], kind="stable")]
    return places


def _running(counts: Floats) -> Floats:
    """Running sums along each row, from 0: one more than there are."""
    sums = np.zeros((counts.shape[0], counts.shape[1] + 1))
    np.cumsum(counts, axis=1, out=sums[:, 1:])
    return sums


def _dot(one: Floats, other: Floats) -> Floats:
    """The dot product of each row."""
    products: Floats = np.einsum("ij,ij->i", one, other)
    return products


def _divided(part: Floats, whole: Floats) -> Floats:
    quotient: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return quotient
