"""P(malignant) over grades: the AUC where there are two, a jackknife by brute force, and its errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import somersd

from isthmus.judge import trend as judged
from isthmus.judge.metrics import auc
from isthmus.judge.trend import trend

ORDER = ("2", "3", "4a", "4b", "4c", "5")


def sample(n: int = 60, slope: float = 0.1, seed: int = 0) -> tuple[list[str], list[float], list[int]]:
    chance = np.random.default_rng(seed)
    ranks = chance.integers(0, len(ORDER), n)
    p = (0.3 + slope * (ranks - 2) + chance.normal(0, 0.15, n)).clip(0, 1).round(2)
    return [ORDER[rank] for rank in ranks], p.tolist(), (np.arange(n) // 2).tolist()


@given(st.integers(0, 10_000))
def test_it_is_somers_d_and_of_two_grades_the_auc(seed: int) -> None:
    grades, p, groups = sample(24, seed=seed)
    ranks = [ORDER.index(grade) for grade in grades]
    value = trend(grades, p, ORDER, groups).concordance.value
    assert value == pytest.approx((1 + somersd(ranks, p).statistic) / 2)
    two = ["5" if rank > 2 else "2" for rank in ranks]
    if len(set(two)) == 2:
        assert trend(two, p, ORDER).concordance.value == pytest.approx(auc([one == "5" for one in two], p))


def test_values_without_a_group_are_those_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    grades, p, groups = sample(31)
    monkeypatch.setattr(judged, "PAIRS_AT_ONCE", 100)  # some rows at a time
    ranks, array, members = np.array([ORDER.index(one) for one in grades]), np.array(p), np.array(groups)
    _, without = judged._concordance(ranks, array, members)
    for group, value in enumerate(without):
        rest = members != group
        others = [one for one, stays in zip(grades, rest, strict=True) if stays]
        assert value == pytest.approx(trend(others, array[rest], ORDER).concordance.value)


def test_means_have_their_n_and_interval_and_empty_grades_are_left_out() -> None:
    one = trend(["5", "2", "2", "2"], [0.9, 0.1, 0.2, 0.6], ORDER, ["a", "b", "b", "c"])
    assert list(one.means) == ["2", "5"]
    two = one.means["2"]
    assert (two.n, two.value) == (3, pytest.approx(0.3))
    assert two.low < 0.3 < two.high
    assert math.isnan(one.means["5"].low)  # one group
    assert one.as_json()["means"]["5"]["low"] is None  # type: ignore[index]


def test_a_trend_is_told_from_none() -> None:
    rising, flat = (trend(*sample(200, slope)[:2], ORDER, sample(200)[2]) for slope in (0.1, 0.0))
    assert rising.p_value < 0.001
    assert rising.concordance.low > 0.5
    assert flat.concordance.low < 0.5 < flat.concordance.high
    assert flat.p_value > 0.05


def test_pairs_of_a_patient_widen_the_interval() -> None:
    grades, p, _ = sample(80)
    twice = trend(grades * 2, p * 2, ORDER, [*range(80), *range(80)]).concordance
    alone, as_if = trend(grades, p, ORDER).concordance, trend(grades * 2, p * 2, ORDER).concordance
    assert twice.high - twice.low == pytest.approx(alone.high - alone.low, rel=0.01)
    assert as_if.high - as_if.low < 0.8 * (twice.high - twice.low)


def test_what_cant_be_told() -> None:
    one = trend(["3", "3"], [0.1, 0.2], ORDER)
    assert math.isnan(one.concordance.value)
    assert one.as_json()["p_value"] is None
    assert "every grade is 3" in one.concordance.method
    for grades, p in ((["6"], [0.1]), (["2"], [1.5]), (["2"], [math.nan]), (["2"], [0.1, 0.2]), ([], [])):
        with pytest.raises(ValueError, match=r"no place|no probability|doesn't go"):
            trend(grades, p, ORDER)
