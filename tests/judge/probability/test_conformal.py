"""Sets hold the true label as often as asked for, in each class."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.judge.probability.conformal import coverage_of, limits


def test_limits_by_hand() -> None:
    benign, malignant = np.arange(1, 10) / 20, np.arange(1, 10) / 10
    labels, p = np.repeat([0, 1], 9), np.concatenate([benign, malignant])
    assert limits(labels, p, 0.9) == (0.45, 0.1)  # the 9th of 9: ceil(10 * 0.9)
    assert limits(labels, p, 0.8) == (0.4, 0.2)
    assert limits(labels, p, 0.91) == (1.0, 0.0)  # 9 are too few: every set holds both


def test_the_coverage_is_that_asked_for_on_average_and_no_less() -> None:
    """Over many draws the mean coverage is k / (m + 1), exactly, whatever the distribution and the prevalence."""
    random, asked, draws, benign, malignant = np.random.default_rng(0), 0.8, 400, 60, 17
    labels = np.repeat([0, 1], [benign, malignant])
    got = np.zeros((draws, 2))
    for draw in range(draws):
        p = np.concatenate([random.beta(2, 4, benign), random.beta(5, 2, malignant)])
        most, least = limits(labels, p, asked)
        got[draw] = (random.beta(2, 4, 500) <= most).mean(), (random.beta(5, 2, 500) >= least).mean()
    expected = [np.ceil((m + 1) * asked) / (m + 1) for m in (benign, malignant)]
    error = got.std(axis=0) / np.sqrt(draws)
    assert (np.abs(got.mean(axis=0) - expected) < 4 * error).all()
    assert (np.array(expected) >= asked).all()


def test_a_rising_curve_leaves_the_sets_as_they_are() -> None:
    random = np.random.default_rng(1)
    labels, p = random.integers(0, 2, 200), random.uniform(size=200)
    most, least = limits(labels, p, 0.9)
    curved_most, curved_least = limits(labels, p**3, 0.9)
    assert ((p <= most) == (p**3 <= curved_most)).all()
    assert ((p >= least) == (p**3 >= curved_least)).all()


def test_coverage_counts_each_class_and_the_size_of_sets() -> None:
    labels = np.array([0, 0, 0, 0, 1, 1])
    benign = np.array([True, True, True, False, True, False])
    malignant = np.array([False, True, False, True, True, False])
    found = coverage_of(labels, benign, malignant, 0.9)
    assert (found.benign.value, found.malignant.value) == (0.75, 0.5)
    assert (found.benign.n, found.malignant.n, found.one.n) == (4, 2, 6)
    assert [one.value for one in (found.one, found.both, found.none)] == pytest.approx([3 / 6, 2 / 6, 1 / 6])
    grouped = coverage_of(labels, benign, malignant, 0.9, ["a", "a", "b", "b", "c", "d"])
    assert grouped.benign.high - grouped.benign.low > found.benign.high - found.benign.low
    assert grouped.as_json()["benign"]["n"] == 4


def test_impossible_coverages_and_one_class_are_refused() -> None:
    for wrong in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="a coverage of"):
            limits([0, 1], [0.1, 0.9], wrong)
    with pytest.raises(ValueError, match="no nodule is malignant"):
        limits([0, 0], [0.1, 0.9], 0.9)
