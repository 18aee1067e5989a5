"""The threshold chosen on validation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.learn.operating_point import decision_on, operating_point

RULES = ("half", "youden", "sensitivity-90")
scored = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20).map(lambda v: v / 20)), min_size=1, max_size=30)


def rates(labels: np.ndarray, p: np.ndarray, threshold: float) -> tuple[float, float]:
    called = p >= threshold
    return float(called[labels == 1].mean()), float((~called)[labels == 0].mean())


@given(scored, st.sampled_from(RULES))
def test_every_threshold_is_a_probability(pairs: list[tuple[int, float]], rule: str) -> None:
    labels, p = np.array([label for label, _ in pairs]), np.array([p for _, p in pairs])
    assert 0 <= operating_point(labels, p, rule) <= 1


@given(scored)
def test_youden_is_the_best_of_all_thresholds_tried_one_by_one(pairs: list[tuple[int, float]]) -> None:
    labels, p = np.array([label for label, _ in pairs]), np.array([p for _, p in pairs])
    if len(set(labels)) < 2:
        return
    best = max(sum(rates(labels, p, threshold)) for threshold in [*p, 2.0])
    found = sum(rates(labels, p, operating_point(labels, p, "youden")))
    assert found == pytest.approx(best) or best <= 1 + 1e-9


@given(scored)
def test_sensitivity_90_is_the_highest_threshold_that_has_it(pairs: list[tuple[int, float]]) -> None:
    labels, p = np.array([label for label, _ in pairs]), np.array([p for _, p in pairs])
    if len(set(labels)) < 2:
        return
    threshold = operating_point(labels, p, "sensitivity-90")
    assert rates(labels, p, threshold)[0] >= 0.9
    higher = p[p >= threshold]
    above = higher[higher > higher.min()]
    if len(above):
        assert rates(labels, p, above.min())[0] < 0.9


def test_half_is_a_half_and_one_class_leaves_nothing_to_choose() -> None:
    labels, p = np.array([0, 1, 1]), np.array([0.1, 0.2, 0.3])
    assert operating_point(labels, p, "half") == 0.5
    assert {operating_point(np.ones(3, int), p, rule) for rule in RULES} == {0.5}


def test_where_no_threshold_beats_chance_youden_falls_back() -> None:
    assert operating_point(np.array([0, 0, 1, 1]), np.array([0.9, 0.8, 0.2, 0.1]), "youden") == 0.5


def test_sets_of_the_decision_hold_nine_in_ten_of_each_class() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(200) % 2
    p = random.uniform(0, 1, 200) * 0.5 + labels * 0.3
    decision = decision_on(labels, p, "youden")
    assert decision.conformal
    benign, malignant = decision.conformal.holds(p)
    assert benign[labels == 0].mean() == pytest.approx(0.91)  # k = ceil(101 * .9) of 100
    assert malignant[labels == 1].mean() == pytest.approx(0.91)
    assert decision.threshold == operating_point(labels, p, "youden")


def test_one_class_gives_no_sets_and_few_nodules_give_sets_of_both() -> None:
    assert decision_on(np.ones(3, int), np.array([0.1, 0.2, 0.3]), "half").conformal is None
    few = decision_on(np.array([0, 1]), np.array([0.1, 0.9]), "half").conformal
    assert few
    assert all(held.all() for held in few.holds(np.array([0.0, 0.5, 1.0])))
