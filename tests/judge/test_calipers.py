"""The AUC with calipers and without, against AUCs of each part alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from isthmus.judge.calipers import caliper_effect, mean_effect
from isthmus.judge.compare import auc_difference
from isthmus.judge.delong import auc_within

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 2, 200)
P = np.clip(0.3 * LABELS + RANDOM.uniform(0, 0.7, 200), 0, 1)
PAINTED = np.where(np.arange(200) < 80, np.clip(P - 0.3 * LABELS * RANDOM.integers(0, 2, 200), 0, 1), math.nan)
GROUPS = np.arange(200) // 4


def test_each_part_has_its_auc_and_the_paint_is_compared_in_pairs() -> None:
    effect = caliper_effect(LABELS, P, PAINTED, GROUPS)
    shown, over = slice(0, 80), np.where(np.isnan(PAINTED), P, PAINTED)
    assert (effect.shown.n, effect.absent.n, effect.every.n) == (80, 120, 200)
    assert effect.shown.malignant == LABELS[shown].sum()
    assert effect.shown.as_they_are == auc_within(LABELS[shown], P[shown], None, GROUPS[shown])
    assert effect.shown.painted == auc_within(LABELS[shown], over[shown], None, GROUPS[shown])
    assert effect.shown.difference == auc_difference(LABELS[shown], P[shown], over[shown], GROUPS[shown])
    assert effect.absent.as_they_are == auc_within(LABELS[80:], P[80:], None, GROUPS[80:])
    assert effect.absent.painted is effect.absent.difference is None
    assert effect.every.difference == auc_difference(LABELS, P, over, GROUPS)
    assert effect.every.difference is not None
    assert 0 < effect.every.difference.low < effect.every.difference.value


def test_a_control_is_of_those_without_calipers() -> None:
    control = np.where(np.isnan(PAINTED), 1 - P, math.nan)
    absent = caliper_effect(LABELS, P, PAINTED, GROUPS, control).absent
    assert absent.painted == auc_within(LABELS[80:], 1 - P[80:], None, GROUPS[80:])
    assert absent.difference == auc_difference(LABELS[80:], P[80:], 1 - P[80:], GROUPS[80:])
    half = np.where(np.arange(200) > 150, math.nan, control)
    assert caliper_effect(LABELS, P, PAINTED, GROUPS, half).absent.painted is None, "not all were read"
    assert caliper_effect(LABELS, P, P, GROUPS, np.full(200, math.nan)).absent.n == 0


@pytest.mark.parametrize("marked", [[], [0, 1], list(range(6))])
def test_what_has_one_label_or_no_nodule_is_undefined_and_says_so(marked: list[int]) -> None:
    labels, p = [0, 0, 1, 1, 0, 1], [0.1, 0.2, 0.8, 0.7, 0.3, 0.9]
    painted = [0.4 if i in marked else math.nan for i in range(6)]
    effect = caliper_effect(labels, p, painted)
    part = effect.absent if len(marked) == 6 else effect.shown
    assert math.isnan(part.as_they_are.value)
    assert part.as_they_are.method == "undefined: both labels are needed"
    assert effect.every.as_they_are.value == 1
    assert part.as_json()["auc"] == {"value": None, "low": None, "high": None, "method": part.as_they_are.method}


def test_repeats_are_averaged() -> None:
    one, other = (caliper_effect(LABELS, p, PAINTED, GROUPS) for p in (P, 1 - P))
    mean = mean_effect([one, other])
    assert mean.shown.as_they_are.value == pytest.approx(0.5)
    assert mean.shown.n == 80
    assert mean.absent.painted is None
    assert mean_effect([one]) == one
