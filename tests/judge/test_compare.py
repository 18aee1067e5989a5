"""Two models on the same nodules: McNemar's exact test and the paired difference of AUC."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from isthmus.judge import metrics
from isthmus.judge.compare import auc_difference, mcnemar

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
