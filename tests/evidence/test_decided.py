"""Calibration, operating points and sets fitted on other nodules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.decided import decided
from isthmus.evidence.nodules import Nodules, of_table
from make.evidence import rows, write


@pytest.fixture
def nodules(tmp_path: Path) -> Nodules:
    return of_table(PredictionTable.read(write(tmp_path / "p.csv", rows(400))))


def test_no_nodule_is_decided_by_its_own_label(nodules: Nodules) -> None:
    folds = np.arange(400) // 2 % 4
    one = decided(replace(nodules, folds=folds))
    turned = nodules.labels.copy()
    inside = folds == 0
    turned[inside] = 1 - turned[inside]
    other = decided(replace(nodules, folds=folds, labels=turned))
    np.testing.assert_array_equal(one.p[inside], other.p[inside])
    assert not np.array_equal(one.p[~inside], other.p[~inside])
    for name, calls in one.called.items():
        np.testing.assert_array_equal(calls[inside], other.called[name][inside])


def test_sensitivity_and_coverage_are_about_what_was_asked(nodules: Nodules) -> None:
    one, malignant = decided(nodules, coverage=0.8), nodules.labels == 1
    assert one.called["sensitivity-90"][malignant].mean() == pytest.approx(0.9, abs=0.06)
    assert one.holds_malignant[malignant].mean() == pytest.approx(0.8, abs=0.08)
    assert one.holds_benign[~malignant].mean() == pytest.approx(0.8, abs=0.08)


def test_one_group_or_one_class_says_why_nothing_is_fitted(nodules: Nodules) -> None:
    with pytest.raises(ValueError, match="1 groups can't be divided"):
        decided(replace(nodules, groups=np.array(["a"] * 400)))
    with pytest.raises(ValueError, match="none is malignant"):
        decided(replace(nodules, labels=np.zeros(400, np.int64)))
