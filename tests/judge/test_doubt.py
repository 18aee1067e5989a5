"""Labels flipped on purpose are the first that are doubted; counts by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from isthmus.judge.doubt import doubt


def flipped(n: int = 2000, share: float = 0.05) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels of which a share is flipped, P of a model that is nearly always right, and which are flipped."""
    random = np.random.default_rng(4)
    truth = random.random(n) < 0.6
    p = expit(np.where(truth, 3, -3) + random.normal(0, 1, n))
    wrong = random.random(n) < share
    return (truth ^ wrong).astype(int), p, wrong


def test_flipped_labels_come_first_and_their_number_is_about_right() -> None:
    labels, p, wrong = flipped()
    one = doubt(labels, p, np.arange(labels.size) // 2)
    first = one.candidates[: wrong.sum()]
    assert wrong[first[: wrong.sum() // 2]].mean() > 0.95
    assert np.isin(np.flatnonzero(wrong), first).mean() > 0.75
    assert one.expected.low < wrong.sum() < one.expected.high
    assert (one.share.n, one.n) == (2000, 2000)


def test_none_flipped_are_few() -> None:
    labels, p, _ = flipped(share=0)
    assert doubt(labels, p).expected.value < 25


def test_counts_by_hand() -> None:
    labels, p = [0, 0, 0, 0, 1, 1, 1, 1], [0.1, 0.1, 0.2, 0.9, 0.95, 0.9, 0.8, 0.3]
    one = doubt(labels, p)
    # Thresholds: mean P(benign) of benign (.9 + .9 + .8 + .1) / 4, mean P(malignant) of malignant 2.95 / 4.
    assert one.thresholds == pytest.approx((0.675, 0.7375))
    assert one.joint == ((3, 1), (1, 3))
    assert one.candidates.tolist() == [3, 7]
    assert one.expected.value == pytest.approx(2)


def test_what_reaches_no_threshold_counts_for_none_and_is_shared_out() -> None:
    labels, p = [0, 0, 0, 1, 1, 1, 1], [0.1, 0.2, 0.55, 0.95, 0.9, 0.1, 0.5]
    one = doubt(labels, p)
    assert one.joint == ((2, 0), (1, 2))
    assert one.expected.value == pytest.approx(4 / 3)


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10)), min_size=2, max_size=30).filter(
        lambda rows: len({one for one, _ in rows}) == 2
    )
)
def test_turned_round_it_doubts_the_same(rows: list[tuple[int, int]]) -> None:
    labels, p = np.array([one for one, _ in rows]), np.array([tenth for _, tenth in rows]) / 10
    one, other = doubt(labels, p), doubt(1 - labels, 1 - p)
    assert one.expected.value == pytest.approx(other.expected.value)
    assert 0 <= one.share.value <= 1


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="no nodule is benign"):
        doubt([1, 1], [0.2, 0.3])
