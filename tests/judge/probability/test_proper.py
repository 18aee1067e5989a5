"""The log loss is scikit-learn's; the parts of the Brier score add up to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as their_log_loss

from isthmus.judge.probability.proper import decomposition, log_loss, log_loss_change, log_loss_estimate

RANDOM = np.random.default_rng(3)
P = RANDOM.uniform(size=500)
LABELS = (RANDOM.uniform(size=500) < P).astype(np.int64)


def test_log_loss_is_scikit_learns() -> None:
    assert log_loss(LABELS, P) == pytest.approx(their_log_loss(LABELS, P))
    assert log_loss([0, 1], [1.0, 0.0]) == pytest.approx(-np.log(1e-6))


def test_its_interval_holds_it_and_is_wider_by_group() -> None:
    alone = log_loss_estimate(LABELS, P)
    assert alone.value == pytest.approx(log_loss(LABELS, P))
    twice = log_loss_estimate(np.repeat(LABELS, 2), np.repeat(P, 2), np.repeat(np.arange(500), 2))
    assert (twice.low, twice.high) == pytest.approx((alone.low, alone.high), rel=1e-6)


def test_the_change_is_below_0_where_the_second_is_better() -> None:
    worse = np.clip(P**3, 1e-3, 1)
    change = log_loss_change(LABELS, worse, P)
    assert change.value == pytest.approx(log_loss(LABELS, P) - log_loss(LABELS, worse))
    assert change.high < 0
    assert log_loss_change(LABELS, P, P).value == 0


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=40),
    st.integers(1, 12),
)
def test_the_parts_add_up_for_any_bins(nodules: list[tuple[int, float]], bins: int) -> None:
    labels, p = np.array(nodules).T
    parts = decomposition(labels, p, bins)
    assert parts.brier == pytest.approx(brier_score_loss(labels, p, pos_label=1))
    assert parts.reliability - parts.resolution + parts.uncertainty + parts.within == pytest.approx(
        parts.brier, abs=1e-12
    )
    assert min(parts.reliability, parts.resolution, parts.uncertainty) >= 0
    assert parts.bins <= min(bins, len(nodules))


def test_with_one_p_a_bin_nothing_varies_within() -> None:
    p = np.repeat([0.1, 0.4, 0.9], 20)
    labels = np.tile([0, 1, 1, 0], 15)
    parts = decomposition(labels, p, 3)
    shares = labels.reshape(3, 20).mean(axis=1)
    assert parts.within == pytest.approx(0, abs=1e-15)
    assert parts.reliability == pytest.approx(((np.array([0.1, 0.4, 0.9]) - shares) ** 2).mean())
    assert parts.uncertainty == 0.25
