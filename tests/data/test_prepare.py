"""The one preparation: nodule to array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.data.prepare import prepare, prepare_all
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, ImageRef, Nodule
from isthmus.recipe import PAPER

RECIPE = PAPER.changed(size=32)
LETTERBOX = RECIPE.changed(resize="letterbox")
PIXELS = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
FRAME = Frame(PIXELS, origin="1_1")
BOX = Box(5, 8, 45, 28)


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
@pytest.mark.parametrize("recipe", [RECIPE, LETTERBOX])
def test_the_thinnest_boxes_have_a_roi(box: Box, recipe: object) -> None:
    assert prepare(FRAME, box, recipe.preparation).shape == (32, 32, 3)


def test_a_margin_shows_what_is_around_up_to_the_border() -> None:
    recipe = RECIPE.changed(margin=0.5)
    np.testing.assert_array_equal(prepare(FRAME, BOX, recipe.preparation), resized(PIXELS[0:38, 0:60], 32, 32))


@pytest.mark.parametrize("box", [Box(0, 0, 10, 10), Box(50, 30, 60, 40)])
def test_a_box_at_the_border(box: Box) -> None:
    expected = resized(PIXELS[box.y0 : box.y1, box.x0 : box.x1], 32, 32)
    np.testing.assert_array_equal(prepare(FRAME, box, RECIPE.preparation), expected)


@pytest.mark.parametrize("recipe", [RECIPE, LETTERBOX])
def test_grey_is_rgb_thrice(recipe: object) -> None:
    grey = PIXELS[..., 0]
    thrice = np.ascontiguousarray(grey[:, :, None].repeat(3, axis=2))
    np.testing.assert_array_equal(
        prepare(Frame(grey), BOX, recipe.preparation), prepare(Frame(thrice), BOX, recipe.preparation)
    )


def test_a_box_outside_is_refused() -> None:
    with pytest.raises(DataError, match="leaves the image"):
        prepare(FRAME, Box(40, 0, 61, 10), RECIPE.preparation)


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
