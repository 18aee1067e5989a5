"""The one decoder: every mode of image comes out as uint8 grey or RGB, and nothing else comes out at all."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from isthmus.data.pixels import MOST_PIXELS_A_SIDE, is_image, read_frame
from isthmus.errors import DataError

COLOURS = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises ``width`` x ``height`` pixels and whose body holds none."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def test_rgb_and_grey_keep_their_values() -> None:
    assert np.array_equal(read_frame(encoded(Image.fromarray(COLOURS))).pixels, COLOURS)
    grey = read_frame(encoded(Image.fromarray(COLOURS[..., 0])))
    assert np.array_equal(grey.pixels, COLOURS[..., 0])
    assert (grey.width, grey.height, grey.pixels.dtype) == (16, 12, np.uint8)


def test_a_file_and_its_bytes_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.fromarray(COLOURS)))
    frame = read_frame(path)
    assert np.array_equal(frame.pixels, read_frame(path.read_bytes()).pixels)
    assert frame.origin == str(path)
    assert read_frame(str(path)).origin == str(path)


def test_a_palette_is_resolved() -> None:
    image = Image.fromarray(COLOURS).quantize(256)
    assert np.array_equal(read_frame(encoded(image)).pixels, np.asarray(image.convert("RGB")))


def test_transparency_is_laid_on_black() -> None:
    image = Image.fromarray(np.dstack([COLOURS, np.full((12, 16), 255, np.uint8)]))
    image.putpixel((0, 0), (200, 200, 200, 0))
    image.putpixel((1, 0), (200, 100, 50, 51))
    read = read_frame(encoded(image)).pixels
    assert read.shape == (12, 16, 3)
    assert read[0, 0].tolist() == [0, 0, 0]
    assert read[0, 1].tolist() == [40, 20, 10]
    assert np.array_equal(read[1:], COLOURS[1:])


def test_sixteen_bits_are_scaled_by_their_own_range() -> None:
    values = np.linspace(1000, 3000, 12 * 16).reshape(12, 16).astype(np.uint16)
    read = read_frame(encoded(Image.fromarray(values))).pixels
    assert (read.min(), read.max(), read.dtype) == (0, 255, np.uint8)
    assert np.all(np.diff(read.ravel().astype(int)) >= 0)
    flat = read_frame(encoded(Image.fromarray(np.full((4, 4), 900, np.uint16)))).pixels
    assert not flat.any()


@pytest.mark.parametrize("mode", ["1", "LA", "CMYK", "F", "I"])
def test_other_modes(mode: str) -> None:
    read = read_frame(encoded(Image.fromarray(COLOURS).convert("L").convert(mode), "TIFF")).pixels
    assert read.dtype == np.uint8
    assert read.shape[:2] == (12, 16)


def test_values_that_are_not_finite() -> None:
    values = np.ones((4, 4), np.float32)
    values[0, 0] = np.nan
    with pytest.raises(DataError, match="not finite"):
        read_frame(encoded(Image.fromarray(values), "TIFF"))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"no picture", "is text, which is not read"),
        (b"\x07\x80\x81\x82", "is not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is a PostScript file"),
        (b"\xff\xd8\xff", "is a JPEG that is damaged"),
        (encoded(Image.fromarray(COLOURS), "JPEG")[:-200], "damaged or cut short"),
        (encoded(Image.fromarray(COLOURS))[:-60], "damaged or cut short"),
        (png_of_size(30_000, 10), "is 30000 x 10 pixels; at most 16384 a side"),
        (png_of_size(10, 30_000), "is 10 x 30000 pixels"),
        (png_of_size(16_000, 16_000), "too large to decode in 768 MiB"),
    ],
)
def test_what_cannot_be_read_says_so(content: bytes, what: str) -> None:
    with pytest.raises(DataError, match=what) as caught:
        read_frame(content, origin="case 7")
    assert str(caught.value).startswith("case 7: ")
    assert caught.value.remedy


def test_the_widest_image_is_read() -> None:
    frame = read_frame(encoded(Image.new("L", (MOST_PIXELS_A_SIDE, 2))))
    assert (frame.width, frame.height) == (MOST_PIXELS_A_SIDE, 2)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.png", tmp_path):
        with pytest.raises(DataError, match="can't read") as caught:
            read_frame(path)
        assert caught.value.where == str(path)


KINDS = [encoded(Image.fromarray(COLOURS), kind) for kind in ("JPEG", "PNG", "BMP", "TIFF", "WEBP")]


@given(
    st.sampled_from(KINDS), st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), max_size=4)
)
def test_damaged_bytes_give_a_frame_or_a_data_error(content: bytes, damage: list[tuple[float, bytes]]) -> None:
    for place, put in damage:
        at = int(place * len(content))
        content = content[:at] + put + content[at + len(put) :]
    with contextlib.suppress(DataError):
        assert read_frame(content).pixels.dtype == np.uint8


def test_names_of_images() -> None:
    assert all(is_image(Path(name)) for name in ("a.jpg", "A.JPEG", "b.TiF", "c.webp"))
    assert not any(is_image(Path(name)) for name in (".a.jpg", "._1_1.jpg", "a.xml", "jpg", "a.jpg.txt"))
