"""Digits beside calipers are told from crosses, flecks and whatever stands far from them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from isthmus.data.audit.digits import calipers
from isthmus.nodule import Frame, Pixels
from make.scan import cross, scan, write


def ground() -> Pixels:
    grey = np.random.default_rng(0).integers(20, 90, (120, 200)).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def upright(pixels: Pixels, y: int, x: int) -> None:
    pixels[y : y + 2, x - 7 : x + 9] = pixels[y - 7 : y + 9, x : x + 2] = 222


def with_crosses() -> Pixels:
    pixels = ground()
    for x in (50, 150):
        upright(pixels, 60, x)
    return pixels


def test_crosses_alone_have_none() -> None:
    seen = calipers(Frame(with_crosses()))
    assert len(seen.crosses) == 2
    assert seen.digits == ()


@pytest.mark.parametrize("digit", ["1", "2", "A"])
@pytest.mark.parametrize("at", [(5, 20), (-14, -6)])
def test_a_digit_is_detected_beside_a_cross_whether_it_touches_it_or_not(digit: str, at: tuple[int, int]) -> None:
    pixels = with_crosses()
    cv2.putText(pixels, digit, (50 + at[0], 60 + at[1]), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (222,) * 3, 2)
    (box,) = calipers(Frame(pixels)).digits
    assert abs((box.x0 + box.x1) / 2 - (50 + at[0] + 5)) <= 3
    assert abs((box.y0 + box.y1) / 2 - (60 + at[1] - 5)) <= 3


def test_a_digit_far_from_a_cross_and_a_fleck_beside_one_are_none() -> None:
    pixels = with_crosses()
    write(pixels, "2", (95, 30), (222, 222, 222))
    pixels[68:76, 58:67] = 222
    assert calipers(Frame(pixels)).digits == ()


def test_coloured_digits_are_told_from_coloured_crosses() -> None:
    picture = scan(0, text="")
    cross(picture, (150, 100), (40, 230, 210))
    cross(picture, (250, 150), (40, 230, 210))
    assert calipers(Frame(picture)).digits == ()
    write(picture, "A", (160, 115), (40, 230, 210))
    (box,) = calipers(Frame(picture)).digits
    assert 158 <= box.x0 < box.x1 <= 172


@pytest.mark.parametrize("shape", [(3, 4), (120, 200), (30, 30, 3)])
def test_empty_and_tiny_pictures_have_none(shape: tuple[int, ...]) -> None:
    assert calipers(Frame(np.zeros(shape, np.uint8))).digits == ()
