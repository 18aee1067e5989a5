"""Two models on the same nodules: McNemar's exact test, the paired difference of AUC, and many tests at once."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from isthmus.judge import metrics
from isthmus.judge.compare import accuracy_difference, auc_difference, holm, mcnemar, proportion_difference

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 2, 200)
GOOD = np.clip(RANDOM.normal(0.3 + 0.4 * LABELS, 0.2), 0, 1)
POOR = np.clip(RANDOM.normal(0.45 + 0.1 * LABELS, 0.2), 0, 1)
GROUPS = RANDOM.integers(0, 70, 200)


def test_mcnemar_is_a_sign_test_on_the_nodules_they_differ_on() -> None:
    result = mcnemar(LABELS, GOOD, POOR)
    differing = result.only_first + result.only_second
    assert result.only_first > result.only_second > 0
    assert result.p_value == pytest.approx(binomtest(result.only_first, differing).pvalue)
    assert mcnemar(LABELS, POOR, GOOD).p_value == pytest.approx(result.p_value)


@given(st.lists(st.tuples(st.sampled_from([0, 1]), st.booleans(), st.booleans(), st.integers(0, 6)), min_size=1))
def test_mcnemar_by_group_is_an_exchange_of_the_two_models_in_whole_groups(
    readings: list[tuple[int, bool, bool, int]],
) -> None:
    labels, first, second, groups = (np.array(column) for column in zip(*readings, strict=True))
    gains = [
        int(((first == labels)[groups == one].sum()) - ((second == labels)[groups == one].sum()))
        for one in np.unique(groups)
    ]
    sums = [abs(np.dot(signs, gains)) for signs in itertools.product((-1, 1), repeat=len(gains))]
    found = mcnemar(labels, first, second, groups=groups)
    assert found.p_value == pytest.approx(np.mean([one >= abs(sum(gains)) for one in sums]))


def test_readings_of_a_nodule_are_no_more_evidence_than_one() -> None:
    once = mcnemar(LABELS, GOOD, POOR)
    thrice = mcnemar(*(np.tile(column, 3) for column in (LABELS, GOOD, POOR)), groups=np.tile(np.arange(200), 3))
    assert (thrice.only_first, thrice.n) == (3 * once.only_first, 600)
    assert thrice.p_value == pytest.approx(once.p_value)


def test_a_model_does_not_differ_from_itself() -> None:
    assert mcnemar(LABELS, GOOD, GOOD).p_value == 1
    difference = auc_difference(LABELS, GOOD, GOOD, GROUPS)
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_auc_difference_is_paired() -> None:
    difference = auc_difference(LABELS, GOOD, POOR, GROUPS)
    assert difference.value == pytest.approx(metrics.auc(LABELS, GOOD) - metrics.auc(LABELS, POOR))
    assert 0 < difference.low < difference.value < difference.high
    opposite = auc_difference(LABELS, POOR, GOOD, GROUPS)
    assert (opposite.low, opposite.high) == pytest.approx((-difference.high, -difference.low))


def test_accuracy_difference_is_paired_and_by_group() -> None:
    difference = accuracy_difference(LABELS, GOOD, POOR, 0.5, GROUPS)
    right = [(p >= 0.5) == (LABELS == 1) for p in (GOOD, POOR)]
    assert difference.value == pytest.approx(right[0].mean() - right[1].mean())
    assert 0 < difference.low < difference.value < difference.high
    opposite = accuracy_difference(LABELS, POOR, GOOD, 0.5, GROUPS)
    assert (opposite.low, opposite.high) == pytest.approx((-difference.high, -difference.low))
    twice = accuracy_difference(*(np.repeat(one, 2) for one in (LABELS, GOOD, POOR)), 0.5, np.repeat(GROUPS, 2))
    assert (twice.low, twice.high) == pytest.approx((difference.low, difference.high))


def test_a_difference_never_seen_is_not_certainly_none() -> None:
    found = accuracy_difference(LABELS, GOOD, GOOD, 0.5, np.arange(200))
    assert found.value == 0
    assert found.low == pytest.approx(-found.high)
    assert 0.01 < found.high < 0.03
    assert "never differ" in found.method
    assert "one group" in accuracy_difference([0, 1], [0.1, 0.9], [0.2, 0.3], 0.5, ["a", "a"]).method


def test_a_model_with_other_nodules_is_refused() -> None:
    with pytest.raises(ValueError, match="give one each"):
        auc_difference(LABELS, GOOD, POOR[:-1])
    with pytest.raises(ValueError, match="give one each"):
        mcnemar(LABELS, GOOD, POOR[:-1])


def test_holm_is_monotone_and_leaves_out_what_was_not_tested() -> None:
    assert holm([0.01, float("nan"), 0.04]) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert holm([0.4, 0.5, 0.6]) == [1, 1, 1]
    assert holm([]) == []
    many = list(np.random.default_rng(0).uniform(0, 0.2, 15))
    assert holm(many) == pytest.approx(list(multipletests(many, method="holm")[1]))


def test_a_difference_of_proportions_is_newcombes() -> None:
    found = proportion_difference(56, 70, 48, 80)  # example (a) of Newcombe, Stat Med 17, 1998: 0.0524 to 0.3339
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
