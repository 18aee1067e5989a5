"""Intervals by the jackknife of groups, against a plain loop over groups."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import t as student

from isthmus.judge import jackknife
from isthmus.judge.bootstrap import brier, precision_area
from isthmus.judge.intervals import share
from isthmus.judge.jackknife import counted
from make.grouped import STATISTICS, grouped_nodules


@pytest.mark.parametrize("name", STATISTICS)
def test_the_jackknife_leaves_out_one_group_at_a_time(name: str) -> None:
    labels, p, groups = grouped_nodules(np.random.default_rng(3), patients=25)
    prepare, plain = STATISTICS[name]
    found = counted(prepare, labels, p, groups)
    value = plain(labels, p)
    without = np.array([plain(labels[groups != one], p[groups != one]) for one in range(25)])
    deviation = math.sqrt(24 / 25 * ((without - without.mean()) ** 2).sum())
    squares = (without - without.mean()) ** 2
    freedom = 2 / ((squares**2).sum() / squares.sum() ** 2 - 1 / 25)
    rarer = min(np.unique(groups[labels == one]).size for one in (0, 1))
    half = student.ppf(0.975, min(freedom, 24, rarer - 1)) * deviation / (value * (1 - value))
    assert found.value == pytest.approx(value)
    assert (logit(found.low), logit(found.high)) == pytest.approx((logit(value) - half, logit(value) + half))


def test_memory_is_bounded_without_changing_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, p, groups = grouped_nodules(np.random.default_rng(1), patients=30)
    whole = counted(brier, labels, p, groups)
    monkeypatch.setattr(jackknife, "WEIGHTS_AT_ONCE", 7 * labels.size)
    parts = counted(brier, labels, p, groups)
    assert (parts.low, parts.high) == pytest.approx((whole.low, whole.high), rel=1e-12)


def test_of_many_groups_some_are_left_out_together_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, p, groups = grouped_nodules(np.random.default_rng(1), patients=600)
    each = counted(brier, labels, p, groups)
    monkeypatch.setattr(jackknife, "MOST_LEFT_OUT", 200)
    some, again, other = (counted(brier, labels, p, groups, seed) for seed in (5, 5, 6))
    assert some == again
    assert some.low != other.low
    assert some.high - some.low == pytest.approx(each.high - each.low, rel=0.2)


def test_method_says_what_was_left_out() -> None:
    labels, p = [0, 1, 0, 1, 1, 0], [0.1, 0.9, 0.6, 0.4, 0.7, 0.3]
    grouped = counted(brier, labels, p, ["a", "a", "b", "b", "c", "c"])
    assert grouped.method == "jackknife 95 % of 3 groups"
    alone = counted(brier, labels, p, None, level=0.9)
    assert alone.method == "jackknife 90 % of 6 nodules, each its own group"


def test_what_the_jackknife_cannot_tell_it_says() -> None:
    one_group = counted(precision_area, [0, 1], [0.1, 0.2], ["a", "a"])
    assert one_group.value == 1
    assert math.isnan(one_group.low)
    assert one_group.method == "no interval: one group doesn't show how groups differ"
    one_malignant = counted(precision_area, [0, 0, 1], [0.1, 0.6, 0.5])
    assert (one_malignant.value, math.isnan(one_malignant.low)) == (0.5, True)
    assert one_malignant.method == "no interval: without one of the groups it is undefined"
    one_class = counted(precision_area, [1, 1], [0.1, 0.2])
    assert math.isnan(one_class.value)
    assert share([1, 0], [1, 1], ["a", "a"]).method == one_group.method


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"groups": ["a"]}, "give one each"),
        ({"groups": [None, "a"]}, "one type"),
        ({"level": 1.0}, "level"),
        ({"seed": -1}, "seed"),
    ],
)
def test_the_jackknife_refuses_the_impossible(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        counted(precision_area, [0, 1], [0.1, 0.2], **options)
