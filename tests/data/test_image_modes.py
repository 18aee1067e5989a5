"""Modes of images: strips, turns and scaling change no pixel that they shouldn't."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from isthmus.data import image_modes
from isthmus.data.image_modes import as_bytes, is_deep, is_grey, refuse_colours, turned
from isthmus.errors import DataError

RGB = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pixels_turn_as_pillow_turns_the_picture(orientation: int) -> None:
    image = Image.fromarray(RGB)
    image.getexif()[0x0112] = orientation
    np.testing.assert_array_equal(turned(RGB, orientation), np.asarray(ImageOps.exif_transpose(image)))


VIA = {"PA": ["RGBA"], "I;16": ["L", "I"]}  # the modes through which Pillow converts RGB to one


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "I", "F", "I;16"])
def test_strips_of_one_row_give_the_same_bytes(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.fromarray(RGB)
    for step in [*VIA.get(mode, []), mode]:
        image = image.convert(step)
    whole = as_bytes(image, 1, "a.png")
    assert whole.dtype == np.uint8
    assert whole.shape == ((7, 5) if is_grey(image) or is_deep(image) else (7, 5, 3))
    monkeypatch.setattr(image_modes, "STRIP", 5)
    np.testing.assert_array_equal(as_bytes(image, 1, "a.png"), whole)


def test_deep_grey_is_scaled_by_its_range_without_what_is_transparent() -> None:
    image = Image.fromarray(np.array([[100, 151, 355, 60_000]], np.int32))
    assert as_bytes(image, 1, "a.png").tolist() == [[0, 0, 1, 255]]
    image.info["transparency"] = 60_000
    assert as_bytes(image, 1, "a.png").tolist() == [[0, 51, 255, 0]]
    assert as_bytes(Image.fromarray(np.full((2, 2), 7, np.int32)), 1, "a.png").tolist() == [[0, 0], [0, 0]]


def test_values_that_are_not_finite_and_colours_that_are_not_read_are_refused() -> None:
    with pytest.raises(DataError, match=r"a\.tif: holds values that are not finite"):
        as_bytes(Image.fromarray(np.array([[1, np.nan]], np.float32)), 1, "a.tif")
    with pytest.raises(DataError, match="colours in LAB"):
        refuse_colours(Image.new("LAB", (2, 2)), "a.tif")
