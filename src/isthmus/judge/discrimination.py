"""How well P(malignant) tells the classes apart: what a scorecard has no room for, and by nodule, picture and patient.

Intervals don't take the nodules of a group for independent. Likelihood ratios: on their logarithm (Simel, Samsa and
Matchar, J Clin Epidemiol 44, 1991), its error by the jackknife of groups. PPV and NPV are functions of them and of a
prevalence that somebody states, on the logit (Mercaldo, Lau and Zhou, Stat Med 26, 2007): those of the data would be
those of a place where as many nodules are malignant as were collected.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from isthmus.judge.bootstrap import precision_area
from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import (
    ONE_GROUP,
    ROUNDING,
    Estimate,
    check_level,
    fewest_groups,
    group_indices,
    jackknife_error,
    jackknife_method,
    share,
    student_quantile,
)
from isthmus.judge.jackknife import counted, interval, with_and_without
from isthmus.judge.metrics import Floats, Labels, checked

Calls = npt.NDArray[np.bool_]
RULE = "the highest P of the unit; a unit is malignant if any of its nodules is"


@dataclass(frozen=True)
class Discrimination:
    """Each metric by name, on ``n`` units in ``groups``, malignant being p >= ``threshold``; ``prevalence`` is that of
    ``ppv`` and ``npv``, None where nobody stated one."""

    metrics: Mapping[str, Estimate]
    n: int
    groups: int
    benign: int
    malignant: int
    threshold: float
    prevalence: float | None

    def as_json(self) -> dict[str, object]:
        """JSON's types: each metric with its n, null where it is undefined, and then its method says why."""
        return {
            "n": self.n,
            "groups": self.groups,
            "benign": self.benign,
            "malignant": self.malignant,
            "threshold": self.threshold,
            "prevalence": self.prevalence,
            "metrics": {name: one.as_json() | {"n": one.n} for name, one in self.metrics.items()},
        }


@dataclass(frozen=True, eq=False)
class Units:
    """Pictures or patients in place of nodules: labels, P(malignant) and groups, each (units,); see RULE."""

    labels: Labels
    p: Floats
    groups: npt.NDArray[np.generic]


def by_unit(
    labels: npt.ArrayLike, p: npt.ArrayLike, units: npt.ArrayLike, groups: npt.ArrayLike | None = None
) -> Units:
    """One row for each unit, in the order of their names; ``units`` and ``groups`` are (n,). Raises ValueError, also
    for a unit in two groups.

    >>> both = by_unit([0, 1, 0], [0.7, 0.4, 0.2], ["a", "a", "b"])
    >>> both.labels, both.p
    (array([1, 0]), array([0.7, 0.2]))
    """
    label_array, p_array = checked(labels, p)
    members, names = group_indices(units, label_array.size), np.asarray(units)
    grouping = names if groups is None else np.asarray(groups)
    group_indices(grouping, label_array.size)
    count = int(members.max()) + 1
    first = np.unique(members, return_index=True)[1]
    if len(astray := np.flatnonzero(grouping != grouping[first][members])):
        raise ValueError(f"unit {names[astray[0]]!s} is in more than one group")
    malignant, highest = np.zeros(count, np.int64), np.zeros(count)
    np.maximum.at(malignant, members, label_array)
    np.maximum.at(highest, members, p_array)
    return Units(malignant, highest, grouping[first])


def discrimination(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    threshold: float = 0.5,
    prevalence: float | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Discrimination:
    """AUC, average precision, and at the threshold sensitivity, specificity, balanced accuracy, likelihood ratios, and
    PPV and NPV at a stated prevalence.

    Arrays are (n,); ``prevalence`` lies between 0 and 1. A likelihood ratio that is infinite or 0 is undefined, with
    the reason. Raises ValueError.

    >>> one = discrimination([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.7, 0.4, 0.8, 0.9], prevalence=0.1)
    >>> round(one.metrics["lr_positive"].value, 3), round(one.metrics["ppv"].value, 3)
    (2.0, 0.182)
    """
    label_array, p_array = checked(labels, p)
    called = calls(label_array, p_array >= threshold, groups, prevalence, level)
    ranks = {
        "auc": auc_within(label_array, p_array, None, groups, level),
        "average_precision": counted(precision_area, label_array, p_array, groups, seed, level),
    }
    metrics = {**_all_told(ranks, label_array), **called.metrics}
    return replace(called, metrics=metrics, threshold=float(threshold))


def calls(
    labels: npt.ArrayLike,
    called: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    prevalence: float | None = None,
    level: float = 0.95,
) -> Discrimination:
    """What ``discrimination`` has at a threshold, of nodules that are ``called`` malignant or not, (n,) of bool; the
    threshold is nan. Raises ValueError."""
    called = np.asarray(called, bool)
    label_array, _ = checked(labels, called.astype(np.float64))
    check_level(level)
    if prevalence is not None and not 0 < prevalence < 1:
        raise ValueError(f"prevalence = {prevalence} is not between 0 and 1")
    members, malignant = group_indices(groups, label_array.size), label_array == 1
    positive, negative = int(malignant.sum()), int((~malignant).sum())
    rates = _Rates.of(malignant, called, members)
    few, method = fewest_groups(label_array, members), jackknife_method(level, members, groups)
    metrics = {
        "sensitivity": replace(share(called, malignant, groups, level), n=positive),
        "specificity": replace(share(~called, ~malignant, groups, level), n=negative),
        "balanced_accuracy": interval(float(rates.balanced[0]), rates.balanced[1:], few, level, method),
        "lr_positive": _ratio(rates.sensitivity, 1 - rates.specificity, few, level, method, "called malignant"),
        "lr_negative": _ratio(1 - rates.sensitivity, rates.specificity, few, level, method, "called benign"),
    }
    metrics = _all_told(metrics, label_array)
    if prevalence is not None:
        metrics |= _predictive(metrics, prevalence, bool(positive and negative))
    groups_there = int(members.max()) + 1
    return Discrimination(metrics, label_array.size, groups_there, negative, positive, math.nan, prevalence)


def _all_told(metrics: Mapping[str, Estimate], labels: Labels) -> dict[str, Estimate]:
    """The metrics with their n; undefined, with the reason, where a class is missing."""
    made = dict(metrics)
    if labels.min() == labels.max():
        missing = Estimate.undefined(f"no nodule is {'benign' if labels.min() else 'malignant'}")
        made |= {name: missing for name, one in made.items() if math.isnan(one.value)}
    return {name: one if one.n is not None else replace(one, n=labels.size) for name, one in made.items()}


@dataclass(frozen=True, eq=False)
class _Rates:
    """Sensitivity and specificity of all nodules, and behind them those without each group: (1 + groups,) each."""

    sensitivity: Floats
    specificity: Floats

    @classmethod
    def of(cls, malignant: Calls, called: Calls, members: npt.NDArray[np.int64]) -> _Rates:
        return cls(
            with_and_without(called & malignant, malignant, members),
            with_and_without(~called & ~malignant, ~malignant, members),
        )

    @property
    def balanced(self) -> Floats:
        mean: Floats = (self.sensitivity + self.specificity) / 2
        return mean


def _ratio(part: Floats, whole: Floats, few: float, level: float, method: str, call: str) -> Estimate:
    """``part`` over ``whole``, (1 + groups,) each, with an interval on the logarithm."""
    if math.isnan(part[0]) or math.isnan(whole[0]):
        return Estimate.undefined("each class has to be there")
    if part[0] <= ROUNDING or whole[0] <= ROUNDING:
        one = "malignant" if part[0] <= ROUNDING else "benign"
        return Estimate.undefined(f"no {one} nodule is {call}, so that the ratio has no logarithm")
    value = float(part[0] / whole[0])
    if part.size < 3:
        return Estimate.without_interval(value, ONE_GROUP)
    if not (np.minimum(part[1:], whole[1:]) > ROUNDING).all():
        return Estimate.without_interval(value, "no interval: without one of the groups it is undefined")
    error = jackknife_error(np.log(part[1:] / whole[1:]))
    if error.deviation <= ROUNDING:
        return Estimate.without_interval(value, "no interval: all groups are alike")
    half = student_quantile(min(error.freedom, few - 1), level) * error.deviation
    return Estimate(value, value * math.exp(-half), value * math.exp(half), f"{method}, on the logarithm")


def _predictive(metrics: Mapping[str, Estimate], prevalence: float, both: bool) -> dict[str, Estimate]:
    """PPV and NPV by Bayes' rule from the likelihood ratios; without these from the bounds of both proportions."""
    odds = float(logit(prevalence))
    of_all = {}
    for name, source, sign in (("ppv", "lr_positive", 1), ("npv", "lr_negative", -1)):
        ratio = metrics[source]
        if not both:
            of_all[name] = replace(ratio, n=ratio.n)
        elif math.isnan(ratio.value) or math.isnan(ratio.low):
            of_all[name] = _from_bounds(metrics["sensitivity"], metrics["specificity"], prevalence, name)
        else:
            value, *bounds = (float(expit(sign * (odds + math.log(x)))) for x in (ratio.value, ratio.low, ratio.high))
            method = f"{ratio.method}, at a prevalence of {prevalence:g}"
            of_all[name] = Estimate(value, min(bounds), max(bounds), method, ratio.n)
    return of_all


def _from_bounds(sensitivity: Estimate, specificity: Estimate, prevalence: float, name: str) -> Estimate:
    def at(one: float, other: float) -> float:
        right = one * prevalence if name == "ppv" else other * (1 - prevalence)
        wrong = (1 - other) * (1 - prevalence) if name == "ppv" else (1 - one) * prevalence
        return right / (right + wrong) if right + wrong > 0 else math.nan

    value = at(sensitivity.value, specificity.value)
    n = (sensitivity.n or 0) + (specificity.n or 0)
    if math.isnan(value):
        return replace(Estimate.undefined(f"no nodule is called {'malignant' if name == 'ppv' else 'benign'}"), n=n)
    low, high = at(sensitivity.low, specificity.low), at(sensitivity.high, specificity.high)
    if math.isnan(low) or math.isnan(high):
        return replace(Estimate.without_interval(value, ONE_GROUP), n=n)
    method = f"from the bounds of sensitivity and specificity, at a prevalence of {prevalence:g}"
    return Estimate(value, low, high, method, n)
