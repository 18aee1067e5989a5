"""The best epoch by rule, and the loss that it is chosen by."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from isthmus.learn.checkpoint import Epoch
from isthmus.learn.choice import is_better, validation_loss
from isthmus.prediction import Probabilities
from isthmus.recipe import PAPER

BEST = Epoch(1, 0.5, 0.4, 0.8, 1e-3, 2.0)


@pytest.mark.parametrize(
    ("rule", "better", "worse"),
    [
        ("loss", {"validation_loss": 0.3}, {"validation_loss": 0.5}),
        ("auc", {"auc": 0.9}, {"auc": math.nan}),
        ("last", {"epoch": 2}, {"epoch": 0}),
    ],
)
def test_the_rule_decides_and_of_equals_the_first_stays(
    rule: str, better: dict[str, float], worse: dict[str, float]
) -> None:
    assert is_better(replace(BEST, **better), BEST, rule)
    assert not is_better(replace(BEST, **worse), BEST, rule)
    assert not is_better(BEST, BEST, rule)


def test_the_loss_is_the_weighted_mean_and_finite_at_0_and_1() -> None:
    labels, p = np.array([1, 0]), np.array([0.8, 0.8])
    loss = validation_loss(Probabilities(p, p, None), labels, PAPER)
    assert loss == pytest.approx((-3 * math.log(0.8) - 2 * math.log(0.2)) / 2)
    wrong = np.array([0.0, 1.0])
    assert math.isfinite(validation_loss(Probabilities(wrong, wrong, None), labels, PAPER))
