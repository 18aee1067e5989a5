"""The move to another prevalence is Bayes' rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from isthmus.judge.probability.prevalence import moved

SHARES = st.floats(0.001, 0.999)


def risk(x: np.ndarray, prevalence: float) -> np.ndarray:
    """P(malignant) given x, which is normal about 1 in malignant nodules and about -1 in benign ones."""
    malignant, benign = prevalence * norm.pdf(x, 1), (1 - prevalence) * norm.pdf(x, -1)
    return np.asarray(malignant / (malignant + benign))


@settings(max_examples=30, deadline=None)
@given(SHARES, SHARES)
def test_it_is_bayes_and_goes_back(fitted: float, here: float) -> None:
    x = np.linspace(-3, 3, 13)
    at_fitted = risk(x, fitted)
    assert moved(at_fitted, fitted, here) == pytest.approx(risk(x, here), rel=1e-6, abs=1e-12)
    assert moved(moved(at_fitted, fitted, here), here, fitted) == pytest.approx(at_fitted, rel=1e-9)
    assert moved(at_fitted, fitted, fitted) == pytest.approx(at_fitted)


def test_0_and_1_stay_and_impossible_shares_are_refused() -> None:
    assert moved(np.array([0.0, 1.0]), 0.5, 0.01).tolist() == [0, 1]
    for wrong in (0.0, 1.0, -0.1, float("nan")):
        with pytest.raises(ValueError, match="a prevalence is"):
            moved(np.array([0.5]), 0.5, wrong)
