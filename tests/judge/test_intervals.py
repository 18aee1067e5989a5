"""Wilson against statsmodels and a textbook formula, and by group at the effective n."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from isthmus.judge.bootstrap import precision_area
from isthmus.judge.intervals import mean_of_repeats, share, wilson
from isthmus.judge.jackknife import counted
from make.grouped import grouped_nodules


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


def test_a_proportion_by_group_is_wilsons_at_the_n_with_the_same_error() -> None:
    labels, p, groups = grouped_nodules(np.random.default_rng(3), patients=25)
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
    perfect = counted(precision_area, labels, labels * 0.6 + 0.2, groups)
    assert (perfect.value, perfect.high) == (1, 1)
    assert perfect.low == pytest.approx(10 / (10 + student.ppf(0.975, 9) ** 2))
    assert "none differs" in perfect.method


def test_a_mean_of_repeats_without_an_interval_says_why() -> None:
    known, unknown = share([1, 0, 1], [1, 1, 1], [0, 0, 1]), share([1, 0, 1], [1, 1, 1], [0, 0, 0])
    mean = mean_of_repeats([known, unknown])
    assert math.isnan(mean.low)
    assert mean.method == f"{unknown.method}; mean of 2 repeats"
