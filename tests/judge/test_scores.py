"""Scores that are no probabilities: what ranks is judged as for probabilities, and nothing else is."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, confusion_matrix, roc_auc_score

from isthmus.judge.scorecard import scorecard
from isthmus.judge.scores import ranked_scorecard, ranks, youden

FINITE = st.floats(allow_nan=False, allow_infinity=False)
RANDOM = np.random.default_rng(1)
LABELS = RANDOM.integers(0, 2, 60)
P = np.clip(RANDOM.normal(0.35 + 0.3 * LABELS, 0.25), 0.01, 0.99).round(2)
GROUPS = [f"g{number}" for number in RANDOM.integers(0, 25, 60)]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 1), FINITE | st.integers(-1, 5)), min_size=2, max_size=30), FINITE)
def test_ranking_metrics_are_scikit_learns(rows: list[tuple[int, float]], threshold: float) -> None:
    labels, scores = (np.array(column) for column in zip(*rows, strict=True))
    card = ranked_scorecard(labels, scores, threshold=threshold)
    if 0 < labels.sum() < labels.size:
        _, places = np.unique(scores, return_inverse=True)  # as scikit-learn overflows where scores are huge
        assert card.metrics["auc"].value == pytest.approx(roc_auc_score(labels, places))
        assert card.metrics["average_precision"].value == pytest.approx(average_precision_score(labels, places))
    (tn, fp), (fn, tp) = confusion_matrix(labels, scores >= threshold, labels=[0, 1])
    counts = card.confusion
    assert (counts.tn, counts.fp, counts.fn, counts.tp) == (tn, fp, fn, tp)
    assert card.threshold == threshold


def test_probabilities_and_their_logits_have_one_scorecard() -> None:
    expected = scorecard(LABELS, P, GROUPS, threshold=0.4)
    found = ranked_scorecard(LABELS, np.log(P / (1 - P)), GROUPS, threshold=math.log(0.4 / 0.6))
    for name, estimate in expected.metrics.items():
        if name != "brier":
            assert found.metrics[name] == estimate, name
    assert found.confusion == expected.confusion


def test_no_brier_score_and_why() -> None:
    found = ranked_scorecard(LABELS, P * 10)
    assert found.as_json()["metrics"]["brier"] == {  # type: ignore[index]
        "value": None,
        "low": None,
        "high": None,
        "method": "undefined: scores are not probabilities",
    }


def test_readers_grades_with_ties() -> None:
    labels, grades = [0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 2, 3, 3, 4, 4, 5]
    assert youden(labels, grades) == 4
    found = ranked_scorecard(labels, grades)
    assert (found.threshold, found.rule) == (4, "youden on these data")
    assert (found.metrics["sensitivity"].value, found.metrics["specificity"].value) == (0.75, 1.0)
    assert found.metrics["auc"].value == pytest.approx(roc_auc_score(labels, grades))
    assert ranked_scorecard(labels, grades, threshold=3).rule == "given"


@pytest.mark.parametrize("scores", [[5, 4, 1, 1], [2, 2, 2, 2]])
def test_where_no_threshold_beats_chance_all_are_called_malignant(scores: list[float]) -> None:
    card = ranked_scorecard([0, 0, 1, 1], scores)
    assert (card.threshold, card.confusion.tp, card.confusion.fp) == (min(scores), 2, 2)


def test_the_curve_with_its_band_goes_into_json() -> None:
    found = json.loads(json.dumps(ranked_scorecard(LABELS, P * 10 - 3, GROUPS).as_json(), allow_nan=False))
    curve = found["roc"]
    assert {name: len(column) for name, column in curve.items()} == dict.fromkeys(
        ("false_positive_rate", "sensitivity", "low", "high"), 101
    )
    assert curve["sensitivity"] == sorted(curve["sensitivity"])
    assert curve["sensitivity"][-1] == 1
    assert all(low <= high for low, high in zip(curve["low"], curve["high"], strict=True))


def test_one_class_only() -> None:
    found = ranked_scorecard([1, 1], [3, 9], threshold=5)
    assert (found.roc, found.confusion.tp, math.isnan(found.metrics["auc"].value)) == (None, 1, True)
    with pytest.raises(ValueError, match="one class only"):
        ranked_scorecard([1, 1], [3, 9])


@pytest.mark.parametrize(
    ("scores", "threshold", "says"),
    [
        ([1, math.nan], 0, "not a finite number"),
        ([1, math.inf], 0, "not a finite number"),
        ([1, 2], math.nan, "threshold"),
        ([1, 2], math.inf, "threshold"),
        ([1], 0, "shape"),
    ],
)
def test_what_is_no_score_is_refused(scores: list[float], threshold: float, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ranked_scorecard([0, 1], scores, threshold=threshold)


def test_places_keep_order_and_ties() -> None:
    places, cut = ranks(np.array([-1.0, 3.0, 3.0, 1e300]), 3.0)
    assert places.tolist() == [0, 0.5, 0.5, 1]
    assert (places >= cut).tolist() == [False, True, True, True]
