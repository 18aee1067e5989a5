"""Two models on the same nodules: McNemar's exact test, the paired difference of AUC, and many tests at once."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, norm
from statsmodels.stats.multitest import multipletests

from isthmus.judge import metrics
from isthmus.judge.compare import auc_difference, delong, holm, mcnemar, proportion_difference

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


def test_a_model_does_not_differ_from_itself() -> None:
    assert mcnemar(LABELS, GOOD, GOOD).p_value == 1
    difference = auc_difference(LABELS, GOOD, GOOD, GROUPS, resamples=50)
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_auc_difference_is_paired() -> None:
    difference = auc_difference(LABELS, GOOD, POOR, GROUPS, resamples=500)
    assert difference.value == pytest.approx(metrics.auc(LABELS, GOOD) - metrics.auc(LABELS, POOR))
    assert 0 < difference.low < difference.value < difference.high
    opposite = auc_difference(LABELS, POOR, GOOD, GROUPS, resamples=500)
    assert (opposite.low, opposite.high) == pytest.approx((-difference.high, -difference.low))


def test_a_model_with_other_nodules_is_refused() -> None:
    with pytest.raises(ValueError, match="give one each"):
        auc_difference(LABELS, GOOD, POOR[:-1])
    with pytest.raises(ValueError, match="give one each"):
        mcnemar(LABELS, GOOD, POOR[:-1])


def brute_delong(labels: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Difference and variance by the pairs themselves (DeLong et al. 1988), nodules independent."""
    malignant, benign = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    won = [
        np.array([[(p[i] > p[j]) + 0.5 * (p[i] == p[j]) for j in benign] for i in malignant]) for p in (first, second)
    ]
    less = won[0] - won[1]
    variance = less.mean(1).var(ddof=1) / len(malignant) + less.mean(0).var(ddof=1) / len(benign)
    return float(less.mean()), float(variance)


@pytest.mark.parametrize("ties", [False, True])
def test_delong_is_that_of_the_pairs(ties: bool) -> None:
    first, second = (np.round(p, 1) if ties else p for p in (GOOD, POOR))
    value, variance = brute_delong(LABELS, first, second)
    found = delong(LABELS, first, second)
    assert found.estimate.value == pytest.approx(value)
    assert (found.estimate.high - found.estimate.low) / 2 == pytest.approx(1.959964 * variance**0.5, rel=0.01)
    assert found.p_value == pytest.approx(2 * norm.sf(abs(value) / variance**0.5), rel=0.05)


def test_each_nodule_its_own_group_is_no_group() -> None:
    alone = delong(LABELS, GOOD, POOR, np.arange(200))
    assert alone.p_value == pytest.approx(delong(LABELS, GOOD, POOR).p_value)


def test_delong_agrees_with_the_bootstrap_of_groups() -> None:
    found, drawn = delong(LABELS, GOOD, POOR, GROUPS), auc_difference(LABELS, GOOD, POOR, GROUPS, resamples=4000)
    assert found.estimate.low == pytest.approx(drawn.low, abs=0.02)
    assert found.estimate.high == pytest.approx(drawn.high, abs=0.02)


def test_nodules_said_twice_add_nothing_when_grouped() -> None:
    twice = [np.repeat(values, 2) for values in (LABELS, GOOD, POOR)]
    members = np.repeat(np.arange(200), 2)
    once = delong(LABELS, GOOD, POOR)
    assert delong(*twice, members).p_value == pytest.approx(once.p_value, rel=0.05)
    assert delong(*twice).p_value < once.p_value


def test_delong_has_nothing_to_say_of_one_class_or_one_group_and_of_equals() -> None:
    assert np.isnan(delong([1, 1, 1], [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]).p_value)
    assert "two groups" in delong(LABELS, GOOD, POOR, np.zeros(200)).estimate.method
    assert delong(LABELS, GOOD, GOOD, GROUPS).p_value == 1
    with pytest.raises(ValueError, match="give one each"):
        delong(LABELS, GOOD, POOR[:-1])


@pytest.mark.parametrize("seed", range(3))
def test_delong_rejects_no_more_than_it_says(seed: int) -> None:
    random, rejected = np.random.default_rng(seed), 0
    for _ in range(300):
        patient = np.repeat(np.arange(40), 3)
        labels = random.integers(0, 2, 40)[patient]
        of_patient = random.normal(0, 1, (2, 40))[:, patient]
        p = 1 / (1 + np.exp(-(labels + of_patient + random.normal(0, 0.5, (2, 120)))))
        rejected += delong(labels, p[0], p[1], patient).p_value < 0.05
    assert rejected / 300 < 0.10


def test_holm_is_monotone_and_leaves_out_what_was_not_tested() -> None:
    assert holm([0.01, float("nan"), 0.04]) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert holm([0.4, 0.5, 0.6]) == [1, 1, 1]
    assert holm([]) == []
    many = list(np.random.default_rng(0).uniform(0, 0.2, 15))
    assert holm(many) == pytest.approx(list(multipletests(many, method="holm")[1]))


def test_a_difference_of_proportions_is_newcombes() -> None:
    found = proportion_difference(56, 70, 48, 80)  # example (a) of Newcombe, Stat Med 17, 1998: 0.0524 to 0.3339
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
