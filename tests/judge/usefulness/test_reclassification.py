"""Net reclassification by hand, and what it is with one threshold."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.judge.usefulness.reclassification import reclassification


def test_it_is_that_by_hand() -> None:
    """Of 50 malignant 12 rise and 2 fall, of 100 benign 5 rise and 20 fall: .20 + .15."""
    labels = np.repeat([1, 0], [50, 100])
    first = np.concatenate([np.repeat([0, 1, 1], [12, 2, 36]), np.repeat([0, 1, 0], [5, 20, 75])])
    second = np.concatenate([np.repeat([1, 0, 1], [12, 2, 36]), np.repeat([1, 0, 0], [5, 20, 75])])
    one = reclassification(labels, first, second)
    assert (one.malignant_up, one.malignant_down, one.benign_up, one.benign_down) == (12, 2, 5, 20)
    assert (one.malignant.value, one.benign.value) == pytest.approx((0.2, 0.15))
    assert one.nri.value == pytest.approx(0.35)
    error = math.sqrt((14 / 50 - 0.2**2) / 50 + (25 / 100 - 0.15**2) / 100)
    assert (one.nri.high - one.nri.low) / 2 == pytest.approx(1.99 * error, rel=0.03)
    assert one.p_value < 0.001


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_with_one_threshold_it_is_gains_in_sensitivity_and_specificity_and_turns_its_sign(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels, first, second = np.tile([0, 1], 20), random.integers(0, 2, 40), random.integers(0, 2, 40)
    one = reclassification(labels, first, second, np.arange(40) // 2)
    gain = [(second[labels == label] == label).mean() - (first[labels == label] == label).mean() for label in (1, 0)]
    assert one.nri.value == pytest.approx(sum(gain))
    other = reclassification(labels, second, first, np.arange(40) // 2)
    assert other.nri.value == pytest.approx(-one.nri.value)
    assert other.p_value == pytest.approx(one.p_value, nan_ok=True)


def test_three_categories_count_the_way_and_not_the_distance() -> None:
    one = reclassification([1, 1, 0, 0], [0, 2, 2, 1], [2, 1, 0, 2])
    assert (one.malignant_up, one.malignant_down, one.benign_up, one.benign_down) == (1, 1, 1, 1)
    assert one.nri.value == 0


def test_nobody_moves_one_class_and_other_lengths() -> None:
    same = reclassification([1, 0, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1])
    assert (same.nri.value, same.p_value) == (0, 1)
    many = reclassification([1, 0] * 100, [1, 0] * 100, [1, 0] * 100)
    assert many.malignant.high == -many.malignant.low == pytest.approx(1.984**2 / 100, rel=0.05)  # not certainly none
    assert many.nri.high == pytest.approx(2 * many.malignant.high)
    assert same.nri.high > many.nri.high
    lone = reclassification([1, 1, 1], [0, 1, 0], [1, 1, 0])
    answer = json.loads(json.dumps(lone.as_json(), allow_nan=False))
    assert answer["nri"]["method"] == "undefined: each class has to be there"
    assert answer["benign"]["method"] == "undefined: no nodule of that class"
    assert answer["p_value"] is None
    with pytest.raises(ValueError, match="category"):
        reclassification([1, 0], [1, 0], [1])
