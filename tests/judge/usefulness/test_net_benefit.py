"""Net benefit by hand."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.judge.usefulness.net_benefit import THRESHOLDS, decision_curve


def test_it_is_that_by_hand() -> None:
    """At .2 a needless biopsy costs a quarter of a cancer found: 60 of 100 found, 80 of 300 needlessly, n = 400."""
    labels = np.repeat([1, 0], [100, 300])
    p = np.concatenate([np.repeat([0.5, 0.1], [60, 40]), np.repeat([0.3, 0.1], [80, 220])])
    (point,) = decision_curve(labels, p, thresholds=[0.2])
    assert point.model.value == pytest.approx(60 / 400 - 80 / 400 / 4)
    assert point.treat_all.value == pytest.approx(100 / 400 - 300 / 400 / 4)
    assert point.over_all.value == pytest.approx(point.model.value - point.treat_all.value)
    worth = np.concatenate([np.repeat([1, 0], [60, 40]), np.repeat([-0.25, 0], [80, 220])])
    half = 1.966 * worth.std(ddof=1) / 20
    assert point.model.high - point.model.value == pytest.approx(half, rel=0.02)
    assert point.model.n == 400
    assert point.as_json()["treat_none"] == 0


def test_it_crosses_zero_of_treat_all_at_the_prevalence() -> None:
    labels = np.repeat([1, 0], [100, 300])
    below, at, above = decision_curve(labels, np.full(400, 0.9), thresholds=[0.2, 0.25, 0.3])
    assert below.treat_all.value > 0 > above.treat_all.value
    assert at.treat_all.value == pytest.approx(0)
    assert below.over_all.value == 0
    assert below.over_all.method == "no interval: all groups are alike"
    assert not below.beats_both


def test_a_model_that_knows_beats_both_everywhere_and_copies_add_nothing() -> None:
    random = np.random.default_rng(0)
    labels = (random.random(300) < 0.3).astype(int)
    p = np.where(labels == 1, 0.95, 0.01)
    points = decision_curve(labels, p)
    assert [point.threshold for point in points] == list(THRESHOLDS)
    assert THRESHOLDS[0] == 0.02
    assert THRESHOLDS[-1] == 0.5
    assert all(point.beats_both for point in points)
    copies = decision_curve(labels.repeat(3), p.repeat(3), np.arange(300).repeat(3), [0.1])[0]
    (alone,) = decision_curve(labels, p, thresholds=[0.1])
    assert copies.model.low == pytest.approx(alone.model.low)


def test_one_group_and_what_is_no_threshold() -> None:
    (point,) = decision_curve([0, 1], [0.1, 0.9], ["a", "a"], [0.5])
    assert "one group" in point.model.method
    with pytest.raises(ValueError, match="a threshold of 1"):
        decision_curve([0, 1], [0.1, 0.9], thresholds=[1])


def test_at_a_stated_prevalence_it_is_that_of_so_many_malignant_nodules() -> None:
    """By hand: .1 times a sensitivity of .6, less .9 times a false positive rate of .2 times a ninth."""
    labels = np.repeat([1, 0], [50, 100])
    p = np.concatenate([np.repeat([0.5, 0.01], [30, 20]), np.repeat([0.3, 0.01], [20, 80])])
    (point,) = decision_curve(labels, p, thresholds=[0.1], prevalence=0.1)
    assert point.model.value == pytest.approx(0.1 * 0.6 - 0.9 * 0.2 / 9)
    assert point.treat_all.value == pytest.approx(0)
    error = np.hypot(0.1 * np.sqrt(0.6 * 0.4 / 50), 0.1 * np.sqrt(0.2 * 0.8 / 100))
    assert point.model.high - point.model.value == pytest.approx(2 * error, rel=0.05)
    (same,) = decision_curve(labels, p, thresholds=[0.1], prevalence=1 / 3)
    (plain,) = decision_curve(labels, p, thresholds=[0.1])
    assert same.model.value == pytest.approx(plain.model.value)
    (lone,) = decision_curve([1, 1], [0.1, 0.9], thresholds=[0.1], prevalence=0.1)
    assert lone.model.method.startswith("undefined")
    with pytest.raises(ValueError, match="prevalence"):
        decision_curve(labels, p, prevalence=0)
