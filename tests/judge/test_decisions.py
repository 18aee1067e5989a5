"""A calibration and thresholds that are fitted on some nodules and judged on others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from isthmus.judge.decisions import cross_fitted, platt
from isthmus.judge.metrics import Floats, Labels

RANDOM = np.random.default_rng(5)
P = RANDOM.uniform(0.02, 0.98, 2000)
LABELS = (RANDOM.uniform(size=2000) < expit(0.5 * logit(P) + 1)).astype(int)


def test_platt_finds_the_line_that_made_the_labels() -> None:
    slope, intercept = platt(LABELS, P)
    assert slope == pytest.approx(0.5, abs=0.1)
    assert intercept == pytest.approx(1, abs=0.15)


def test_platt_is_scikit_learns_logistic_regression() -> None:
    found = LogisticRegression(C=1e10, tol=1e-10).fit(logit(P)[:, None], LABELS)
    assert platt(LABELS, P) == pytest.approx((found.coef_[0, 0], found.intercept_[0]), rel=1e-3)


@pytest.mark.parametrize("labels", [np.ones(2000, int), (P > 0.5).astype(int), 1 - LABELS])
def test_where_no_line_fits_there_is_none(labels: Labels) -> None:
    with pytest.raises(ValueError, match="no calibration fits"):
        platt(labels, P)


@dataclass(frozen=True)
class Mean:
    """A stand-in: calibrates to P divided by 2, and has the share of malignant nodules for its threshold."""

    thresholds: Mapping[str, float]

    def probability(self, fused: Floats) -> Floats:
        return fused / 2


def test_each_fold_is_judged_by_what_was_fitted_on_the_others() -> None:
    labels, p, folds = [0, 1, 0, 1], [0.2, 0.8, 0.6, 0.4], [0, 0, 1, 2]
    seen = []

    def fit(fitted_on: Labels, p: Floats) -> Mean:
        seen.append(p.tolist())
        return Mean({"share": fitted_on.mean() / 2})

    found = cross_fitted(labels, p, folds, fit)
    assert seen == [[0.6, 0.4], [0.2, 0.8, 0.4], [0.2, 0.8, 0.6]]
    assert found.p.tolist() == [0.1, 0.4, 0.3, 0.2]
    assert found.called["share"].tolist() == [False, True, False, True]


def test_one_fold_is_too_few() -> None:
    with pytest.raises(ValueError, match="fewer than two folds"):
        cross_fitted([0, 1], [0.1, 0.9], [0, 0], lambda labels, p: Mean({}))
