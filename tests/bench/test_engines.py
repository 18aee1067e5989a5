"""Parity tells a changed verdict that may be from one that must not be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isthmus.bench.engines import compare
from isthmus.decision import Decision
from isthmus.infer.engines import ENGINES
from isthmus.prediction import Probabilities

HALF = Decision.at(0.5)
KIND = replace(ENGINES["onnxruntime-int8"], tolerance=0.01)


def said(*fused: float, crops: float | None = None) -> Probabilities:
    own = np.array(fused, np.float32)
    return Probabilities(own, own, None if crops is None else np.full((len(own), 2), crops, np.float32))


def test_the_same_is_parity() -> None:
    found = compare(KIND, said(0.2, 0.8), said(0.2, 0.8), HALF)
    assert (found.n, found.max_difference, found.verdicts_changed, found.holds) == (2, 0.0, 0, True)


def test_a_verdict_may_change_next_to_the_threshold() -> None:
    found = compare(KIND, said(0.496, 0.8), said(0.504, 0.8), HALF)
    assert (found.verdicts_changed, found.changed_beyond, found.holds) == (1, 0, True)
    assert found.max_difference == pytest.approx(0.008, abs=1e-6)


def test_farther_away_it_must_not() -> None:
    found = compare(replace(KIND, tolerance=0.001), said(0.496, 0.8), said(0.504, 0.8), HALF)
    assert (found.verdicts_changed, found.changed_beyond, found.holds) == (1, 1, False)


def test_the_threshold_itself_is_malignant() -> None:
    assert compare(KIND, said(0.5), said(0.499), HALF).verdicts_changed == 1
    assert compare(KIND, said(0.5), said(0.505), HALF).verdicts_changed == 0


def test_not_a_number_is_no_parity() -> None:
    assert not compare(KIND, said(float("nan")), said(0.5), HALF).holds


def test_votes_count_apart() -> None:
    found = compare(KIND, said(0.2, crops=0.3), said(0.2, crops=0.35), HALF)
    assert found.max_difference == 0
    assert found.max_vote_difference == pytest.approx(0.05, abs=1e-6)
