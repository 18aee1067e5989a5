"""How sure a number is: Wilson intervals for proportions, and a bootstrap that resamples whole groups."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from statsmodels.stats.proportion import proportion_confint

from isthmus.judge.metrics import Floats, checked
from isthmus.judge.weighted import Statistic

WEIGHTS_AT_ONCE = 2_000_000  # 16 MB of them


@dataclass(frozen=True)
class Estimate:
    """A value and the interval ``low`` .. ``high`` around it; ``method`` says how that was found, or why it is nan."""

    value: float
    low: float
    high: float
    method: str

    @classmethod
    def undefined(cls, reason: str) -> Estimate:
        """The estimate of what can't be computed."""
        return cls(math.nan, math.nan, math.nan, f"undefined: {reason}")

    def as_json(self) -> dict[str, float | str | None]:
        """Value, low, high and method; None for nan, as JSON has no such number."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if math.isnan(number) else number for name, number in numbers.items()} | {
            "method": self.method
        }


def wilson(successes: int, n: int, level: float = 0.95) -> Estimate:
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
    low, high = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    value = successes / n
    # Rounding may leave a bound at 0 or 1 a hair on the wrong side of the value.
    return Estimate(
        value, min(max(float(low), 0.0), value), max(min(float(high), 1.0), value), f"Wilson {100 * level:g} %"
    )


def clustered_bootstrap(
    statistic: Statistic,
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """A statistic with its percentile bootstrap interval, whole groups being drawn with replacement.

    Args:
        statistic: one of ``isthmus.judge.weighted``, or a function like them.
        labels: (n,), 0 benign or 1 malignant.
        p: (n,), P(malignant).
        groups: (n,), the patient or group of each; None: every nodule is its own group, as ``method`` then says.

    Resamples in which the statistic is undefined are left out and counted in ``method``. The same seed gives the
    same interval. Raises ValueError for what isn't labels, probabilities, groups, or a level.
    """
    return clustered_bootstraps({"": statistic}, labels, p, groups, resamples, seed, level)[""]


def clustered_bootstraps(
    statistics: Mapping[str, Statistic],
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """``clustered_bootstrap`` of several statistics on the same resamples."""
    label_array, p_array = checked(labels, p)
    check_level(level)
    if resamples < 1:
        raise ValueError(f"{resamples} resamples are too few; give at least 1")
    if seed < 0:
        raise ValueError(f"seed = {seed} is below 0")
    members = group_indices(groups, label_array.size)
    drawn: dict[str, list[Floats]] = {name: [np.empty(0)] for name in statistics}
    for weights in _resamples(members, resamples, seed):
        for name, statistic in statistics.items():
            drawn[name].append(statistic(label_array, p_array, weights))
    once = np.ones((1, label_array.size))
    count = int(members.max()) + 1
    kind, what = ("group-clustered bootstrap", f"{count} groups")
    if groups is None:
        kind, what = ("bootstrap", f"{count} nodules, each its own group")
    method = f"{kind} {100 * level:g} %, {resamples} resamples of {what}"
    values = {name: float(statistic(label_array, p_array, once)[0]) for name, statistic in statistics.items()}
    return {name: _estimate(value, np.concatenate(drawn[name]), level, method) for name, value in values.items()}


def mean_of_repeats(estimates: Sequence[Estimate]) -> Estimate:
    """Means of values and of bounds, so that n counts nodules and not readings.

    One estimate stays as it is; if one of them is undefined, so is the mean.
    """
    for one in estimates:
        if len(estimates) == 1 or math.isnan(one.value):
            return one
    value, low, high = (float(np.mean([getattr(one, part) for one in estimates])) for part in ("value", "low", "high"))
    return Estimate(value, low, high, f"{estimates[0].method}; mean of {len(estimates)} repeats")


def group_indices(groups: npt.ArrayLike | None, n: int) -> npt.NDArray[np.int64]:
    """Each nodule's group as a number from 0; without groups, each its own. Raises ValueError unless there are n."""
    if groups is None:
        return np.arange(n, dtype=np.int64)
    array = np.asarray(groups)
    if array.shape != (n,):
        raise ValueError(f"groups of shape {array.shape} don't go with {n} nodules; give one each")
    try:
        return np.unique(array, return_inverse=True)[1].astype(np.int64)
    except TypeError:
        raise ValueError("groups mixes texts with something else; give every nodule a group of one type") from None


def check_level(level: float) -> None:
    """Raises ValueError unless ``level`` is a confidence level, between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level = {level} is not between 0 and 1")


def _resamples(members: npt.NDArray[np.int64], resamples: int, seed: int) -> Iterator[Floats]:
    """Weights a resample and nodule, (some, n) at a time: how often the nodule's group was drawn."""
    random, count = np.random.default_rng(seed), int(members.max()) + 1
    if count == 1:  # every resample would be the sample itself
        return
    most = max(1, WEIGHTS_AT_ONCE // members.size)
    for start in range(0, resamples, most):
        some = min(most, resamples - start)
        draws = random.integers(count, size=(some, count)) + np.arange(some)[:, None] * count
        times = np.bincount(draws.ravel(), minlength=some * count).reshape(some, count)
        yield times[:, members].astype(np.float64)


def _estimate(value: float, drawn: Floats, level: float, method: str) -> Estimate:
    if math.isnan(value):
        return Estimate.undefined("nothing to divide by")
    defined = drawn[~np.isnan(drawn)]
    if not defined.size:
        reason = "undefined in every resample" if drawn.size else "one group can't be resampled"
        return Estimate(value, math.nan, math.nan, f"no interval: {reason}")
    low, high = (float(bound) for bound in np.quantile(defined, ((1 - level) / 2, (1 + level) / 2)))
    if defined.size < drawn.size:
        method += f"; undefined in {drawn.size - defined.size} of them, left out"
    if low == high:
        method += "; all alike, so the true interval is wider"
    return Estimate(value, low, high, method)
