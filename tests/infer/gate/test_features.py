"""The numbers of a RoI that the gate goes by."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.infer.gate.features import COUNT, SIDE, coloured, empty, features, grey_of
from make.gated import roi


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_they_are_finite_of_a_blank_roi(level: int) -> None:
    numbers = features(np.full((SIDE, SIDE), level, np.uint8))
    assert numbers.shape == (COUNT,)
    assert np.isfinite(numbers).all()


@pytest.mark.parametrize("side", [96, 128, 320, 31])
def test_a_roi_of_any_size_is_measured(side: int) -> None:
    grey = grey_of(roi(1, side))
    assert (grey.shape, grey.dtype) == ((SIDE, SIDE), np.uint8)
    assert np.isfinite(features(grey)).all()


def test_mirrored_left_to_right_only_the_layout_across_changes() -> None:
    grey = grey_of(roi(2))
    changed = ~np.isclose(features(grey), features(grey[:, ::-1]), atol=0.01)
    assert 0 < changed.sum() < 25
    assert (~np.isclose(features(grey), features(grey[::-1]), atol=0.01)).sum() > 25


def test_colour_is_a_share_of_the_roi_and_grey_has_none() -> None:
    pixels = roi(3, 120)
    assert coloured(pixels) == 0
    pixels[:60] = (220, 40, 10)
    assert coloured(pixels) == 0.5


def test_what_is_black_is_empty() -> None:
    grey = np.full((SIDE, SIDE), 90, np.uint8)
    assert empty(grey) == 0
    grey[:, :48] = 3
    assert empty(grey) == 0.5
    grey[::8, ::8] = 5
    assert empty(grey) == 0
