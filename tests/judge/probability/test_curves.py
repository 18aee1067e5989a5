"""Calibrations by maximum likelihood: they find what made the labels, and are scikit-learn's where it has them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.probability.curves import FITS, beta, isotonic, temperature
from isthmus.judge.probability.proper import log_loss

RANDOM = np.random.default_rng(7)
P = RANDOM.uniform(0.02, 0.98, 4000)


def drawn(risk: Floats) -> Labels:
    return (RANDOM.uniform(size=risk.size) < risk).astype(np.int64)


def beta_curve(p: Floats, a: float, b: float, c: float) -> Floats:
    return np.asarray(expit(a * np.log(p) - b * np.log1p(-p) + c))


def test_temperature_finds_the_one_that_made_the_labels() -> None:
    (found,) = temperature(drawn(expit(logit(P) / 2.5)), P)
    assert found == pytest.approx(2.5, rel=0.12)


def test_beta_finds_the_curve_that_made_the_labels_and_fits_best() -> None:
    labels = drawn(beta_curve(P, 0.5, 1.8, 0.3))
    found = beta(labels, P)
    assert found == pytest.approx((0.5, 1.8, 0.3), abs=0.25)
    best = minimize(lambda at: log_loss(labels, beta_curve(P, *at)), (1, 1, 0), method="Nelder-Mead")
    assert log_loss(labels, beta_curve(P, *found)) == pytest.approx(best.fun, abs=1e-6)


def test_a_power_below_0_is_left_out_of_beta() -> None:
    labels = drawn(beta_curve(P, -0.4, 1.5, 0.2))
    a, b, _ = beta(labels, P)
    assert a == 0
    assert b > 0
    labels = drawn(beta_curve(P, 1.5, -0.4, 0.2))
    a, b, _ = beta(labels, P)
    assert b == 0
    assert a > 0


def test_isotonic_is_scikit_learns_but_for_0_and_1() -> None:
    labels = drawn(P**2)
    knots = np.array(isotonic(labels, P))
    at = np.linspace(0, 1, 101)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(P, labels).predict(at)
    least = 1 / (P.size + 2)
    assert np.interp(at, knots[::2], knots[1::2]) == pytest.approx(np.clip(theirs, least, 1 - least))
    assert knots[1] == least
    assert (np.diff(knots[::2]) > 0).all()
    assert (np.diff(knots[1::2]) >= 0).all()


def test_isotonic_pools_what_violates_the_order_by_hand() -> None:
    assert isotonic([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.9]) == pytest.approx((0.1, 1 / 6, 0.4, 0.5, 0.6, 0.5, 0.9, 5 / 6))


@pytest.mark.parametrize("kind", ["temperature", "platt", "beta", "isotonic"])
def test_one_class_and_an_order_turned_round_fit_nothing(kind: str) -> None:
    for labels in (np.ones(P.size, int), np.zeros(P.size, int), drawn(1 - P)):
        with pytest.raises(ValueError, match="no calibration fits"):
            FITS[kind](labels, P)


@pytest.mark.parametrize("kind", ["temperature", "platt", "beta"])
def test_what_separates_the_classes_fits_nothing(kind: str) -> None:
    with pytest.raises(ValueError, match="no calibration fits"):
        FITS[kind]((P > 0.5).astype(int), P)


def test_a_calibrated_model_is_left_as_it_is() -> None:
    labels = drawn(P)
    assert temperature(labels, P) == pytest.approx((1,), abs=0.1)
    at = np.linspace(0.01, 0.99, 50)
    assert beta_curve(at, *beta(labels, P)) == pytest.approx(at, abs=0.04)
