from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from isthmus.data.clicks import SPREAD, click_in, grey, window_about

BOX = (20.0, 10.0, 120.0, 50.0)
CRESCENT = ((0, 0), (100, 0), (100, 100), (0, 100), (0, 99), (99, 99), (99, 1), (0, 1))


def test_clicks_lie_in_the_ellipse_about_its_centre() -> None:
    rng = np.random.default_rng(0)
    clicks = np.array([click_in(BOX, (), rng) for _ in range(2000)])
    shares = (clicks - (70, 30)) / (100, 40)
    assert (np.square(shares).sum(1) < 0.25).all()
    assert np.abs(shares.mean(0)).max() < 0.02
    assert shares.std(0) == pytest.approx((SPREAD, SPREAD), rel=0.1)


def test_a_click_lies_inside_the_contour() -> None:
    lower_left = ((20, 10), (120, 50), (20, 50))
    rng = np.random.default_rng(0)
    clicks = [click_in(BOX, lower_left, rng) for _ in range(200)]
    assert all((y - 10) / 40 > (x - 20) / 100 for x, y in clicks)


def test_a_crescent_that_no_draw_hits_is_clicked_on_its_line() -> None:
    x, y = click_in((0.0, 0.0, 101.0, 101.0), CRESCENT, np.random.default_rng(0))
    assert x > 98 or y < 2 or y > 98


def test_the_same_random_state_gives_the_same_click() -> None:
    first, second = (click_in(BOX, (), np.random.default_rng(3)) for _ in range(2))
    assert first == second


def test_a_window_is_black_outside_the_picture_and_the_picture_inside() -> None:
    pixels = np.random.default_rng(0).integers(1, 256, (40, 60)).astype(np.uint8)
    window = window_about(pixels, (0.0, 0.0), 40, 40, 40)
    assert not window[:20].any()
    assert not window[:, :20].any()
    assert np.array_equal(window[20:, 20:], pixels[:20, :20])


def test_a_window_inside_the_picture_is_pillows_resizing() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (80, 90)).astype(np.uint8)
    window = window_about(pixels, (45.25, 40.5), 51, 33, 20)
    box = (45.25 - 25.5, 40.5 - 16.5, 45.25 + 25.5, 40.5 + 16.5)
    expected = np.asarray(Image.fromarray(pixels).resize((20, 20), Image.Resampling.BILINEAR, box=box))
    differ = np.abs(window.astype(int) - expected)
    assert differ[1:-1, 1:-1].max() <= 1  # a window sees nothing beyond its edge


def test_a_window_that_only_touches_the_picture_is_black() -> None:
    assert not window_about(np.full((10, 10), 9, np.uint8), (200.0, 5.0), 50, 50, 8).any()


def test_equal_channels_are_their_grey() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 9)).astype(np.uint8)
    assert np.array_equal(grey(np.stack([pixels] * 3, axis=-1)), pixels)
    assert grey(np.full((4, 5, 3), (255, 0, 0), np.uint8)).tolist() == np.full((4, 5), 76).tolist()
