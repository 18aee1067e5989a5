"""Each change against arrays made by hand; the strength that changes nothing does so; boxes stay in the picture."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import gaussian_filter

from isthmus.data.audit.crosses import crosses
from isthmus.evidence.pictured.changes import CHANGES, VARIANTS, Change, random_of, variants
from isthmus.nodule import Box, Frame, ImageRef, Nodule, Pixels

BY_NAME: Mapping[str, Change] = {one.name: one for one in CHANGES}
NODULE = Nodule("7-1", "7", "7", ImageRef(Path("7.png")), Box(20, 30, 60, 50))


def frame(colour: bool = False, height: int = 80, width: int = 100) -> Frame:
    shape = (height, width, 3) if colour else (height, width)
    smooth = gaussian_filter(np.random.default_rng(0).normal(90, 150, shape), 2 if not colour else (2, 2, 0))
    return Frame(np.clip(smooth, 0, 255).astype(np.uint8), origin="made")


def made(name: str, strength: float, seen: Frame | None = None, box: Box = NODULE.box) -> tuple[Frame, Box]:
    change = BY_NAME[name]
    return change.make(seen or frame(), box, strength, random_of(NODULE, change, 0))


def grey(*rows: list[int]) -> Frame:
    return Frame(np.array(rows, np.uint8))


def values(name: str, strength: float, *rows: list[int]) -> list[list[int]]:
    pixels: Pixels = made(name, strength, grey(*rows), Box(0, 0, 1, 1))[0].pixels
    return pixels.tolist()


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("change", [one for one in CHANGES if one.none is not None], ids=lambda one: one.name)
def test_the_strength_none_changes_nothing(change: Change, colour: bool) -> None:
    assert change.none is not None
    assert change.none not in change.strengths
    seen, box = change.make(frame(colour), NODULE.box, change.none, random_of(NODULE, change, 0))
    np.testing.assert_array_equal(seen.pixels, frame(colour).pixels)
    assert box == NODULE.box


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize(("change", "strength"), VARIANTS, ids=lambda one: getattr(one, "name", one))
def test_every_change_changes_something_and_keeps_the_size(change: Change, strength: float, colour: bool) -> None:
    before = frame(colour)
    seen, box = change.make(before, NODULE.box, strength, random_of(NODULE, change, 0))
    assert seen.pixels.shape == before.pixels.shape
    assert seen.pixels.dtype == np.uint8
    assert seen.origin == "made"
    assert box != NODULE.box or (seen.pixels != before.pixels).any()
    np.testing.assert_array_equal(before.pixels, frame(colour).pixels)  # pure


def test_brightness_adds_grey_levels() -> None:
    assert values("brightness", 20, [0, 100, 250]) == [[20, 120, 255]]
    assert values("brightness", -40, [0, 100, 250]) == [[0, 60, 210]]


def test_contrast_is_about_the_mean_grey_of_a_sonogram() -> None:
    assert values("contrast", 0.5, [0, 64, 164]) == [[32, 64, 114]]
    assert values("contrast", 2, [0, 64, 100, 250]) == [[0, 64, 136, 255]]


def test_speckle_multiplies_and_has_its_deviation() -> None:
    level = Frame(np.full((300, 300), 100, np.uint8))
    noise = made("speckle", 0.2, level)[0].pixels.astype(float)
    assert noise.mean() == pytest.approx(100, abs=1)
    assert noise.std() == pytest.approx(20, rel=0.05)
    assert np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1] > 0.5  # a grain of more than a pixel
    assert not made("speckle", 0.4, Frame(np.zeros((50, 50), np.uint8)))[0].pixels.any()


def test_no_speckle_is_below_black() -> None:
    strong = made("speckle", 2, Frame(np.full((100, 100), 100, np.uint8)))[0].pixels
    assert (strong == 0).mean() == pytest.approx(0.31, abs=0.06)  # where the noise is below -1/2


def test_speckle_keeps_grey_grey() -> None:
    pixels = made("speckle", 0.2, Frame(np.repeat(frame().pixels[..., None], 3, 2)))[0].pixels
    assert (pixels == pixels[..., :1]).all()


def test_blur_is_gaussian() -> None:
    point = np.zeros((41, 41), np.uint8)
    point[20, 20] = 255
    blurred = made("blur", 2, Frame(point))[0].pixels
    np.testing.assert_allclose(blurred, gaussian_filter(point.astype(float), 2), atol=1)


def test_jpeg_is_that_of_its_quality() -> None:
    for quality in (90, 20):
        file = io.BytesIO()
        Image.fromarray(frame(True).pixels).save(file, "JPEG", quality=quality)
        np.testing.assert_array_equal(made("jpeg", quality, frame(True))[0].pixels, np.asarray(Image.open(file)))


def test_resolution_averages_blocks() -> None:
    step = [[0, 100] * 4] * 8
    assert np.unique(values("resolution", 0.5, *step)).tolist() == [50]


def test_flip_mirrors_picture_and_box() -> None:
    seen, box = made("flip", 1, grey([1, 2, 3, 4]), Box(0, 0, 1, 1))
    assert (seen.pixels.tolist(), box) == ([[4, 3, 2, 1]], Box(3, 0, 4, 1))
    assert seen.pixels[0, box.x0] == 1


def test_calipers_stand_at_the_ends_of_the_box_and_are_detected() -> None:
    dark = Frame(np.full((120, 160), 60, np.uint8))
    box = Box(40, 40, 101, 81)
    for count, places in ((2, {(60, 40), (60, 100)}), (4, {(60, 40), (60, 100), (40, 70), (80, 70)})):
        found = crosses(made("calipers", count, dark, box)[0])
        assert {(one.y, one.x) for one in found} == places


def test_a_box_moves_by_a_share_of_its_sides_and_farther_with_the_strength() -> None:
    wide, box = Frame(np.zeros((1000, 1000), np.uint8)), Box(400, 400, 600, 500)
    moves = []
    for by in (0.05, 0.1, 0.2):
        moved = made("shift", by, wide, box)[1]
        assert (moved.width, moved.height) == (200, 100)
        across, down = (moved.x0 - 400) / 200, (moved.y0 - 400) / 100
        assert np.hypot(across, down) == pytest.approx(by, abs=0.008)
        moves.append(np.arctan2(down, across))
    assert max(moves) - min(moves) < 0.15


def test_a_box_grows_about_its_centre() -> None:
    assert made("scale", 0.8, box=Box(20, 20, 60, 40))[1] == Box(24, 22, 56, 38)
    assert made("scale", 1.25, box=Box(20, 20, 60, 40))[1] == Box(15, 17, 65, 42)
    assert made("scale", 1.25, box=Box(0, 0, 100, 80))[1] == Box(0, 0, 100, 80)


@settings(max_examples=30)
@given(
    sides=st.tuples(st.integers(0, 36), st.integers(0, 26), st.integers(1, 37), st.integers(1, 27)),
    strength=st.floats(0, 2),
    seed=st.integers(0, 5),
)
def test_boxes_stay_in_the_picture(sides: tuple[int, int, int, int], strength: float, seed: int) -> None:
    x0, y0, width, height = sides
    box = Box(x0, y0, min(x0 + width, 37), min(y0 + height, 27))
    seen = frame(height=27, width=37)
    for name in ("shift", "scale", "flip"):
        moved = BY_NAME[name].make(seen, box, strength, np.random.default_rng(seed))[1]
        assert moved.fits(37, 27)
        if name == "shift":
            assert (moved.width, moved.height) == (box.width, box.height)


def test_random_numbers_are_those_of_nodule_and_seed() -> None:
    def told(nodule: Nodule, seed: int) -> list[bytes]:
        return [b"%b %s" % (seen.pixels.tobytes(), str(box).encode()) for seen, box in variants(frame(), nodule, seed)]

    other = replace(NODULE, id="8-1")
    first = told(NODULE, 0)
    told(other, 0)
    assert told(NODULE, 0) == first
    differs = [one != two for one, two in zip(first, told(other, 0), strict=True)]
    assert [name for (name, _), differ in zip(VARIANTS, differs, strict=True) if differ] == [
        name for name, _ in VARIANTS if name.name in ("shift", "speckle")
    ]
    assert told(NODULE, 1) != first
