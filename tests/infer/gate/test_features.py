"""The numbers of a RoI that the gate goes by."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from isthmus.infer.gate.features import COUNT, SIDE, Values, coloured, empty, features, grey_of
from isthmus.infer.gate.gate import Gate
from isthmus.models.names import names
from isthmus.models.shipped import open_model
from isthmus.nodule import Pixels
from make.gate_numbers import numbers
from make.gated import roi


def numbers_of(grey: Pixels) -> Values:
    return features(grey[None])[0]


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_they_are_finite_of_a_blank_roi(level: int) -> None:
    numbers = numbers_of(np.full((SIDE, SIDE), level, np.uint8))
    assert numbers.shape == (COUNT,)
    assert np.isfinite(numbers).all()


@pytest.mark.parametrize("side", [96, 128, 320, 31])
def test_a_roi_of_any_size_is_measured(side: int) -> None:
    grey = grey_of(roi(1, side))
    assert (grey.shape, grey.dtype) == ((SIDE, SIDE), np.uint8)
    assert np.isfinite(numbers_of(grey)).all()


def test_mirrored_left_to_right_only_the_layout_across_changes() -> None:
    grey = grey_of(roi(2))
    changed = ~np.isclose(numbers_of(grey), numbers_of(grey[:, ::-1]), atol=0.01)
    assert 0 < changed.sum() < 25
    assert (~np.isclose(numbers_of(grey), numbers_of(grey[::-1]), atol=0.01)).sum() > 25


def test_colour_is_a_share_of_the_roi_and_grey_has_none() -> None:
    grey, half = roi(3, 120), roi(3, 120)
    half[:60] = (220, 40, 10)
    assert coloured(np.stack([grey, half])).tolist() == [0, 0.5]


def test_what_is_black_is_empty() -> None:
    full = np.full((SIDE, SIDE), 90, np.uint8)
    half, speckled = full.copy(), full.copy()
    half[:, :48] = speckled[:, :48] = 3
    speckled[::8, ::8] = 5
    assert empty(np.stack([full, half, speckled])).tolist() == [0, 0.5, 0]


@pytest.mark.parametrize("side", [96, 128, 192, 320])
def test_grey_is_what_pillow_makes_of_green(side: int) -> None:
    pixels = np.random.default_rng(side).integers(0, 256, (side, side, 3), dtype=np.uint8)
    green = Image.fromarray(np.ascontiguousarray(pixels[..., 1]))
    assert (grey_of(pixels) == np.asarray(green.resize((SIDE, SIDE), Image.Resampling.BOX))).all()


@pytest.mark.parametrize("model", names())
def test_they_are_the_numbers_that_the_gates_which_ship_were_fitted_on(model: str) -> None:
    """In their deviations. Roots of skewness near 0 magnify the rounding of float32."""
    path = open_model(model).gate
    assert path
    grey = np.stack([grey_of(turned) for number in range(6) for turned in (roi(number), 255 - roi(number))])
    expected = np.stack([numbers(one) for one in grey])
    apart = np.abs(features(grey) - expected) / Gate.load(path).scale
    assert apart.max() < 1e-4
    assert np.quantile(apart, 0.9) < 1e-6


def test_they_do_not_depend_on_the_rois_beside() -> None:
    grey = np.stack([grey_of(roi(number)) for number in range(7)])
    assert features(grey) == pytest.approx(np.stack([numbers_of(one) for one in grey]), abs=1e-12)
