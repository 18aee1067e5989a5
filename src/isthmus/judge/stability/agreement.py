"""How alike two readings of one thing are: the intraclass correlation, the repeatability, and equal verdicts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import Estimate, group_indices, jackknife_method, kish, share
from isthmus.judge.jackknife import interval, with_and_without
from isthmus.judge.metrics import Floats, checked
from isthmus.judge.stability.effect import mean_distance

FEWEST = 10  # pairs that a figure is shown from
NORMAL = 1.96  # standard deviations that hold 95 % of a normal distribution


@dataclass(frozen=True)
class Agreement:
    """How alike two P of each of ``n`` pairs are, in ``groups``.

    ``correlation`` is ICC(1, 1) (Shrout and Fleiss, Psychol Bull 86, 1979): the share of the variance of P that lies
    between pairs, for readings in no order. ``repeatability`` is 1.96 times the root of the mean squared difference:
    the limit that 95 % of the differences lie within, were they normal, and the limits of agreement about 0 (Bland and
    Altman, Stat Methods Med Res 8, 1999). ``moved`` is the mean absolute difference, ``equal`` the share of pairs with
    equal verdicts, and ``by_chance`` that share were the two of a pair any two readings of one label.
    """

    n: int
    groups: int
    correlation: Estimate
    repeatability: Estimate
    moved: Estimate
    equal: Estimate
    by_chance: float

    def as_json(self) -> dict[str, object]:
        names = ("correlation", "repeatability", "moved", "equal")
        estimates = {name: getattr(self, name).as_json() | {"n": self.n} for name in names}
        chance = None if math.isnan(self.by_chance) else self.by_chance
        return {"n": self.n, "groups": self.groups, **estimates, "equal_by_chance": chance}


def agreement(
    labels: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    threshold: float = 0.5,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Agreement:
    """The agreement of the P ``first`` and ``second`` of pairs, all (pairs,); ``labels`` are those of both.

    Undefined below FEWEST pairs. Raises ValueError for no pair, and what isn't labels or probabilities.

    >>> same = agreement([0, 1] * 5, np.arange(10) / 10, np.arange(10) / 10)
    >>> same.correlation.value, same.repeatability.value, same.equal.value
    (1.0, 0.0, 1.0)
    """
    label_array, one = checked(labels, first)
    other = checked(labels, second)[1]
    n, members = label_array.size, group_indices(groups, label_array.size)
    count = int(members.max()) + 1
    if n < FEWEST:
        none = replace(Estimate.undefined(f"fewer than {FEWEST} pairs"), n=n)
        return Agreement(n, count, none, none, none, none, math.nan)
    method, independent = jackknife_method(level, members, groups), kish(np.bincount(members))

    def estimate(values: Floats, bounds: tuple[float, float]) -> Estimate:
        return replace(interval(float(values[0]), values[1:], independent, level, method, bounds), n=n)

    equal = (one >= threshold) == (other >= threshold)
    return Agreement(
        n=n,
        groups=count,
        correlation=estimate(_correlation(one, other, members), (-1.0, 1.0)),
        repeatability=estimate(_repeatability(one, other, members), (0.0, NORMAL)),
        moved=mean_distance(one, other, groups, level),
        equal=replace(share(equal, np.ones(n, bool), groups, level), n=n),
        by_chance=_by_chance(label_array, np.concatenate([one, other]) >= threshold),
    )


def _repeatability(first: Floats, second: Floats, members: npt.NDArray[np.int64]) -> Floats:
    """That of all, and behind it without each group: (1 + groups,)."""
    squares = with_and_without((first - second) ** 2, np.ones(first.size), members)
    return np.asarray(NORMAL * np.sqrt(np.maximum(squares, 0)))


def _correlation(first: Floats, second: Floats, members: npt.NDArray[np.int64]) -> Floats:
    """ICC(1, 1) of all, and behind it without each group: (1 + groups,); nan where no P differs."""
    ones, mean = np.ones(first.size), (first + second) / 2
    totals = np.bincount(members)
    pairs = np.concatenate([[totals.sum()], totals.sum() - totals]).astype(np.float64)
    centre, square, apart = (with_and_without(one, ones, members) for one in (mean, mean**2, (first - second) ** 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        between = 2 * pairs / (pairs - 1) * np.maximum(square - centre**2, 0)
        within = apart / 2
        return np.asarray((between - within) / (between + within))


def _by_chance(labels: npt.NDArray[np.int64], called: npt.NDArray[np.bool_]) -> float:
    """The chance that any two readings of one label have equal verdicts, over the pairs' labels."""
    both, expected = np.concatenate([labels, labels]), 0.0
    for label in (0, 1):
        here = both == label
        if here.any():
            rate = float(called[here].mean())
            expected += float(here.mean()) * (rate**2 + (1 - rate) ** 2)
    return expected
