"""DeLong's test against the pairs themselves, the bootstrap, and what it promises; and the AUC within folds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import norm, t

from isthmus.judge import metrics
from isthmus.judge.delong import area_within, auc_within, delong
from isthmus.judge.intervals import fewest_groups
from isthmus.judge.jackknife import interval

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 2, 200)
GOOD = np.clip(RANDOM.normal(0.3 + 0.4 * LABELS, 0.2), 0, 1)
POOR = np.clip(RANDOM.normal(0.45 + 0.1 * LABELS, 0.2), 0, 1)
GROUPS = RANDOM.integers(0, 70, 200)
FOLDS = GROUPS % 3


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
    assert (found.estimate.high - found.estimate.low) / 2 == pytest.approx(1.98 * variance**0.5, rel=0.02)
    assert found.p_value < 1e-5


def test_where_no_error_is_seen_there_is_neither_interval_nor_p_value() -> None:
    labels, perfect, constant = [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], [0.4] * 4
    one = auc_within(labels, perfect, [0] * 4)
    assert (one.value, one.high) == (1.0, 1.0)
    assert one.low < 0.1  # two groups of a class show next to nothing
    assert "none differs" in one.method
    found = delong(labels, perfect, constant)
    assert found.estimate.value == 0.5
    assert math.isnan(found.p_value)
    assert math.isnan(found.estimate.low)
    even = auc_within(labels, constant, [0] * 4)
    assert (even.value, even.low, even.high) == (0.5, 0.5, 0.5)  # who says the same of all never ranks
    assert even.method == "every p is the same, so that nothing is ranked"


def test_an_interval_ends_where_the_auc_does() -> None:
    labels = [0] * 10 + [1] * 10
    p = [number / 20 for number in range(20)]
    p[9], p[10] = p[10], p[9]
    found = auc_within(labels, p, [0] * 20)
    assert found.value < found.high <= 1.0
    apart = delong(labels, p, [1 - one for one in p])
    assert apart.estimate.value < apart.estimate.high <= 1.0


def test_each_nodule_its_own_group_is_no_group() -> None:
    alone = delong(LABELS, GOOD, POOR, np.arange(200))
    assert alone.p_value == pytest.approx(delong(LABELS, GOOD, POOR).p_value)


def test_it_agrees_with_the_bootstrap_of_groups() -> None:
    found, random = delong(LABELS, GOOD, POOR, GROUPS).estimate, np.random.default_rng(0)
    members = [np.flatnonzero(group == GROUPS) for group in np.unique(GROUPS)]
    drawn = []
    for _ in range(500):
        rows = np.concatenate([members[at] for at in random.integers(len(members), size=len(members))])
        drawn.append(metrics.auc(LABELS[rows], GOOD[rows]) - metrics.auc(LABELS[rows], POOR[rows]))
    low, high = np.quantile(drawn, (0.025, 0.975))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)


@pytest.mark.parametrize("strata", [None, FOLDS])
def test_the_auc_without_a_group_is_that_of_the_others(strata: np.ndarray | None) -> None:
    labels, p, groups = (one[:40] for one in (LABELS, np.round(GOOD, 1), GROUPS % 9))
    folds = np.zeros(40) if strata is None else strata[:40]
    expected = [area_within(labels[kept], p[kept], folds[kept]) for kept in (groups != one for one in range(9))]
    found = auc_within(labels, p, folds, groups)
    rarer = fewest_groups(labels, groups)
    told = interval(area_within(labels, p, folds), np.array(expected), rarer, 0.95, found.method)
    assert (found.value, found.low, found.high) == pytest.approx((told.value, told.low, told.high))


def test_the_interval_of_a_difference_and_its_p_value_agree() -> None:
    random = np.random.default_rng(3)
    for _ in range(200):
        labels = np.tile([0, 1], 15)
        p = norm.cdf(random.normal(0, 1, (2, 30)) + labels * np.array([[1.0], [0.2]]))
        found = delong(labels, p[0], p[1], np.arange(30) // 3)
        assert (found.p_value < 0.05) == (found.estimate.low > 0 or found.estimate.high < 0)


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
    assert rejected / 300 < 0.09


def test_within_folds_only_pairs_of_one_fold_count() -> None:
    won = total = 0.0
    for i in np.flatnonzero(LABELS == 1):
        for j in np.flatnonzero((LABELS == 0) & (FOLDS[i] == FOLDS)):
            won += (GOOD[i] > GOOD[j]) + 0.5 * (GOOD[i] == GOOD[j])
            total += 1
    found = auc_within(LABELS, GOOD, FOLDS, GROUPS)
    assert found.value == pytest.approx(won / total)
    assert found.low < found.value < found.high


def test_one_fold_is_the_plain_auc() -> None:
    found = auc_within(LABELS, GOOD, np.zeros(200))
    assert found.value == pytest.approx(metrics.auc(LABELS, GOOD))
    useless = np.full(200, 0.5)
    less = delong(LABELS, GOOD, useless).estimate
    assert (found.low - 0.5, found.high - 0.5) == pytest.approx((less.low, less.high), abs=0.01)


def test_a_shift_between_folds_lowers_the_pooled_auc_and_not_that_within() -> None:
    shifted = np.clip(GOOD / 2 + FOLDS * 0.25, 0, 1)
    assert metrics.auc(LABELS, shifted) < metrics.auc(LABELS, GOOD) - 0.1
    assert auc_within(LABELS, shifted, FOLDS).value == pytest.approx(auc_within(LABELS, GOOD, FOLDS).value, abs=0.01)
    same = delong(LABELS, GOOD, shifted, GROUPS, (FOLDS, FOLDS)).estimate
    assert same.value == pytest.approx(0, abs=0.01)


def test_each_model_may_have_folds_of_its_own() -> None:
    other = (GROUPS // 7) % 4
    found = delong(LABELS, GOOD, POOR, GROUPS, (FOLDS, other)).estimate
    assert found.value == pytest.approx(auc_within(LABELS, GOOD, FOLDS).value - auc_within(LABELS, POOR, other).value)


def test_the_interval_within_folds_covers_what_it_should() -> None:
    random, truth, covered = np.random.default_rng(5), norm.cdf(1 / 2**0.5), 0
    for _ in range(300):
        labels, folds = random.integers(0, 2, 120), np.arange(120) % 3
        p = norm.cdf(labels + random.normal(0, 1, 120) + folds)
        found = auc_within(labels, p, folds)
        covered += found.low <= truth <= found.high
    assert 0.91 < covered / 300 < 0.99


def test_no_fold_with_both_classes_is_undefined() -> None:
    assert np.isnan(auc_within([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1]).value)


# Ovarian cancer with an obstructed bowel, DeLong et al. 1988, as SAS/STAT's LOGISTIC example "Comparing ROC curves"
# prints it, complete records only: albumin, total protein, K-G score, and 0 where surgery was of no use.
OVARIAN = """
3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0  1.6 5.6 5 1  3.8 5.7 5 1
3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1  4.3 7.0 4 1  3.6 6.7 4 0  2.3 4.4 6 1  4.2 7.6 4 0
4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1  3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1  3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1
4.3 6.5 4 1  3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0  3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1  3.5 6.2 5 1
2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1  3.3 5.7 6 1  3.7 6.9 5 1  3.6 6.6 5 1
"""


@pytest.mark.parametrize(
    ("test", "area", "error", "difference", "error_of_difference"),
    [("albumin", 0.7366, 0.0927, 0.0108, 0.0953), ("protein", 0.6478, 0.1000, -0.0780, 0.1046)],
)
def test_a_published_example(
    test: str, area: float, error: float, difference: float, error_of_difference: float
) -> None:
    """Areas, errors and differences from the K-G score as published; ours is the jackknife, a little wider."""
    albumin, protein, score, useful = np.array(OVARIAN.split(), float).reshape(-1, 4).T
    labels, kg = useful.astype(int), 1 - score / 10
    values = {"albumin": albumin / 10, "protein": protein / 10}[test]
    one, less = auc_within(labels, values), delong(labels, values, kg)
    assert one.value == pytest.approx(area, abs=5e-5)
    assert less.estimate.value == pytest.approx(difference, abs=5e-5)
    value, variance = brute_delong(labels, values, kg)
    assert (value, math.sqrt(variance)) == pytest.approx((difference, error_of_difference), abs=5e-5)
    few = fewest_groups(labels, np.arange(labels.size))
    quantile = t.ppf(0.975, few - 1)
    on_logit = logit((1 + less.estimate.high) / 2) - logit((1 + less.estimate.value) / 2)
    slope = (1 - difference**2) / 2  # of the difference over the logit of its range
    assert on_logit * slope / quantile == pytest.approx(error_of_difference, rel=0.08)
    on_logit = logit(one.high) - logit(one.value)
    assert on_logit * area * (1 - area) / quantile == pytest.approx(error, rel=0.08)
