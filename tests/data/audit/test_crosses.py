"""White crosses are detected by shape, wherever they are; flecks, lines and a single cross are not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data.audit.crosses import crosses
from isthmus.nodule import Frame


def ground() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(20, 90, (120, 160)).astype(np.uint8)


def upright(pixels: npt.NDArray[np.uint8], y: int, x: int) -> None:
    pixels[y : y + 2, x - 7 : x + 9] = pixels[y - 7 : y + 9, x : x + 2] = 222


@given(st.integers(12, 100), st.integers(12, 60), st.integers(90, 140))
def test_two_crosses_are_detected_where_they_are(y: int, left: int, right: int) -> None:
    pixels = ground()
    upright(pixels, y, left)
    upright(pixels, y, right)
    places = sorted(crosses(Frame(pixels)), key=lambda cross: cross.x)
    assert len(places) == 2
    for cross, x in zip(places, (left, right), strict=True):
        assert abs(cross.x - x) <= 2
        assert abs(cross.y - y) <= 2
        assert not cross.diagonal


def test_diagonal_ones_are_told_apart() -> None:
    pixels = ground()
    for x in (30, 100):
        for step in range(-5, 6):
            pixels[60 + step, x + step] = pixels[60 + step, x - step] = 220
    assert [cross.diagonal for cross in crosses(Frame(pixels))] == [True, True]


@pytest.mark.parametrize("shape", ["speckle", "one", "lines", "squares", "tiny"])
def test_other_shapes_are_none(shape: str) -> None:
    pixels = ground()
    if shape == "one":
        upright(pixels, 50, 50)
    elif shape == "lines":
        pixels[40:42], pixels[80:82] = 222, 222
    elif shape == "squares":
        pixels[30:40, 30:40] = pixels[70:80, 90:100] = 222
    elif shape == "tiny":
        pixels = pixels[:5, :5]
    assert crosses(Frame(pixels)) == ()
