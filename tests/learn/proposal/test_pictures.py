from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from isthmus.learn.proposal.pictures import Picture, recrop, screen

BESIDE = np.full((70, 90), 60, np.uint8)
Make = Callable[[Picture, np.random.Generator], Picture]


def marked() -> Picture:
    """A window three times its nodule, which alone is white."""
    pixels = np.full((120, 150), 100, np.uint8)
    pixels[40:80, 50:100] = 255
    return Picture(pixels, (50.0, 40.0, 100.0, 80.0))


def on_screen(picture: Picture, rng: np.random.Generator) -> Picture:
    return screen(picture, BESIDE, rng)


@pytest.mark.parametrize("make", [recrop, on_screen])
@pytest.mark.parametrize("seed", range(20))
def test_the_box_goes_where_the_nodule_goes(make: Make, seed: int) -> None:
    made = make(marked(), np.random.default_rng(seed))
    x0, y0, x1, y1 = made.box
    height, width = made.pixels.shape
    assert 0 <= x0 < x1 <= width + 1e-6
    assert 0 <= y0 < y1 <= height + 1e-6
    across, down = (x1 - x0) / 4, (y1 - y0) / 4
    inner = made.pixels[round(y0 + down) : round(y1 - down), round(x0 + across) : round(x1 - across)]
    assert (inner > 240).mean() > 0.9
    assert (made.pixels > 240).sum() < 1.3 * (x1 - x0 + 2) * (y1 - y0 + 2)


@pytest.mark.parametrize("make", [recrop, on_screen])
def test_the_nodule_lies_anywhere_and_is_of_any_size(make: Make) -> None:
    pictures = [make(marked(), np.random.default_rng(seed)) for seed in range(200)]
    centres = np.array([(one.box[0] + one.box[2]) / 2 / one.pixels.shape[1] for one in pictures])
    widths = np.array([(one.box[2] - one.box[0]) / one.pixels.shape[1] for one in pictures])
    assert centres.min() < 0.35
    assert centres.max() > 0.65
    assert widths.max() > 2 * widths.min()


def test_the_same_random_state_makes_the_same_picture() -> None:
    first, second = (on_screen(marked(), np.random.default_rng(5)) for _ in range(2))
    assert first.box == second.box
    assert np.array_equal(first.pixels, second.pixels)


def test_mirrored_the_box_goes_where_the_nodule_goes() -> None:
    picture = Picture(marked().pixels[:, 20:], (30.0, 40.0, 80.0, 80.0))
    assert picture.mirrored.box == (50.0, 40.0, 100.0, 80.0)
    assert (picture.mirrored.pixels[40:80, 50:100] == 255).all()
    assert np.array_equal(picture.mirrored.mirrored.pixels, picture.pixels)
