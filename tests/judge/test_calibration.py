"""Reliability bins, expected calibration error, and the recalibration's intercept and slope."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression

from isthmus.judge.calibration import calibration, expected_calibration_error, reliability

RANDOM = np.random.default_rng(0)
RISK = RANDOM.normal(0, 1.5, 4000)
LABELS = (RANDOM.random(4000) < expit(RISK)).astype(int)
P = expit(RISK)


def test_bins_equal_scikit_learns_and_count_every_nodule() -> None:
    bins = reliability(LABELS, P, bins=10)
    observed, mean_p = calibration_curve(LABELS, P, n_bins=10)
    filled = [bin_ for bin_ in bins if bin_.n]
    assert [bin_.observed.value for bin_ in filled] == pytest.approx(observed)
    assert [bin_.mean_p for bin_ in filled] == pytest.approx(mean_p)
    assert sum(bin_.n for bin_ in bins) == 4000
    assert all(bin_.observed.method == "Wilson 95 %" for bin_ in filled)


def test_the_last_bin_holds_1_and_an_empty_bin_is_nan() -> None:
    first, middle, last = reliability([0, 1, 1], [0.0, 1.0, 0.9], bins=3)
    assert (first.n, middle.n, last.n) == (1, 0, 2)
    assert math.isnan(middle.mean_p)
    assert math.isnan(middle.observed.value)


def test_error_by_hand() -> None:
    assert expected_calibration_error([0, 1, 1, 1], [0.1, 0.3, 0.8, 0.8], bins=2) == pytest.approx(
        0.5 * abs(0.2 - 0.5) + 0.5 * abs(0.8 - 1.0)
    )


def test_honest_probabilities_are_calibrated() -> None:
    fit = calibration(LABELS, P)
    assert fit.intercept.low < 0 < fit.intercept.high
    assert fit.slope.low < 1 < fit.slope.high
    assert expected_calibration_error(LABELS, P) < 0.03


def test_known_distortions_are_found() -> None:
    extreme, low = calibration(LABELS, expit(2 * RISK)), calibration(LABELS, expit(RISK - 1))
    assert extreme.slope.value == pytest.approx(0.5 * calibration(LABELS, P).slope.value, rel=1e-4)
    assert low.intercept.low < 1 < low.intercept.high


def test_slope_equals_scikit_learns() -> None:
    p = np.clip(P, 1e-6, 1 - 1e-6)
    reference = LogisticRegression(C=np.inf, tol=1e-8).fit(logit(p)[:, None], LABELS)
    assert calibration(LABELS, P).slope.value == pytest.approx(reference.coef_[0, 0], rel=1e-3)


def test_groups_widen_the_interval_of_repeated_nodules() -> None:
    labels, p, groups = (np.repeat(values[:300], 5) for values in (LABELS, P, np.arange(4000)))
    plain, clustered = calibration(labels, p), calibration(labels, p, groups)
    assert clustered.slope.value == pytest.approx(plain.slope.value)
    assert clustered.slope.high - clustered.slope.low > 1.8 * (plain.slope.high - plain.slope.low)
    assert clustered.slope.method == "jackknife 95 % of 300 groups"


@pytest.mark.parametrize(
    ("labels", "p", "says"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], "separates"),
        ([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9], "separates"),
        ([0, 0, 1, 1], [0.1, 0.5, 0.5, 0.9], "separates"),
        ([0, 1, 1], [0.4, 0.4, 0.4], "the same"),
        ([1, 1], [0.4, 0.5], "no nodule is benign"),
        ([0, 0], [0.4, 0.5], "no nodule is malignant"),
    ],
)
def test_without_an_answer_the_slope_says_why(labels: list[int], p: list[float], says: str) -> None:
    slope = calibration(labels, p).slope
    assert math.isnan(slope.value)
    assert says in slope.method


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1), st.integers(0, 2)), min_size=1, max_size=15))
def test_calibration_never_fails_on_what_can_be_judged(rows: list[tuple[int, float, int]]) -> None:
    labels, p, groups = zip(*rows, strict=True)
    for fit in (calibration(labels, p), calibration(labels, p, groups)):
        for estimate in (fit.intercept, fit.slope):
            assert math.isfinite(estimate.value) or estimate.method.startswith("undefined")
    assert 0 <= expected_calibration_error(labels, p) <= 1


def test_no_bins_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        reliability([0, 1], [0.1, 0.9], bins=0)
