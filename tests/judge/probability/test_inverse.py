"""A curve undone gives back what went in."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.judge.metrics import Floats
from isthmus.judge.probability.inverse import undone


def test_what_went_in_comes_back_ends_too() -> None:
    x = np.array([0.0, 1e-9, 0.2, 0.5, 0.999999, 1.0])
    assert undone(x**2, lambda p: p**2) == pytest.approx(x, rel=1e-6, abs=1e-12)
    assert undone(x, lambda p: p)[[0, -1]].tolist() == [0, 1]


def test_what_the_curve_never_gives_is_refused() -> None:
    def raised(p: Floats) -> Floats:
        return 0.2 + 0.8 * p

    assert undone([0.2, 1.0], raised) == pytest.approx([0, 1], abs=1e-9)
    with pytest.raises(ValueError, match=r"0\.1 is not on the curve"):
        undone([0.5, 0.1], raised)
