"""Accuracy against the share answered: which nodules are answered, and what no label and no order of rows decides."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.abstaining import ASKED, answered, doubt, selective
from isthmus.evidence.decided import Decided, decided
from isthmus.evidence.judged import evidence
from isthmus.evidence.nodules import Nodules, of_table
from make.evidence import rows, write


@pytest.fixture(scope="module")
def nodules(tmp_path_factory: pytest.TempPathFactory) -> Nodules:
    return of_table(PredictionTable.read(write(tmp_path_factory.mktemp("p") / "p.csv", rows(300))))


@pytest.fixture(scope="module")
def fitted(nodules: Nodules) -> Decided:
    return decided(nodules)


def test_by_hand() -> None:
    labels = np.array([0, 0, 1, 1, 1])
    p = np.array([0.0, 0.4, 0.5, 0.9, 0.2])
    half = answered(labels, p >= 0.5, doubt(p, np.full(5, 0.5)), None, (1.0, 0.6))
    assert [(one.benign, one.malignant) for one in half] == [(2, 3), (1, 2)]  # 0.0, 0.9 and 0.2 are the most certain
    whole, certain = half
    assert (whole.accuracy.value, whole.sensitivity.value, whole.specificity.value) == pytest.approx((4 / 5, 2 / 3, 1))
    assert (certain.accuracy.value, certain.sensitivity.value) == pytest.approx((2 / 3, 1 / 2))
    assert (certain.accuracy.n, certain.sensitivity.n, certain.specificity.n) == (3, 2, 1)


@given(st.floats(0, 1), st.floats(0.01, 0.99))
@settings(max_examples=40)
def test_doubt_is_the_expected_cost_of_the_verdict_over_that_at_the_threshold(p: float, threshold: float) -> None:
    missed, alarm = 1 - threshold, threshold
    cost = (1 - p) * alarm if p >= threshold else p * missed
    (one,) = doubt(np.array([p]), np.array([threshold]))
    assert one == pytest.approx(cost / (missed * alarm), rel=1e-9, abs=1e-12)
    assert 0 <= one <= 1


def test_all_answered_is_the_operating_point(nodules: Nodules, fitted: Decided) -> None:
    first = selective(nodules.labels, fitted, nodules.groups).answered[0]
    called, malignant = fitted.called["sensitivity-95"], nodules.labels == 1
    assert first.sensitivity.value == pytest.approx(called[malignant].mean())
    assert first.specificity.value == pytest.approx((~called)[~malignant].mean())


def test_no_order_of_rows_counts_and_nodules_of_one_p_go_together(nodules: Nodules, fitted: Decided) -> None:
    coarse = replace(fitted, p=np.round(fitted.p, 1))
    order = np.random.default_rng(0).permutation(nodules.labels.size)
    moved = replace(
        coarse,
        p=coarse.p[order],
        called={name: one[order] for name, one in coarse.called.items()},
        cuts={name: one[order] for name, one in coarse.cuts.items()},
    )
    assert nodules.groups is not None
    one = selective(nodules.labels, coarse, nodules.groups)
    assert selective(nodules.labels[order], moved, nodules.groups[order]) == one
    assert all(each.share >= each.asked - 1 / one.n for each in one.answered)


def test_no_label_decides_who_is_answered(nodules: Nodules, fitted: Decided) -> None:
    one, other = (selective(labels, fitted, None) for labels in (nodules.labels, 1 - nodules.labels))
    for each, turned in zip(one.answered, other.answered, strict=True):
        assert (each.benign, each.malignant) == (turned.malignant, turned.benign)


def test_a_model_that_knows_something_is_more_often_right_where_it_is_certain(
    nodules: Nodules, fitted: Decided
) -> None:
    one = selective(nodules.labels, fitted, nodules.groups)
    assert one.answered[-1].accuracy.value > one.answered[0].accuracy.value + 0.05


def test_it_stands_in_metrics_or_the_reason_does(nodules: Nodules) -> None:
    whole = evidence(nodules).as_json()["selective"]
    assert json.loads(json.dumps(whole, allow_nan=False)) == whole
    assert [one["asked"] for one in whole["answered"]] == list(ASKED)
    alone = evidence(replace(nodules, labels=np.ones_like(nodules.labels))).as_json()["selective"]
    assert alone == {"value": None, "reason": "no nodule is benign"}
