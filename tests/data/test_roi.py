"""Contour to box to RoI."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data.roi import crop, roi_box
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame

FRAME = Frame(np.arange(40 * 60, dtype=np.uint8).reshape(40, 60), origin="1_1")


def test_without_a_margin_the_box_is_the_nodules_own() -> None:
    assert roi_box(Box(5, 6, 25, 26), FRAME) == Box(5, 6, 25, 26)
    assert roi_box(Box(0, 0, 60, 40), FRAME) == Box(0, 0, 60, 40)


def test_a_margin_is_a_share_of_each_side_and_stays_in_the_frame() -> None:
    assert roi_box(Box(20, 10, 40, 20), FRAME, 0.1) == Box(18, 9, 42, 21)
    assert roi_box(Box(0, 0, 20, 10), FRAME, 0.5) == Box(0, 0, 30, 15)
    assert roi_box(Box(50, 30, 60, 40), FRAME, 4.0) == Box(10, 0, 60, 40)


@pytest.mark.parametrize("box", [Box(-1, 0, 5, 5), Box(0, 0, 61, 5), Box(0, 0, 5, 41), Box(100, 100, 110, 110)])
def test_a_box_that_leaves_the_image_is_refused(box: Box) -> None:
    with pytest.raises(DataError, match=rf"1_1: box {box} leaves the image, which is 60 x 40 pixels"):
        roi_box(box, FRAME)


@given(st.integers(0, 59), st.integers(0, 39), st.integers(1, 60), st.integers(1, 40), st.floats(0, 4))
def test_a_roi_holds_its_box_and_fits_its_frame(x: int, y: int, width: int, height: int, margin: float) -> None:
    box = Box(x, y, min(x + width, 60), min(y + height, 40))
    grown = roi_box(box, FRAME, margin)
    assert grown.fits(60, 40)
    assert grown.x0 <= box.x0 < box.x1 <= grown.x1
    assert grown.y0 <= box.y0 < box.y1 <= grown.y1


def test_a_crop_is_the_boxes_pixels_as_rgb() -> None:
    box = Box(3, 4, 10, 9)
    grey = crop(FRAME, box)
    assert grey.shape == (5, 7, 3)
    for channel in range(3):
        np.testing.assert_array_equal(grey[..., channel], FRAME.pixels[4:9, 3:10])
    rgb = Frame(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8))
    np.testing.assert_array_equal(crop(rgb, box), rgb.pixels[4:9, 3:10])
