"""Intervals of 95 % hold the truth in 93 % of simulated data sets at least, of few groups and of many."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate, share
from make.coverage import LAWS, Law, covered

PROMISED = 0.93
SETS = 1000


def least(sets: int) -> float:
    """What a coverage of PROMISED may look like in so many sets: 2.5 standard errors of a share less."""
    return float(PROMISED - 2.5 * (PROMISED * (1 - PROMISED) / sets) ** 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("groups", [25, 60, 200])
def test_every_interval_holds_what_it_says(groups: int) -> None:
    held = [covered(law, groups, SETS, seed=1) for law in LAWS]
    for name in held[0]:
        found = [one[name] for one in held if name in one]
        for law, one in zip(LAWS, found, strict=False):
            assert one.mean() >= least(one.size), (name, law)
        assert np.mean([one.mean() for one in found]) >= PROMISED, name


def test_three_nodules_of_each_of_25_patients() -> None:
    def judge(
        labels: np.ndarray, p: np.ndarray, _: np.ndarray, groups: np.ndarray, threshold: float
    ) -> dict[str, Estimate]:
        right = (p >= threshold) == (labels == 1)
        return {
            "accuracy": share(right, np.ones_like(right), groups),
            "auc": auc_within(labels, p, None, groups),
        }

    one_label = Law("three nodules each, one label", 0.87, 0.5, 1.0, 0.9, (3,))
    held = covered(one_label, 25, 200, 0, judge)
    assert held["accuracy"].mean() >= least(200)
    assert held["auc"].mean() >= least(200)
