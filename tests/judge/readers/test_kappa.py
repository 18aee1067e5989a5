"""Kappa against published figures and well-kept libraries."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

from isthmus.judge.readers.kappa import ALL_ONE, cohen, fleiss, light

RANDOM = np.random.default_rng(3)
TRUTH = RANDOM.integers(5, size=80)
GRADES = np.clip(TRUTH + RANDOM.integers(-1, 2, size=(4, 80)), 0, 4)

# 14 readers, 10 subjects, 5 categories: how many readers chose each; Fleiss' kappa is .210.
COUNTS = (
    *((0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1)),
    *((7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7)),
)


def test_fleiss_as_published() -> None:
    grades = np.array([np.repeat(np.arange(5), counts) for counts in COUNTS]).T
    assert fleiss(grades).value == pytest.approx(0.210, abs=5e-4)


def test_all_of_them_as_libraries_have_them() -> None:
    assert fleiss(GRADES).value == pytest.approx(fleiss_kappa(aggregate_raters(GRADES.T)[0]))
    assert cohen(GRADES[0], GRADES[1]).value == pytest.approx(cohen_kappa_score(GRADES[0], GRADES[1]))
    weighted = [cohen_kappa_score(one, other, weights="quadratic") for one, other in itertools.combinations(GRADES, 2)]
    assert cohen(GRADES[0], GRADES[1], weighted=True).value == pytest.approx(weighted[0])
    assert light(GRADES).value == pytest.approx(np.mean(weighted))


def test_the_interval_is_about_as_wide_as_the_asymptotic_one() -> None:
    table = np.zeros((5, 5))
    np.add.at(table, (GRADES[0], GRADES[1]), 1)
    asymptotic, found = cohens_kappa(table), cohen(GRADES[0], GRADES[1])
    assert found.high - found.low == pytest.approx(asymptotic.kappa_upp - asymptotic.kappa_low, rel=0.15)


def test_nodules_of_one_patient_count_once() -> None:
    twice, patients = np.tile(GRADES, 2), np.tile(np.arange(80), 2)
    assert fleiss(twice, patients).low == pytest.approx(fleiss(GRADES).low)
    assert fleiss(twice).low > fleiss(GRADES).low


def test_what_has_no_meaning_is_undefined_or_refused() -> None:
    assert cohen([1, 1, 1], [1, 1, 1]).method == f"undefined: {ALL_ONE}"
    assert math.isnan(fleiss(GRADES[:1]).value)
    assert math.isnan(light(GRADES[:1]).value)
    perfect = fleiss(np.stack([TRUTH, TRUTH]))
    assert perfect.value == 1
    assert math.isnan(perfect.low)
    with pytest.raises(ValueError, match="whole numbers"):
        cohen([0.5, 1], [1, 0])


def test_one_patient_has_a_kappa_and_no_interval() -> None:
    for found in (cohen([0, 1, 1], [0, 1, 0], ["p"] * 3), fleiss([[0, 1, 1], [0, 1, 0]], ["p"] * 3)):
        assert found.value == pytest.approx(0.4, abs=0.1)
        assert math.isnan(found.low)
