"""A decision fitted out of fold, and figures that no fold's own nodules helped to choose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from isthmus.cross.decide import judged, readings
from isthmus.cross.decisions.fitted import POINTS, decide
from isthmus.cross.stored import Stored
from isthmus.errors import DataError
from make.crossing import RECIPE, result

RESULT = result(count=600, folds=5, signal=0.6)
RUN = Stored("run", RESULT.folds, RECIPE, {"identity": {"protocol": "blocks", "group_by": "sequence:50"}})
READ = readings([RUN])


def test_the_thresholds_hold_their_sensitivity_and_are_ordered() -> None:
    decision = decide(READ.labels, READ.p)
    assert decision.default == "sensitivity-95"
    values = [decision.thresholds[name] for name in POINTS]
    assert values == sorted(values, reverse=True)
    p = decision.probability(READ.p)
    for name, value in decision.thresholds.items():
        wanted = float(name.removeprefix("sensitivity-")) / 100
        called = p[READ.labels == 1] >= value
        assert wanted <= called.mean() < wanted + 1 / called.size + 1e-9


def test_the_figures_are_cross_fitted() -> None:
    found = judged(READ)
    assert (found.folds, found.benign + found.malignant) == (5, 600)
    assert found.protocol == "blocks, grouped by sequence:50"
    assert found.auc.low < found.auc.value < found.auc.high
    assert 0 < found.ece < 0.1
    at = found.thresholds["sensitivity-95"]
    assert at.threshold == decide(READ.labels, READ.p).thresholds["sensitivity-95"]
    # Not exactly what was asked for: that is what cross-fitting is for.
    assert at.sensitivity.value == pytest.approx(0.95, abs=0.03)
    assert (at.sensitivity.n, at.specificity.n) == (found.malignant, found.benign)
    called = np.zeros(600, bool)
    for fold in range(5):
        inside = np.array(READ.folds) == fold
        decision = decide(READ.labels[~inside], READ.p[~inside])
        called[inside] = decision.probability(READ.p[inside]) >= decision.thresholds["sensitivity-95"]
    assert at.sensitivity.value == called[READ.labels == 1].mean()
    assert at.specificity.value == pytest.approx(1 - called[READ.labels == 0].mean())


def test_members_are_averaged_in_log_odds() -> None:
    other = result(count=600, folds=5, signal=0.3)
    both = readings([RUN, Stored("other", other.folds, RECIPE, RUN.manifest)])
    second = readings([Stored("other", other.folds, RECIPE, RUN.manifest)])
    assert both.p == pytest.approx(expit((logit(READ.p) + logit(second.p)) / 2))
    assert both.nodules == READ.nodules


def test_other_nodules_and_repeats_are_refused() -> None:
    other = Stored("other", result(count=500, folds=5).folds, RECIPE, RUN.manifest)
    with pytest.raises(DataError, match="other: differs from run in nodules"):
        readings([RUN, other])
    repeated = replace(RUN, folds=tuple(replace(fold, repeat=fold.number % 2) for fold in RUN.folds))
    with pytest.raises(DataError, match="was repeated"):
        readings([repeated])


def test_what_cant_be_fitted_is_refused() -> None:
    with pytest.raises(DataError, match="no calibration fits"):
        decide(np.ones(4, np.int64), np.array([0.1, 0.2, 0.3, 0.4]))
