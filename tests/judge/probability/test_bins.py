"""Bins of equal mass: counts, ties, and an error that finds what is wrong and little where nothing is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.judge.probability.bins import equal_mass, equal_mass_error, equal_mass_index

RANDOM = np.random.default_rng(2)
P = RANDOM.uniform(size=3000)
LABELS = (RANDOM.uniform(size=3000) < P).astype(np.int64)


def test_bins_hold_as_many_nodules_each() -> None:
    curve = equal_mass(LABELS, P)
    assert [bin_.n for bin_ in curve] == [300] * 10
    assert all(one.high < next_.low for one, next_ in itertools.pairwise(curve))
    assert [bin_.observed.value for bin_ in curve] == pytest.approx([bin_.mean_p for bin_ in curve], abs=0.1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.0]), min_size=1, max_size=30), st.integers(1, 12))
def test_equal_p_share_a_bin_and_none_is_empty(values: list[float], bins: int) -> None:
    p = np.array(values)
    index = equal_mass_index(p, bins)
    assert sorted(set(index.tolist())) == list(range(index.max() + 1))
    assert index.max() < bins
    for one in values:
        assert len(set(index[p == one].tolist())) == 1
    order = np.argsort(p, kind="stable")
    assert (np.diff(index[order]) >= 0).all()


def test_the_error_by_hand() -> None:
    found = equal_mass_error([0, 1, 1, 1], [0.1, 0.3, 0.6, 0.8], bins=2)
    assert found.value == pytest.approx((abs(0.2 - 0.5) + abs(0.7 - 1)) / 2)
    assert found.n == 4


def test_a_model_without_fault_has_a_small_error_and_another_its_own() -> None:
    assert equal_mass_error(LABELS, P).value < 0.03
    wrong = equal_mass_error(LABELS, np.clip(P + 0.1, 0, 1))
    assert wrong.value == pytest.approx(0.095, abs=0.02)
    assert wrong.low < 0.1 < wrong.high + 0.01


def test_no_bins_are_refused() -> None:
    with pytest.raises(ValueError, match="0 bins are too few"):
        equal_mass_error(LABELS, P, bins=0)
