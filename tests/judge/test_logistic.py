"""Logistic regression against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from isthmus.judge.logistic import logistic

RANDOM = np.random.default_rng(2)
DESIGN = np.column_stack([np.ones(300), RANDOM.normal(size=(300, 2))])
OFFSET = RANDOM.normal(size=300)
LABELS = (RANDOM.uniform(size=300) < expit(DESIGN @ [0.5, -1.0, 2.0] + OFFSET)).astype(np.int64)


@pytest.mark.parametrize("offset", [OFFSET, 0 * OFFSET])
def test_it_is_statsmodels_glm(offset: np.ndarray) -> None:
    expected = sm.GLM(LABELS, DESIGN, family=sm.families.Binomial(), offset=offset).fit(tol=1e-14)
    coefficients, p = logistic(LABELS, DESIGN, offset)
    assert coefficients == pytest.approx(expected.params, rel=1e-8)
    assert p == pytest.approx(expected.fittedvalues, rel=1e-8)


def test_at_the_maximum_the_gradient_is_zero() -> None:
    _, p = logistic(LABELS, DESIGN, OFFSET)
    assert DESIGN.T @ (LABELS - p) == pytest.approx(np.zeros(3), abs=1e-8)


@pytest.mark.parametrize(
    ("labels", "design"),
    [
        (np.array([0, 0, 1, 1]), np.column_stack([np.ones(4), [1.0, 2, 3, 4]])),  # separated
        (np.array([0, 1, 0, 1]), np.ones((4, 2))),  # two columns alike
        (np.ones(4, np.int64), np.ones((4, 1))),  # one class
    ],
)
def test_without_a_best_fit_it_says_so(labels: np.ndarray, design: np.ndarray) -> None:
    with pytest.raises(ValueError, match="no finite answer"):
        logistic(labels, design, np.zeros(4))
