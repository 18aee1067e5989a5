"""Folds hold whole groups and a fair share of both classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.judge.probability.folds import group_folds


@settings(max_examples=20, deadline=None)
@given(st.integers(5, 40), st.integers(0, 3), st.integers(0, 1000))
def test_groups_are_whole_and_folds_as_large_as_can_be(number: int, more: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    groups = np.concatenate([np.arange(number), random.integers(0, number, 10 * more)])
    labels = random.integers(0, 2, groups.size)
    folds = group_folds(labels, groups, seed=seed)
    assert sorted(set(folds.tolist())) == [0, 1, 2, 3, 4]
    of_group = [set(folds[groups == group].tolist()) for group in range(number)]
    assert {len(one) for one in of_group} == {1}
    with_malignant = [min(of_group[group]) for group in range(number) if labels[groups == group].any()]
    counts = np.bincount(with_malignant, minlength=5)
    assert counts.max() - counts.min() <= 1


def test_the_seed_alone_decides() -> None:
    labels = np.arange(40) % 2
    assert (group_folds(labels, seed=1) == group_folds(labels, seed=1)).all()
    assert (group_folds(labels, seed=1) != group_folds(labels, seed=2)).any()


def test_too_few_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="3 groups can't be divided into 5 folds"):
        group_folds([0, 1, 0, 1], ["a", "b", "c", "c"])
