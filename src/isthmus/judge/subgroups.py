"""How a model does in each subgroup of nodules, and whether that differs from the rest.

A subgroup is shown from ``FEWEST`` nodules on, each proportion from as many of its class. Every difference is tested by
the jackknife of groups, since a patient may be in both parts; p-values are corrected by Holm for all that are tested.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.compare import holm
from isthmus.judge.delong import BOUNDS, TOO_FEW, Difference, area_and_without, auc_within
from isthmus.judge.intervals import (
    Estimate,
    check_level,
    fewest_groups,
    group_indices,
    jackknife_method,
    kish,
    share,
)
from isthmus.judge.jackknife import interval, p_value, with_and_without
from isthmus.judge.metrics import Floats, checked

FEWEST = 10
METRICS = ("auc", "sensitivity", "specificity")
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Contrast:
    """A metric in the subgroup less that in the rest, its p-value, and that p-value corrected by Holm."""

    estimate: Estimate
    p_value: float
    corrected: float = math.nan

    def differs(self, level: float = 0.95) -> bool:
        """Whether a difference may be claimed."""
        return self.corrected < 1 - level

    def as_json(self) -> dict[str, object]:
        p = {"p_value": self.p_value, "p_holm": self.corrected}
        return {
            **self.estimate.as_json(),
            "n": self.estimate.n,
            **{name: None if math.isnan(one) else one for name, one in p.items()},
        }


@dataclass(frozen=True)
class Subgroup:
    """The nodules whose ``attribute`` has a ``value``: each metric by name, and its difference from the rest.

    ``reason`` says why neither is shown, "" where they are.
    """

    attribute: str
    value: str
    n: int
    benign: int
    malignant: int
    metrics: Mapping[str, Estimate]
    differences: Mapping[str, Contrast]
    reason: str = ""

    def as_json(self) -> dict[str, object]:
        counts = ("attribute", "value", "n", "benign", "malignant")
        return {name: getattr(self, name) for name in counts} | {
            "reason": self.reason or None,
            "metrics": {name: one.as_json() | {"n": one.n} for name, one in self.metrics.items()},
            "differences": {name: one.as_json() for name, one in self.differences.items()},
        }


@dataclass(frozen=True, eq=False)
class _All:
    labels: npt.NDArray[np.int64]
    p: Floats
    called: Mask
    members: npt.NDArray[np.int64]
    level: float
    method: str


def subgroups(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    attributes: Mapping[str, Sequence[str | None]],
    groups: npt.ArrayLike | None = None,
    threshold: float = 0.5,
    level: float = 0.95,
) -> tuple[Subgroup, ...]:
    """Every subgroup of every attribute, values in order.

    Args:
        labels: (n,), 0 benign or 1 malignant.
        p: (n,), P(malignant).
        attributes: by name the value of each nodule, None where it isn't known; the rest of a subgroup are the nodules
            with another value.
        groups: (n,), the patient or group of each; None: every nodule is its own group.
        threshold: malignant is p >= it.

    Where an attribute has two values, they are one test. Raises ValueError.
    """
    label_array, p_array = checked(labels, p)
    check_level(level)
    members = group_indices(groups, label_array.size)
    data = _All(label_array, p_array, p_array >= threshold, members, level, jackknife_method(level, members, groups))
    every = []
    for name, values in attributes.items():
        if len(values) != label_array.size:
            raise ValueError(f"{name} has {len(values)} values for {label_array.size} nodules")
        every += list(_of_attribute(data, name, np.array(["" if one is None else one for one in values], object)))
    return tuple(_corrected(every))


def _of_attribute(data: _All, name: str, values: npt.NDArray[np.object_]) -> Iterator[Subgroup]:
    known = values != ""
    for value in sorted(set(values[known]), key=_in_order):
        yield _subgroup(data, name, str(value), values == value, known & (values != value))


def _in_order(value: str) -> tuple[float, bool, str]:
    """By the first number in it, as grades and bands are; what has none comes last.

    >>> sorted(["60 or more", "10", "below 47", "47 to below 60", "9", "F"], key=_in_order)
    ['9', '10', 'below 47', '47 to below 60', '60 or more', 'F']
    """
    number = re.search(r"\d+(\.\d+)?", value)
    return float(number.group()) if number else math.inf, not value.startswith("below"), value


def _subgroup(data: _All, name: str, value: str, inside: Mask, rest: Mask) -> Subgroup:
    n, malignant = int(inside.sum()), int(data.labels[inside].sum())
    if n < FEWEST:
        reason = f"fewer than {FEWEST} nodules"
        return Subgroup(name, value, n, n - malignant, malignant, {}, {}, reason)
    metrics = {metric: _metric(data, metric, inside) for metric in METRICS}
    differences = {}
    for metric in METRICS:
        if rest.any() and not math.isnan(metrics[metric].value):
            other = _metric(data, metric, rest)
            known = not math.isnan(other.value)
            contrast = _contrast(data, metric, inside, rest) if known else Difference(other, math.nan)
            both = (metrics[metric].n or 0) + (other.n or 0)
            differences[metric] = Contrast(replace(contrast.estimate, n=both), contrast.p_value)
    return Subgroup(name, value, n, n - malignant, malignant, metrics, differences)


def _metric(data: _All, metric: str, part: Mask) -> Estimate:
    """The metric of a part of the nodules, undefined where too few tell it."""
    labels, members = data.labels[part], data.members[part]
    if metric == "auc":
        if labels.size < FEWEST:
            return replace(Estimate.undefined(f"fewer than {FEWEST} nodules"), n=labels.size)
        if labels.min() == labels.max():
            return replace(Estimate.undefined(f"none is {'benign' if labels[0] else 'malignant'}"), n=labels.size)
        return replace(auc_within(labels, data.p[part], None, members, data.level), n=labels.size)
    part_called, whole = _counted(data, metric)
    count = int((whole & part).sum())
    if count < FEWEST:
        kind = "malignant" if metric == "sensitivity" else "benign"
        return replace(Estimate.undefined(f"fewer than {FEWEST} {kind} nodules"), n=count)
    return replace(share(part_called & part, whole & part, data.members, data.level), n=count)


def _counted(data: _All, metric: str) -> tuple[Mask, Mask]:
    """What is counted, and of what, over all nodules."""
    if metric == "sensitivity":
        return data.called, data.labels == 1
    return ~data.called, data.labels == 0


def _contrast(data: _All, metric: str, inside: Mask, rest: Mask) -> Difference:
    """The metric of a part less that of the rest, each without the same groups."""
    values, few, groups = [], [], int(data.members.max()) + 1
    for part in (inside, rest):
        labels, members = data.labels[part], data.members[part]
        if metric == "auc":
            area, without = area_and_without(labels, data.p[part], members, groups)
            values.append(np.concatenate([[area], without]))
            few.append(fewest_groups(labels, np.unique(members, return_inverse=True)[1]))
        else:
            counted, whole = _counted(data, metric)
            values.append(with_and_without(counted & whole & part, whole & part, data.members))
            wholes = np.bincount(data.members, whole & part)
            few.append(kish(wholes[wholes > 0]))
    both = values[0] - values[1]
    if min(few) < 2:
        return Difference(Estimate.without_interval(float(both[0]), TOO_FEW), math.nan)
    estimate = interval(float(both[0]), both[1:], min(few), data.level, data.method, BOUNDS)
    return Difference(estimate, p_value(float(both[0]), both[1:], min(few), BOUNDS))


def _corrected(every: Sequence[Subgroup]) -> Iterator[Subgroup]:
    """All with their p-values corrected; the two values of an attribute are each other's rest, and tested once."""
    of_attribute: dict[str, int] = {}
    for one in every:
        of_attribute[one.attribute] = of_attribute.get(one.attribute, 0) + 1
    tests: dict[tuple[str, str, str], float] = {}
    for one in every:
        for metric, contrast in one.differences.items():
            tests.setdefault(_test(one, metric, of_attribute), contrast.p_value)
    corrected = dict(zip(tests, holm(list(tests.values())), strict=True))
    for one in every:
        yield replace(
            one,
            differences={
                metric: replace(contrast, corrected=corrected[_test(one, metric, of_attribute)])
                for metric, contrast in one.differences.items()
            },
        )


def _test(one: Subgroup, metric: str, of_attribute: Mapping[str, int]) -> tuple[str, str, str]:
    return one.attribute, "" if of_attribute[one.attribute] == 2 else one.value, metric
