"""Table 2 and Eq. (9) to (12) against the paper's own tables and scikit-learn."""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    fbeta_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from isthmus.judge import metrics
from isthmus.judge.metrics import Confusion, confusion

GOLDEN = Path(__file__).parents[1] / "golden" / "table3_table4.json"
PAPER = json.loads(GOLDEN.read_text(encoding="utf-8"))
EQUATIONS = {
    "accuracy": metrics.accuracy,
    "precision": metrics.precision,
    "recall": metrics.recall,
    "f1": metrics.f_measure,
}

predictions = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 100)), min_size=2, max_size=60).map(
    lambda pairs: (np.array([label for label, _ in pairs]), np.array([p for _, p in pairs]) / 100)
)
both_classes = predictions.filter(lambda pair: 0 < pair[0].sum() < pair[0].size)
counts = st.builds(Confusion, *[st.integers(0, 200)] * 4)


def _place(row: dict[str, Any]) -> str:
    return f"alpha {row['alpha']}" if row["table"] == 3 else f"{row['backbone']}, {row['architecture']}"


@pytest.mark.parametrize("row", PAPER["rows"], ids=_place)
def test_equations_give_the_papers_printed_figures(row: dict[str, Any]) -> None:
    matrix = Confusion(**row["confusion"])
    assert (matrix.benign, matrix.malignant) == (PAPER["test"]["benign"], PAPER["test"]["malignant"])
    for name, printed in row["printed"].items():
        if name not in row["off"]:
            assert f"{100 * EQUATIONS[name](matrix):.2f}" == f"{printed:.2f}", name


def test_golden_file_holds_the_21_rows_each_with_one_matrix() -> None:
    assert len(PAPER["rows"]) == 21
    assert [row["note"] for row in PAPER["rows"]] == [""] * 21


def test_golden_file_is_what_its_maker_makes() -> None:
    assert _maker().rows() == PAPER["rows"]


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_table3_table4", GOLDEN.with_name("make_table3_table4.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_equation_is_named_where_it_lives() -> None:
    homes = {9: metrics.accuracy, 10: metrics.precision, 11: metrics.recall, 12: metrics.f_measure}
    for number, home in homes.items():
        assert f"Eq. ({number})" in (home.__doc__ or "")


def test_malignant_is_at_the_threshold_and_above() -> None:
    labels, p = [1, 1, 1, 0, 0, 0, 0], [0.3, 0.29, 0.9, 0.3, 0.1, 0.2, 0.29]
    assert confusion(labels, p, 0.3) == Confusion(tp=2, fp=1, tn=3, fn=1)


@settings(max_examples=50)
@given(both_classes, st.integers(0, 100), st.sampled_from([0.5, 1.0, 2.0]))
def test_metrics_equal_scikit_learn(
    pair: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]], cut: int, beta: float
) -> None:
    labels, p = pair
    called = (p >= cut / 100).astype(int)
    matrix = confusion(labels, p, cut / 100)
    assert metrics.accuracy(matrix) == pytest.approx(accuracy_score(labels, called))
    assert metrics.recall(matrix) == pytest.approx(recall_score(labels, called))
    assert metrics.specificity(matrix) == pytest.approx(recall_score(labels, called, pos_label=0))
    assert metrics.precision(matrix) == pytest.approx(
        precision_score(labels, called, zero_division=np.nan), nan_ok=True
    )
    assert metrics.f_measure(matrix, beta) == pytest.approx(fbeta_score(labels, called, beta=beta, zero_division=0))
    assert metrics.auc(labels, p) == pytest.approx(roc_auc_score(labels, p))
    assert metrics.average_precision(labels, p) == pytest.approx(average_precision_score(labels, p))
    assert metrics.brier(labels, p) == pytest.approx(brier_score_loss(labels, p))


@given(counts)
def test_f_measure_is_equation_12_as_printed_at_beta_1_only(matrix: Confusion) -> None:
    precision, recall = metrics.precision(matrix), metrics.recall(matrix)
    assume(matrix.tp > 0)
    printed = 2 * precision * recall / (1 * (precision + recall))
    assert metrics.f_measure(matrix) == pytest.approx(printed)
    assert metrics.f_measure(matrix, 2) == pytest.approx(5 * precision * recall / (4 * precision + recall))


def test_f_measure_leans_to_recall_as_beta_grows() -> None:
    matrix = Confusion(tp=9, fp=9, tn=0, fn=1)
    assert metrics.f_measure(matrix, 1e-6) == pytest.approx(metrics.precision(matrix))
    assert metrics.f_measure(matrix, 1e6) == pytest.approx(metrics.recall(matrix))


@settings(max_examples=40)
@given(both_classes)
def test_auc_stays_when_classes_and_probabilities_swap(pair: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]) -> None:
    labels, p = pair
    assert metrics.auc(1 - labels, (100 - 100 * p).round() / 100) == pytest.approx(metrics.auc(labels, p))


@settings(max_examples=40)
@given(both_classes)
def test_ranks_alone_make_auc_and_average_precision(
    pair: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
) -> None:
    labels, p = pair
    for metric in (metrics.auc, metrics.average_precision):
        assert metric(labels, p**3) == pytest.approx(metric(labels, p))


def test_nothing_by_nothing_is_nan() -> None:
    no_malignant, no_benign = Confusion(tp=0, fp=0, tn=5, fn=0), Confusion(tp=3, fp=0, tn=0, fn=2)
    undefined = [
        metrics.accuracy(Confusion(0, 0, 0, 0)),
        metrics.precision(no_malignant),
        metrics.recall(no_malignant),
        metrics.sensitivity(no_malignant),
        metrics.f_measure(no_malignant),
        metrics.f_measure(Confusion(tp=0, fp=2, tn=3, fn=0)),
        metrics.specificity(no_benign),
        metrics.auc([1, 1], [0.2, 0.9]),
        metrics.auc([0, 0], [0.2, 0.9]),
        metrics.average_precision([1, 1], [0.2, 0.9]),
        metrics.average_precision([0, 0], [0.2, 0.9]),
    ]
    assert [math.isnan(value) for value in undefined] == [True] * len(undefined)


def test_none_found_is_an_f_measure_of_0_not_nan() -> None:
    assert metrics.f_measure(Confusion(tp=0, fp=0, tn=5, fn=4)) == 0


@pytest.mark.parametrize(
    ("labels", "p", "says"),
    [
        ([], [], "no nodule"),
        ([0, 1], [0.5], "give one each"),
        ([[0], [1]], [[0.5], [0.2]], "give one each"),
        ([0, 2], [0.5, 0.5], "neither 0"),
        ([0, 1], [0.5, math.nan], "not a probability"),
        ([0, 1], [0.5, 1.1], "not a probability"),
        ([0, 1], [-0.1, 0.5], "not a probability"),
    ],
)
def test_what_cannot_be_judged_is_refused(labels: list[Any], p: list[Any], says: str) -> None:
    for metric in (confusion, metrics.auc, metrics.average_precision, metrics.brier):
        with pytest.raises(ValueError, match=says):
            metric(labels, p)


def test_impossible_counts_beta_and_threshold_are_refused() -> None:
    with pytest.raises(ValueError, match="below 0"):
        Confusion(tp=-1, fp=0, tn=0, fn=0)
    for beta in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="beta"):
            metrics.f_measure(Confusion(1, 1, 1, 1), beta)
    with pytest.raises(ValueError, match="threshold"):
        confusion([0, 1], [0.1, 0.2], math.nan)
