"""Contour to box to RoI to array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from isthmus.data.prepare import PAINT, crop, placed, prepare, prepare_all, roi_box, window
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, ImageRef, Nodule
from isthmus.recipe import PAPER, Recipe

RECIPE = PAPER.changed(size=32)
LETTERBOX = RECIPE.changed(resize="letterbox")
SQUARE = RECIPE.changed(resize="square")
PIXELS = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
FRAME = Frame(PIXELS, origin="1_1")
BOX = Box(5, 8, 45, 28)
GREY = Frame(np.arange(40 * 60, dtype=np.uint8).reshape(40, 60), origin="1_1")


def resized(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def test_the_papers_size_is_224_stretched() -> None:
    roi = prepare(FRAME, BOX, PAPER.preparation)
    assert (roi.shape, roi.dtype) == ((224, 224, 3), np.uint8)
    np.testing.assert_array_equal(roi, resized(PIXELS[8:28, 5:45], 224, 224))


def test_letterbox_keeps_proportions_and_pads_with_black() -> None:
    roi = prepare(FRAME, BOX, LETTERBOX.preparation)
    np.testing.assert_array_equal(roi[8:24], resized(PIXELS[8:28, 5:45], 32, 16))
    assert not roi[:8].any()
    assert not roi[24:].any()
    tall = prepare(FRAME, Box(5, 0, 15, 40), LETTERBOX.preparation)
    np.testing.assert_array_equal(tall[:, 12:20], resized(PIXELS[0:40, 5:15], 8, 32))
    assert not tall[:, :12].any()
    assert not tall[:, 20:].any()


@pytest.mark.parametrize("box", [Box(0, 0, 60, 1), Box(0, 0, 1, 40), Box(59, 39, 60, 40)])
@pytest.mark.parametrize("recipe", [RECIPE, LETTERBOX, SQUARE])
def test_the_thinnest_boxes_have_a_roi(box: Box, recipe: Recipe) -> None:
    assert prepare(FRAME, box, recipe.preparation).shape == (32, 32, 3)


def test_a_margin_shows_what_is_around_up_to_the_border() -> None:
    recipe = RECIPE.changed(margin=0.5)
    np.testing.assert_array_equal(prepare(FRAME, BOX, recipe.preparation), resized(PIXELS[0:38, 0:60], 32, 32))


@pytest.mark.parametrize("box", [Box(0, 0, 10, 10), Box(50, 30, 60, 40)])
def test_a_box_at_the_border(box: Box) -> None:
    expected = resized(PIXELS[box.y0 : box.y1, box.x0 : box.x1], 32, 32)
    np.testing.assert_array_equal(prepare(FRAME, box, RECIPE.preparation), expected)


@pytest.mark.parametrize("recipe", [RECIPE, LETTERBOX, SQUARE])
def test_grey_is_rgb_thrice(recipe: Recipe) -> None:
    grey = PIXELS[..., 0]
    thrice = np.ascontiguousarray(grey[:, :, None].repeat(3, axis=2))
    np.testing.assert_array_equal(
        prepare(Frame(grey), BOX, recipe.preparation), prepare(Frame(thrice), BOX, recipe.preparation)
    )


@pytest.mark.parametrize("recipe", [RECIPE, LETTERBOX, SQUARE])
def test_a_box_outside_is_refused(recipe: Recipe) -> None:
    with pytest.raises(DataError, match="leaves the image"):
        prepare(FRAME, Box(40, 0, 61, 10), recipe.preparation)


def test_all_nodules_in_their_order_each_file_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        Image.fromarray(PIXELS if name == "a" else PIXELS[::-1].copy()).save(tmp_path / f"{name}.png")
    nodules = [
        Nodule(f"{name}-{number}", name, name, ImageRef(tmp_path / f"{name}.png"), box)
        for number, (name, box) in enumerate([("a", BOX), ("b", BOX), ("a", Box(0, 0, 9, 9))])
    ]
    decoded: list[ImageRef] = []
    plain = prepare_all.__globals__["read_picture"]
    monkeypatch.setattr("isthmus.data.prepare.read_picture", lambda picture: decoded.append(picture) or plain(picture))
    rois = prepare_all(nodules, RECIPE.preparation)
    assert decoded == [ImageRef(tmp_path / "a.png"), ImageRef(tmp_path / "b.png")]
    assert (rois.shape, rois.dtype) == ((3, 32, 32, 3), np.uint8)
    np.testing.assert_array_equal(rois[0], prepare(FRAME, BOX, RECIPE.preparation))
    np.testing.assert_array_equal(rois[1], prepare(Frame(PIXELS[::-1]), BOX, RECIPE.preparation))
    np.testing.assert_array_equal(rois[2], prepare(FRAME, Box(0, 0, 9, 9), RECIPE.preparation))


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.png"):
        prepare_all([Nodule("n", "gone", "p", ImageRef(tmp_path / "gone.png"), BOX)], RECIPE.preparation)


def test_without_a_margin_the_box_is_the_nodules_own() -> None:
    assert roi_box(Box(5, 6, 25, 26), GREY) == Box(5, 6, 25, 26)
    assert roi_box(Box(0, 0, 60, 40), GREY) == Box(0, 0, 60, 40)


def test_a_margin_is_a_share_of_each_side_and_stays_in_the_frame() -> None:
    assert roi_box(Box(20, 10, 40, 20), GREY, 0.1) == Box(18, 9, 42, 21)
    assert roi_box(Box(0, 0, 20, 10), GREY, 0.5) == Box(0, 0, 30, 15)
    assert roi_box(Box(50, 30, 60, 40), GREY, 4.0) == Box(10, 0, 60, 40)


@pytest.mark.parametrize("box", [Box(-1, 0, 5, 5), Box(0, 0, 61, 5), Box(0, 0, 5, 41), Box(100, 100, 110, 110)])
def test_a_box_that_leaves_the_image_is_refused(box: Box) -> None:
    with pytest.raises(DataError, match=rf"1_1: box {box} leaves the image, which is 60 x 40 pixels"):
        roi_box(box, GREY)


@given(st.integers(0, 59), st.integers(0, 39), st.integers(1, 60), st.integers(1, 40), st.floats(0, 4))
def test_a_roi_holds_its_box_and_fits_its_frame(x: int, y: int, width: int, height: int, margin: float) -> None:
    box = Box(x, y, min(x + width, 60), min(y + height, 40))
    grown = roi_box(box, GREY, margin)
    assert grown.fits(60, 40)
    assert grown.x0 <= box.x0 < box.x1 <= grown.x1
    assert grown.y0 <= box.y0 < box.y1 <= grown.y1


def test_a_crop_is_the_boxes_pixels_as_rgb() -> None:
    box = Box(3, 4, 10, 9)
    grey = crop(GREY, box)
    assert grey.shape == (5, 7, 3)
    for channel in range(3):
        np.testing.assert_array_equal(grey[..., channel], GREY.pixels[4:9, 3:10])
    rgb = Frame(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8))
    np.testing.assert_array_equal(crop(rgb, box), rgb.pixels[4:9, 3:10])


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(st.integers(0, 59)), draw(st.integers(0, 39))
    return Box(x, y, draw(st.integers(x + 1, 60)), draw(st.integers(y + 1, 40)))


MARGINS = st.floats(0, 4)


@given(boxes(), MARGINS)
def test_a_square_window_is_centred_on_the_box(box: Box, margin: float) -> None:
    seen = window(box, GREY, SQUARE.changed(margin=margin).preparation)
    assert seen.width == seen.height == round((1 + 2 * margin) * max(box.width, box.height))
    assert abs((seen.x0 + seen.x1) - (box.x0 + box.x1)) <= 1
    assert abs((seen.y0 + seen.y1) - (box.y0 + box.y1)) <= 1
    assert seen.x0 <= box.x0 < box.x1 <= seen.x1
    assert seen.y0 <= box.y0 < box.y1 <= seen.y1


@given(boxes(), MARGINS, st.sampled_from(["stretch", "letterbox"]))
def test_the_other_windows_are_the_box_with_its_margins(box: Box, margin: float, resize: str) -> None:
    seen = window(box, GREY, RECIPE.changed(margin=margin, resize=resize).preparation)
    assert seen == roi_box(box, GREY, margin)


@given(boxes(), MARGINS)
def test_a_square_shows_the_picture_mirrored_for_ever(box: Box, margin: float) -> None:
    preparation = SQUARE.changed(margin=margin).preparation
    seen = window(box, FRAME, preparation)
    # The picture with the mirrors' pictures around it, each edge's pixels once
    beyond = 400
    endless = np.pad(PIXELS, ((beyond, beyond), (beyond, beyond), (0, 0)), mode="reflect")
    expected = endless[seen.y0 + beyond : seen.y1 + beyond, seen.x0 + beyond : seen.x1 + beyond]
    np.testing.assert_array_equal(prepare(FRAME, box, preparation), resized(expected, 32, 32))


def test_a_square_within_the_picture_is_a_plain_crop() -> None:
    box = Box(20, 15, 30, 20)  # 20 pixels at a margin of a half, from 15, 7 on
    preparation = SQUARE.changed(margin=0.5).preparation
    assert window(box, FRAME, preparation) == Box(15, 7, 35, 27)
    np.testing.assert_array_equal(prepare(FRAME, box, preparation), resized(PIXELS[7:27, 15:35], 32, 32))


@given(boxes(), MARGINS)
def test_a_square_of_a_picture_without_black_has_none(box: Box, margin: float) -> None:
    grey = Frame(np.full((40, 60), 90, np.uint8))
    assert (prepare(grey, box, SQUARE.changed(margin=margin).preparation) == 90).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2)])
def test_a_square_of_the_smallest_pictures(shape: tuple[int, int]) -> None:
    picture = Frame(np.full(shape, 7, np.uint8))
    roi = prepare(picture, Box(0, 0, shape[1], shape[0]), SQUARE.changed(margin=4.0).preparation)
    assert (roi == 7).all()


def test_a_square_keeps_proportions() -> None:
    """A disc stays one: as wide as high, to a pixel, in a box that is twice as wide."""
    rows, columns = np.mgrid[:40, :60]
    disc = ((rows - 20) ** 2 + (columns - 30) ** 2 < 64).astype(np.uint8) * 255
    for resize, is_round in (("square", True), ("stretch", False)):
        roi = prepare(Frame(disc), Box(18, 14, 42, 26), RECIPE.changed(resize=resize, size=64).preparation)[..., 0]
        across, down = ((roi > 127).any(axis=axis).sum() for axis in (0, 1))
        assert (abs(int(across) - int(down)) <= 1) == is_round


WINDOWS = ["stretch", "letterbox", "square"]


@pytest.mark.parametrize("resize", WINDOWS)
@given(boxes(), st.floats(0.1, 2), st.integers(0, 2**32 - 1))
def test_outside_shows_nothing_of_the_nodule(resize: str, box: Box, margin: float, seed: int) -> None:
    """Nor of its mirror image; and of a square window not how wide and how high its box is."""
    preparation = RECIPE.changed(resize=resize, margin=margin, view="outside").preparation
    other = PIXELS.copy()
    bare = bare_window(box, resize)
    part = other[bare.y0 : bare.y1, bare.x0 : bare.x1]
    part[:] = np.random.default_rng(seed).integers(0, 256, part.shape)
    np.testing.assert_array_equal(prepare(FRAME, box, preparation), prepare(Frame(other), box, preparation))


@pytest.mark.parametrize("resize", WINDOWS)
@given(boxes(), st.floats(0.1, 2), st.integers(0, 2**32 - 1))
def test_inside_shows_nothing_but_the_nodule(resize: str, box: Box, margin: float, seed: int) -> None:
    preparation = RECIPE.changed(resize=resize, margin=margin, view="inside").preparation
    other = np.random.default_rng(seed).integers(0, 256, PIXELS.shape).astype(np.uint8)
    bare = bare_window(box, resize)
    other[bare.y0 : bare.y1, bare.x0 : bare.x1] = PIXELS[bare.y0 : bare.y1, bare.x0 : bare.x1]
    np.testing.assert_array_equal(prepare(FRAME, box, preparation), prepare(Frame(other), box, preparation))


def bare_window(box: Box, resize: str) -> Box:
    """The part of the image that the window shows without a margin."""
    return window(box, FRAME, RECIPE.changed(resize=resize).preparation).clipped(60, 40)


@pytest.mark.parametrize("resize", WINDOWS)
def test_all_is_what_inside_and_outside_show(resize: str) -> None:
    base = RECIPE.changed(resize=resize, margin=0.5, size=40)
    box = Box(20, 12, 40, 28)  # a window of 40 x 40 at most: nothing is resized, so nothing is blurred, of a square
    whole, outside, inside = (
        prepare(FRAME, box, base.changed(view=view).preparation) for view in ("all", "outside", "inside")
    )
    assert (outside != whole).any()
    assert (inside != whole).any()
    if resize == "square":
        painted = (outside == PAINT).all(axis=-1)
        assert painted[10:30, 10:30].all()
        np.testing.assert_array_equal(np.where(painted[..., None], inside, outside), whole)


def test_a_view_leaves_the_frame_as_it_was() -> None:
    before = PIXELS.copy()
    for view in ("inside", "outside"):
        prepare(FRAME, BOX, RECIPE.changed(margin=0.5, view=view).preparation)
    np.testing.assert_array_equal(PIXELS, before)


@pytest.mark.parametrize("resize", WINDOWS)
@given(boxes(), st.floats(0, 1), st.floats(0, 0.99), st.floats(0, 0.99))  # the far edge is the first of the black
def test_a_point_is_placed_where_the_roi_shows_it(
    resize: str, box: Box, margin: float, across: float, down: float
) -> None:
    """On a picture whose red is 4 x and whose green is 6 y, a pixel tells where it is from."""
    point = np.array([box.x0 + across * box.width, box.y0 + down * box.height])
    rows, columns = np.mgrid[:40, :60]
    ramps = Frame(np.stack([4 * columns, 6 * rows, 0 * rows], axis=-1).astype(np.uint8))
    preparation = RECIPE.changed(resize=resize, margin=margin, size=96).preparation
    ((x, y),) = placed([tuple(point)], box, ramps, preparation)
    red, green, _ = prepare(ramps, box, preparation)[min(int(y), 95), min(int(x), 95)]
    seen = window(box, ramps, preparation)
    assert abs(red / 4 + 0.5 - point[0]) <= 1 + seen.width / 96
    assert abs(green / 6 + 0.5 - point[1]) <= 1 + seen.height / 96
