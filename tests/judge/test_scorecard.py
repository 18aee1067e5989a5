"""The scorecard: names, order, methods, counts, and JSON as other tools rely on it."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.judge import metrics
from isthmus.judge.intervals import wilson
from isthmus.judge.scorecard import METRICS, mean_scorecard, scorecard

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 2, 80)
P = np.clip(RANDOM.normal(0.35 + 0.3 * LABELS, 0.2), 0, 1)
GROUPS = np.array([f"patient {number}" for number in RANDOM.integers(0, 30, 80)])
THRESHOLDED = ("accuracy", "precision", "recall", "sensitivity", "specificity", "f1")
PUBLISHED = (*THRESHOLDED, "auc", "average_precision", "brier")  # what others rely on; there may be more
CARD = scorecard(LABELS, P, GROUPS, threshold=0.45)


def test_names_and_order() -> None:
    assert list(CARD.metrics) == list(METRICS)
    assert [name for name in METRICS if name in PUBLISHED] == list(PUBLISHED)
    assert all(METRICS[name].depends_on_threshold is (name in THRESHOLDED) for name in PUBLISHED)


def test_values_are_the_metrics() -> None:
    matrix = metrics.confusion(LABELS, P, 0.45)
    expected = {
        "accuracy": metrics.accuracy(matrix),
        "precision": metrics.precision(matrix),
        "recall": metrics.recall(matrix),
        "sensitivity": metrics.sensitivity(matrix),
        "specificity": metrics.specificity(matrix),
        "f1": metrics.f_measure(matrix),
        "auc": metrics.auc(LABELS, P),
        "average_precision": metrics.average_precision(LABELS, P),
        "brier": metrics.brier(LABELS, P),
    }
    assert {name: CARD.metrics[name].value for name in expected} == pytest.approx(expected)
    assert CARD.confusion == matrix


def test_every_interval_is_by_group() -> None:
    proportions = {"accuracy", "precision", "recall", "sensitivity", "specificity"}
    groups = f"{len(set(GROUPS))} groups"
    for name in PUBLISHED:
        estimate = CARD.metrics[name]
        kind = "Wilson 95 % at the effective n" if name in proportions else "jackknife 95 %"
        assert estimate.method == f"{kind} of {groups}", name
        assert estimate.low < estimate.value < estimate.high


def test_proportions_of_single_nodules_are_wilsons() -> None:
    card = scorecard(LABELS, P, np.arange(80), threshold=0.45)
    matrix = card.confusion
    assert replace(card.metrics["accuracy"], n=None) == wilson(matrix.right, 80)
    assert replace(card.metrics["precision"], n=None) == wilson(matrix.tp, matrix.called_malignant)
    assert replace(card.metrics["sensitivity"], n=None) == wilson(matrix.tp, matrix.malignant)
    assert replace(card.metrics["specificity"], n=None) == wilson(matrix.tn, matrix.benign)


def test_nodules_said_thrice_add_nothing() -> None:
    once, thrice = scorecard(LABELS, P), scorecard(*(np.repeat(one, 3) for one in (LABELS, P, np.arange(80))))
    for name, estimate in thrice.metrics.items():
        assert estimate.high - estimate.low == pytest.approx(
            once.metrics[name].high - once.metrics[name].low, rel=0.06
        ), name


def test_n_counts_the_nodules_of_each_figure() -> None:
    counts, every = CARD.confusion, 80
    expected = dict.fromkeys(("accuracy", "f1", "auc", "average_precision", "brier"), every) | {
        "precision": counts.called_malignant,
        "recall": counts.malignant,
        "sensitivity": counts.malignant,
        "specificity": counts.benign,
    }
    assert {name: CARD.metrics[name].n for name in expected} == expected


def test_the_mean_of_repeats_counts_nodules_and_averages_the_rest() -> None:
    other = scorecard(LABELS, 1 - P, GROUPS, threshold=0.45)
    mean = mean_scorecard([CARD, other])
    assert (mean.n, mean.groups, mean.malignant) == (CARD.n, CARD.groups, CARD.malignant)
    assert mean.confusion.tp == (CARD.confusion.tp + other.confusion.tp) / 2
    for name, estimate in mean.metrics.items():
        assert estimate.value == pytest.approx((CARD.metrics[name].value + other.metrics[name].value) / 2)
        assert estimate.method.endswith("mean of 2 repeats")
    assert mean_scorecard([CARD]) is CARD


@pytest.mark.parametrize(("groups", "warned"), [(9, ["9 groups have a malignant nodule"]), (10, [])])
def test_few_groups_of_a_class_are_warned_of(groups: int, warned: list[str]) -> None:
    labels = np.repeat([0, 1], 30)
    members = np.concatenate([np.arange(30), 100 + np.arange(30) % groups])
    card = scorecard(labels, np.linspace(0.1, 0.9, 60), members)
    assert [warning.split(":")[0] for warning in card.warnings] == warned
    assert card.as_json()["warnings"] == list(card.warnings)


def test_json_is_what_other_tools_rely_on() -> None:
    card = json.loads(json.dumps(CARD.as_json(), allow_nan=False))
    assert set(card) == {"metrics", "clustered", "n", "groups", "counts", "threshold", "confusion", "warnings"}
    assert card["n"] == 80
    assert card["groups"] == len(set(GROUPS))
    assert card["counts"] == {"benign": int((LABELS == 0).sum()), "malignant": int(LABELS.sum())}
    assert card["threshold"] == 0.45
    assert sum(card["confusion"].values()) == 80
    assert all(set(metric) == {"value", "low", "high", "method"} for metric in card["metrics"].values())
    assert card["clustered"] == {name: card["metrics"][name] for name in ("accuracy", "sensitivity", "specificity")}


@pytest.mark.parametrize(("label", "missing"), [(0, "malignant"), (1, "benign")])
def test_one_class_only_is_undefined_with_its_reason(label: int, missing: str) -> None:
    card = scorecard([label] * 4, [0.1, 0.2, 0.7, 0.8])
    undefined = {name for name, estimate in card.metrics.items() if math.isnan(estimate.value)}
    without = {0: {"recall", "sensitivity", "f1"}, 1: {"specificity"}}[label]
    assert undefined & set(PUBLISHED) == without | {"auc", "average_precision"}
    for name in undefined:
        assert card.metrics[name].method == f"undefined: no nodule is {missing}"
    json.dumps(card.as_json(), allow_nan=False)


def test_precision_without_a_call_is_undefined_with_its_reason() -> None:
    assert scorecard([0, 1], [0.1, 0.2]).metrics["precision"].method == ("undefined: no nodule is called malignant")


def test_without_groups_every_nodule_is_its_own() -> None:
    card = scorecard(LABELS, P)
    assert card.groups == card.n == 80
    assert "each its own group" in card.metrics["auc"].method


@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1), st.integers(0, 3)), min_size=1, max_size=12),
    st.floats(0, 1),
)
def test_anything_that_can_be_judged_gets_a_card(rows: list[tuple[int, float, int]], threshold: float) -> None:
    labels, p, groups = zip(*rows, strict=True)
    card = scorecard(labels, p, groups, threshold=threshold)
    for estimate in card.metrics.values():
        assert math.isnan(estimate.value) or 0 <= estimate.value <= 1
        assert math.isnan(estimate.low) or 0 <= estimate.low <= estimate.high <= 1
        assert not math.isnan(estimate.low) or estimate.method.startswith(("undefined", "no interval"))
        assert estimate.low != estimate.high or "every p is the same" in estimate.method
    json.dumps(card.as_json(), allow_nan=False)


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ValueError, match="no nodule"):
        scorecard([], [])
    with pytest.raises(ValueError, match="groups"):
        scorecard([0, 1], [0.1, 0.9], ["a"])
