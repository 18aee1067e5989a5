"""Agreement of two readings, against one-way analysis of variance and counts by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import f_oneway

from isthmus.judge.stability.agreement import FEWEST, agreement


def readings(n: int = 60, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    truth = 0.3 + 0.4 * labels + random.normal(0, 0.1, n)
    first, second = (np.clip(truth + random.normal(0, noise, n), 0, 1) for _ in range(2))
    return labels, first, second


def test_the_correlation_is_that_of_the_analysis_of_variance() -> None:
    labels, first, second = readings()
    ratio = f_oneway(*np.stack([first, second], 1)).statistic  # between over within
    assert agreement(labels, first, second).correlation.value == pytest.approx((ratio - 1) / (ratio + 1))


def test_repeatability_distance_and_verdicts_by_hand() -> None:
    labels, first, second = readings()
    one = agreement(labels, first, second, threshold=0.4)
    assert one.repeatability.value == pytest.approx(1.96 * math.sqrt(np.mean((first - second) ** 2)))
    assert one.moved.value == pytest.approx(np.abs(first - second).mean())
    assert one.equal.value == np.mean((first >= 0.4) == (second >= 0.4))
    rates = [np.mean(np.concatenate([first, second])[np.tile(labels, 2) == label] >= 0.4) for label in (0, 1)]
    assert one.by_chance == pytest.approx(np.mean([rate**2 + (1 - rate) ** 2 for rate in rates]))
    assert (one.n, one.groups, one.equal.n) == (60, 60, 60)


def test_the_order_of_a_pair_changes_nothing() -> None:
    labels, first, second = readings()
    turned = np.arange(60) % 3 == 0
    one, other = np.where(turned, second, first), np.where(turned, first, second)
    assert agreement(labels, one, other).correlation.value == pytest.approx(
        agreement(labels, first, second).correlation.value
    )


@pytest.mark.parametrize("name", ["correlation", "repeatability", "moved", "equal"])
def test_without_a_group_is_what_the_jackknife_leaves_out(name: str) -> None:
    labels, first, second = readings(noise=0.3)
    groups = np.arange(60) // 3
    one = getattr(agreement(labels, first, second, groups=groups), name)
    without = np.array(
        [
            getattr(agreement(labels[groups != at], first[groups != at], second[groups != at]), name).value
            for at in range(20)
        ]
    )
    error = math.sqrt(19 / 20 * ((without - without.mean()) ** 2).sum())
    assert one.high - one.low == pytest.approx(2 * 2.1 * error, rel=0.15)
    assert one.low < one.value < one.high
    assert "20 groups" in one.method


def test_few_pairs_have_no_figures() -> None:
    labels, first, second = readings(FEWEST - 1)
    one = agreement(labels, first, second)
    assert one.n == FEWEST - 1
    assert math.isnan(one.correlation.value)
    assert one.as_json()["equal_by_chance"] is None


def test_p_that_never_differ_have_no_correlation() -> None:
    one = agreement([0, 1] * 10, np.full(20, 0.5), np.full(20, 0.5))
    assert math.isnan(one.correlation.value)
    assert (one.repeatability.value, one.equal.value) == (0, 1)
