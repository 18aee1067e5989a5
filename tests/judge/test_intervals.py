"""Wilson against statsmodels and a textbook formula; intervals by group against a plain loop over groups."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from isthmus.judge import jackknife, metrics, weighted
from isthmus.judge.intervals import mean_of_repeats, share, wilson
from isthmus.judge.jackknife import clustered

STATISTICS = {
    "auc": (weighted.auc, metrics.auc),
    "average_precision": (weighted.average_precision, metrics.average_precision),
    "brier": (weighted.brier, metrics.brier),
    "accuracy": (weighted.accuracy(0.4), lambda labels, p: metrics.accuracy(metrics.confusion(labels, p, 0.4))),
    "sensitivity": (
        weighted.sensitivity(0.4),
        lambda labels, p: metrics.sensitivity(metrics.confusion(labels, p, 0.4)),
    ),
    "specificity": (
        weighted.specificity(0.4),
        lambda labels, p: metrics.specificity(metrics.confusion(labels, p, 0.4)),
    ),
    "f1": (weighted.f1(0.4), lambda labels, p: metrics.f_measure(metrics.confusion(labels, p, 0.4))),
}


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.95]))
def test_wilson_equals_statsmodels_and_holds_its_value(proportion: tuple[int, int], level: float) -> None:
    estimate = wilson(*proportion, level)
    assert (estimate.low, estimate.high) == pytest.approx(proportion_confint(*proportion, 1 - level, "wilson"))
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high


def test_wilson_of_the_papers_best_row() -> None:
    estimate = wilson(174, 181)
    assert [round(100 * bound, 1) for bound in (estimate.low, estimate.high)] == [92.2, 98.1]


def test_wilson_of_nothing_is_undefined() -> None:
    estimate = wilson(0, 0)
    assert math.isnan(estimate.value)
    assert estimate.method.startswith("undefined")
    assert estimate.as_json() == {"value": None, "low": None, "high": None, "method": estimate.method}


@pytest.mark.parametrize(("successes", "n", "level"), [(2, 1, 0.95), (-1, 1, 0.95), (1, 2, 0.0), (1, 2, 95)])
def test_wilson_refuses_the_impossible(successes: int, n: int, level: float) -> None:
    with pytest.raises(ValueError, match=r"proportion|level"):
        wilson(successes, n, level)


@pytest.mark.parametrize("name", STATISTICS)
@given(
    rows=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10), st.integers(0, 4)), min_size=1, max_size=30),
)
def test_weights_are_repeats(name: str, rows: list[tuple[int, int, int]]) -> None:
    """A weight of k is the nodule k times over: the vectorised metrics equal the plain ones on the repeats."""
    labels, tenths, times = (np.array(column) for column in zip(*rows, strict=True))
    p = tenths / 10
    by_weight, plain = STATISTICS[name]
    weights = np.vstack([times, np.ones_like(times)]).astype(float)
    repeated, once = by_weight(labels, p, weights)
    assert once == pytest.approx(plain(labels, p), nan_ok=True)
    if times.any():
        expected = plain(np.repeat(labels, times), np.repeat(p, times))
        assert repeated == pytest.approx(expected, nan_ok=True)
    else:
        assert math.isnan(repeated)


@pytest.mark.parametrize("name", STATISTICS)
def test_the_jackknife_leaves_out_one_group_at_a_time(name: str) -> None:
    labels, p, groups = _clustered(np.random.default_rng(3), patients=25)
    by_weight, plain = STATISTICS[name]
    found = clustered(by_weight, labels, p, groups)
    value = plain(labels, p)
    without = np.array([plain(labels[groups != one], p[groups != one]) for one in range(25)])
    deviation = math.sqrt(24 / 25 * ((without - without.mean()) ** 2).sum())
    squares = (without - without.mean()) ** 2
    freedom = 2 / ((squares**2).sum() / squares.sum() ** 2 - 1 / 25)
    rarer = min(np.unique(groups[labels == one]).size for one in (0, 1))
    half = student.ppf(0.975, min(freedom, 24, rarer - 1)) * deviation / (value * (1 - value))
    assert found.value == pytest.approx(value)
    assert (logit(found.low), logit(found.high)) == pytest.approx((logit(value) - half, logit(value) + half))


def test_a_proportion_by_group_is_wilsons_at_the_n_with_the_same_error() -> None:
    labels, p, groups = _clustered(np.random.default_rng(3), patients=25)
    right = (p >= 0.5) == (labels == 1)
    found = share(right, np.ones(200), groups)
    of_groups = np.bincount(groups, right)
    without = (of_groups.sum() - of_groups) / (200 - 8)
    n = found.value * (1 - found.value) / (24 / 25 * ((without - without.mean()) ** 2).sum())
    t = student.ppf(0.975, 24)
    for bound in (found.low, found.high):
        assert (found.value - bound) ** 2 == pytest.approx(t**2 * bound * (1 - bound) / n)
    assert found.high - found.low > 1.5 * (wilson(int(right.sum()), 200).high - wilson(int(right.sum()), 200).low)
    assert found.method == "Wilson 95 % at the effective n of 25 groups"


def test_a_proportion_of_single_nodules_is_wilsons() -> None:
    part, whole = np.arange(30) < 7, np.arange(30) < 20
    assert share(part, whole) == share(part, whole, np.arange(30)) == wilson(7, 20)


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 4)), min_size=1, max_size=30),
    st.sampled_from([0.8, 0.95]),
)
def test_a_proportion_never_claims_more_than_wilson(rows: list[tuple[bool, bool, int]], level: float) -> None:
    part, whole, groups = (np.array(column) for column in zip(*rows, strict=True))
    found, plain = share(part, whole, groups, level), wilson(int((part & whole).sum()), int(whole.sum()), level)
    assert found.value == pytest.approx(plain.value, nan_ok=True)
    if not math.isnan(found.low):
        assert 0 <= found.low <= plain.low + 1e-12
        assert plain.high - 1e-12 <= found.high <= 1


def test_where_groups_do_not_differ_their_number_is_all_there_is_to_go_by() -> None:
    groups = np.repeat(np.arange(20), 5)
    assert share(np.ones(100), np.ones(100), groups).low == pytest.approx(20 / (20 + student.ppf(0.975, 19) ** 2))
    labels = groups % 2
    perfect = clustered(weighted.average_precision, labels, labels * 0.6 + 0.2, groups)
    assert (perfect.value, perfect.high) == (1, 1)
    assert perfect.low == pytest.approx(10 / (10 + student.ppf(0.975, 9) ** 2))
    assert "none differs" in perfect.method


def test_memory_is_bounded_without_changing_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, p, groups = _clustered(np.random.default_rng(1), patients=30)
    whole = clustered(weighted.brier, labels, p, groups)
    monkeypatch.setattr(jackknife, "WEIGHTS_AT_ONCE", 7 * labels.size)
    parts = clustered(weighted.brier, labels, p, groups)
    assert (parts.low, parts.high) == pytest.approx((whole.low, whole.high), rel=1e-12)


def test_of_many_groups_some_are_left_out_together_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, p, groups = _clustered(np.random.default_rng(1), patients=600)
    each = clustered(weighted.brier, labels, p, groups)
    monkeypatch.setattr(jackknife, "MOST_LEFT_OUT", 200)
    some, again, other = (clustered(weighted.brier, labels, p, groups, seed) for seed in (5, 5, 6))
    assert some == again
    assert some.low != other.low
    assert some.high - some.low == pytest.approx(each.high - each.low, rel=0.2)


def test_method_says_what_was_left_out() -> None:
    labels, p = [0, 1, 0, 1, 1, 0], [0.1, 0.9, 0.6, 0.4, 0.7, 0.3]
    grouped = clustered(weighted.brier, labels, p, ["a", "a", "b", "b", "c", "c"])
    assert grouped.method == "jackknife 95 % of 3 groups"
    alone = clustered(weighted.brier, labels, p, None, level=0.9)
    assert alone.method == "jackknife 90 % of 6 nodules, each its own group"


def test_what_the_jackknife_cannot_tell_it_says() -> None:
    one_group = clustered(weighted.auc, [0, 1], [0.1, 0.2], ["a", "a"])
    assert one_group.value == 1
    assert math.isnan(one_group.low)
    assert one_group.method == "no interval: one group doesn't show how groups differ"
    one_malignant = clustered(weighted.auc, [0, 0, 1], [0.1, 0.6, 0.5])
    assert (one_malignant.value, math.isnan(one_malignant.low)) == (0.5, True)
    assert one_malignant.method == "no interval: without one of the groups it is undefined"
    one_class = clustered(weighted.auc, [1, 1], [0.1, 0.2])
    assert math.isnan(one_class.value)
    assert share([1, 0], [1, 1], ["a", "a"]).method == one_group.method


def test_a_mean_of_repeats_without_an_interval_says_why() -> None:
    known, unknown = share([1, 0, 1], [1, 1, 1], [0, 0, 1]), share([1, 0, 1], [1, 1, 1], [0, 0, 0])
    mean = mean_of_repeats([known, unknown])
    assert math.isnan(mean.low)
    assert mean.method == f"{unknown.method}; mean of 2 repeats"


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
        clustered(weighted.auc, [0, 1], [0.1, 0.2], **options)


def _clustered(
    random: np.random.Generator, patients: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Labels, p and patients: eight nodules each, of one class, with a shift of p that the eight share."""
    labels, shift = random.integers(0, 2, patients), random.normal(0, 1, patients)
    groups = np.repeat(np.arange(patients), 8)
    score = labels[groups] + shift[groups] + random.normal(0, 0.3, groups.size)
    return labels[groups], 1 / (1 + np.exp(-score)), groups
