"""The ROC curve and its band."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import auc as area
from sklearn.metrics import roc_auc_score

from isthmus.judge.roc import roc

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 2, 200)
P = np.round(1 / (1 + np.exp(-(LABELS - 0.5 + RANDOM.normal(0, 1, 200)))), 2)  # with ties
GROUPS = np.arange(200) // 4


def test_its_area_is_the_auc() -> None:
    curve = roc(LABELS, P, resamples=2)
    assert area(curve.false_positive_rate, curve.sensitivity) == pytest.approx(roc_auc_score(LABELS, P))


def test_the_band_holds_the_curve_and_rises() -> None:
    curve = roc(LABELS, P, GROUPS)
    at = np.interp(curve.grid, curve.false_positive_rate, curve.sensitivity)
    inner = slice(5, 96)
    assert (curve.low[inner] <= at[inner]).all()
    assert (at[inner] <= curve.high[inner]).all()
    assert (np.diff(curve.low) >= 0).all()
    assert curve.high[-1] == curve.low[-1] == 1


def test_the_band_is_about_what_resampling_rows_gives() -> None:
    curve = roc(LABELS, P, GROUPS, resamples=400)
    random = np.random.default_rng(7)
    drawn = []
    for _ in range(400):
        rows = np.concatenate([np.flatnonzero(group == GROUPS) for group in random.integers(50, size=50)])
        own = roc(LABELS[rows], P[rows], resamples=2)
        drawn.append(np.interp(curve.grid, own.false_positive_rate, own.sensitivity))
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    assert np.abs(curve.low - low)[5:95].max() < 0.1
    assert np.abs(curve.high - high)[5:95].max() < 0.1
    wider = (curve.high - curve.low)[10:60] / (high - low)[10:60]
    assert 0.95 < wider.mean() < 1.25  # Student's t in place of the middle 95 % of few groups


def test_the_band_is_no_wider_where_every_nodule_is_nearly_called_malignant() -> None:
    random = np.random.default_rng(5)
    labels = np.tile([0, 1, 1], 800)
    p = 1 / (1 + np.exp(-random.normal(2.2 * labels - 1.1, 1.0)))
    curve = roc(labels, p, np.repeat(np.arange(80), 30))
    sensitivity = curve.at_grid
    right = curve.grid >= 0.5
    assert (sensitivity[right] - curve.low[right]).max() < 0.03


def test_the_same_seed_gives_the_same_band() -> None:
    first, second, other = (roc(LABELS, P, GROUPS, resamples=50, seed=seed) for seed in (3, 3, 4))
    assert (first.low == second.low).all()
    assert (first.low != other.low).any()


def test_one_group_has_no_band() -> None:
    assert np.isnan(roc(LABELS, P, np.zeros(200)).low).all()


@pytest.mark.parametrize(("label", "told"), [(0, "no nodule is malignant"), (1, "no nodule is benign")])
def test_one_class_has_no_curve(label: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        roc([label] * 3, [0.1, 0.2, 0.3])


def test_no_resamples_are_refused() -> None:
    with pytest.raises(ValueError, match="1 resamples are too few"):
        roc(LABELS, P, resamples=1)
