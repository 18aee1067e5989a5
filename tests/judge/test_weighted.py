"""The vectorised metrics against the plain ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from make.grouped import STATISTICS


@pytest.mark.parametrize("name", STATISTICS)
@given(
    rows=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10), st.integers(0, 4)), min_size=1, max_size=30),
)
def test_weights_are_repeats(name: str, rows: list[tuple[int, int, int]]) -> None:
    """A weight of k is the nodule k times over: the vectorised metrics equal the plain ones on the repeats."""
    labels, tenths, times = (np.array(column) for column in zip(*rows, strict=True))
    p = tenths / 10
    prepare, plain = STATISTICS[name]
    by_weight = prepare(labels, p, np.arange(labels.size))
    weights = np.vstack([times, np.ones_like(times)]).astype(float)
    repeated, once = by_weight(weights)
    assert once == pytest.approx(plain(labels, p), nan_ok=True)
    if times.any():
        expected = plain(np.repeat(labels, times), np.repeat(p, times))
        assert repeated == pytest.approx(expected, nan_ok=True)
    else:
        assert math.isnan(repeated)
