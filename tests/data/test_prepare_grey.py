"""A RoI is the same in one channel and in three, and what its definition says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from isthmus.data.prepare import PAINT, prepare, window
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame
from isthmus.recipe import PAPER, Preparation

RECIPE = PAPER.changed(size=32)
WINDOWS = ["stretch", "letterbox", "square"]


def resized(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


@st.composite
def pictures(draw: st.DrawFn) -> tuple[np.ndarray, Box]:
    """A grey picture, small or taller than the strips that are looked at, and a box in it, often at its edges."""
    height, width = draw(st.integers(1, 150)), draw(st.integers(1, 90))
    x0, y0 = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    box = Box(x0, y0, draw(st.integers(x0 + 1, width)), draw(st.integers(y0 + 1, height)))
    grey = np.random.default_rng(draw(st.integers(0, 9))).integers(0, 256, (height, width), dtype=np.uint8)
    return grey, box


def in_colour(pixels: np.ndarray, box: Box, preparation: Preparation) -> np.ndarray:
    """The RoI in three channels by its definition: painted, mirrored for ever, cut, resized at one go."""
    height, width = pixels.shape[:2]
    seen = window(box, Frame(pixels), preparation)
    if preparation.view != "all":
        without = preparation.model_copy(update={"margin": 0.0, "view": "all"})
        bare = window(box, Frame(pixels), without).clipped(width, height)
        inside = np.zeros((height, width, 1), bool)
        inside[bare.y0 : bare.y1, bare.x0 : bare.x1] = True
        pixels = np.where(inside == (preparation.view == "inside"), pixels, np.uint8(PAINT))
    before = (max(0, -seen.y0), max(0, seen.y1 - height)), (max(0, -seen.x0), max(0, seen.x1 - width)), (0, 0)
    endless = np.pad(pixels, before, mode="reflect")
    top, left = max(seen.y0, 0), max(seen.x0, 0)
    cut = endless[top : top + seen.height, left : left + seen.width]
    if preparation.resize != "letterbox":
        return resized(cut, preparation.size, preparation.size)
    scale = preparation.size / max(seen.width, seen.height)
    across, down = (max(1, round(side * scale)) for side in (seen.width, seen.height))
    canvas = np.zeros((preparation.size, preparation.size, 3), np.uint8)
    y, x = (preparation.size - down) // 2, (preparation.size - across) // 2
    canvas[y : y + down, x : x + across] = resized(cut, across, down)
    return canvas


@pytest.mark.parametrize("view", ["all", "inside", "outside"])
@pytest.mark.parametrize("resize", WINDOWS)
@given(pictures(), st.floats(0.1, 4), st.integers(16, 70), st.data())
def test_a_roi_is_the_same_in_one_channel_and_in_three(
    resize: str, view: str, picture: tuple[np.ndarray, Box], margin: float, size: int, data: st.DataObject
) -> None:
    """A grey picture, one whose channels are equal, and that with a single value of another colour."""
    grey, box = picture
    preparation = RECIPE.changed(resize=resize, margin=margin, size=size, view=view).preparation
    equal = np.repeat(grey[..., None], 3, axis=2)
    expected = in_colour(equal, box, preparation)
    np.testing.assert_array_equal(prepare(Frame(grey), box, preparation), expected)
    np.testing.assert_array_equal(prepare(Frame(equal), box, preparation), expected)
    coloured = equal.copy()
    coloured[tuple(data.draw(st.integers(0, side - 1)) for side in coloured.shape)] ^= 255
    np.testing.assert_array_equal(prepare(Frame(coloured), box, preparation), in_colour(coloured, box, preparation))


@given(pictures(), st.floats(0, 4))
def test_a_whole_picture_has_the_roi_of_its_definition(picture: tuple[np.ndarray, Box], margin: float) -> None:
    """The window of a picture as a whole leaves it at two sides, or at four."""
    grey, _ = picture
    preparation, whole = (
        RECIPE.changed(resize="square", margin=margin).preparation,
        Box(0, 0, grey.shape[1], grey.shape[0]),
    )
    equal = np.repeat(grey[..., None], 3, axis=2)
    np.testing.assert_array_equal(prepare(Frame(grey), whole, preparation), in_colour(equal, whole, preparation))


@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 3)])
@pytest.mark.parametrize("resize", WINDOWS)
def test_a_box_over_the_edge_has_no_roi_in_grey_or_colour(shape: tuple[int, ...], resize: str) -> None:
    for box in (Box(-1, 0, 5, 5), Box(50, 30, 60, 41), Box(-5, -5, 65, 45)):
        with pytest.raises(DataError, match="leaves the image"):
            prepare(Frame(np.zeros(shape, np.uint8)), box, RECIPE.changed(resize=resize).preparation)
