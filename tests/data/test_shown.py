"""A frame is what a viewer shows: the page, the orientation, transparency on black, every mode of pixel."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageOps

from isthmus.data.pixels import read_frame
from isthmus.errors import DataError
from isthmus.nodule import Pixels
from make.scan import scan

COLOURS = scan(3)[:, :300]  # 300 x 260
GREY = COLOURS[..., 0]
ORIENTATION = 0x0112


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def oriented(pixels: Pixels, orientation: object, kind: str, **options: object) -> bytes:
    """The pixels stored as they are, with an EXIF orientation."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encoded(Image.fromarray(pixels), kind, exif=exif, **options)


def shown(pixels: Pixels, orientation: int) -> Pixels:
    """The pixels as they are to be shown: quarter turns against the clock, after mirroring left for right or not."""
    quarters, mirrored = {
        1: (0, False),
        2: (0, True),
        3: (2, False),
        4: (2, True),
        5: (1, True),
        6: (3, False),
        7: (3, True),
        8: (1, False),
    }[orientation]
    return np.rot90(pixels[:, ::-1] if mirrored else pixels, quarters)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
    ],
)
@pytest.mark.parametrize("pixels", [GREY, COLOURS], ids=["grey", "colour"])
def test_the_orientation_is_applied(pixels: Pixels, kind: str, options: dict[str, object], orientation: int) -> None:
    frame = read_frame(oriented(pixels, orientation, kind, **options))
    expected = shown(pixels, orientation)
    read = frame.pixels if frame.pixels.ndim == expected.ndim else frame.pixels[..., 0]
    np.testing.assert_array_equal(read, expected)
    assert frame.orientation == orientation
    assert (frame.width, frame.height) == expected.shape[1::-1]
    assert frame.pixels.flags.c_contiguous


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_turned_after_it_is_decoded(orientation: int) -> None:
    content = oriented(COLOURS, orientation, "JPEG", quality=90)
    with Image.open(io.BytesIO(content)) as image:
        as_viewed = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(read_frame(content).pixels, as_viewed)
    np.testing.assert_array_equal(as_viewed.shape, shown(COLOURS, orientation).shape)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
def test_an_orientation_that_is_none_turns_nothing(kind: str, orientation: int) -> None:
    frame = read_frame(oriented(GREY, orientation, kind))
    assert (frame.pixels.shape, frame.orientation) == (GREY.shape, 1)


def test_exif_that_cant_be_read_turns_nothing() -> None:
    for junk in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"nonsense"):
        content = encoded(Image.fromarray(GREY), "PNG", exif=junk)
        np.testing.assert_array_equal(read_frame(content).pixels, GREY)


def pages(kind: str, count: int = 3) -> tuple[bytes, list[Pixels]]:
    """A file of several pages, and what each shows."""
    drawn = [np.ascontiguousarray(scan(seed)[:60, :80]) for seed in range(count)]
    first, *others = [Image.fromarray(page) for page in drawn]
    options: dict[str, object] = {"lossless": True} if kind == "WEBP" else {}
    return encoded(first, kind, save_all=True, append_images=others, **options), drawn


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "WEBP"])
def test_each_page_of_several(kind: str) -> None:
    content, drawn = pages(kind)
    for number, page in enumerate(drawn, 1):
        frame = read_frame(content, page=number)
        np.testing.assert_array_equal(frame.pixels, page)
        assert (frame.page, frame.pages) == (number, 3)
    np.testing.assert_array_equal(read_frame(content).pixels, drawn[0])


@pytest.mark.parametrize("page", [0, -1, 4])
@pytest.mark.parametrize("kind", ["TIFF", "PNG", "WEBP"])
def test_a_page_that_is_not_there(kind: str, page: int) -> None:
    with pytest.raises(DataError, match=f"^a: has 3 pages, no page {page}"):
        read_frame(pages(kind)[0], "a", page)
    with pytest.raises(DataError, match="has 1 page, no page 2"):
        read_frame(encoded(Image.fromarray(GREY)), page=2)


def test_each_page_has_its_own_orientation_and_size() -> None:
    upright, turned = Image.fromarray(GREY), Image.fromarray(COLOURS[:50])
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    turned.encoderinfo = {"exif": exif}  # type: ignore[attr-defined]
    content = encoded(upright, "TIFF", save_all=True, append_images=[turned])
    first, second = read_frame(content), read_frame(content, page=2)
    np.testing.assert_array_equal(first.pixels, GREY)
    np.testing.assert_array_equal(second.pixels, shown(COLOURS[:50], 6))
    assert (first.orientation, second.orientation) == (1, 6)


def test_the_first_page_is_read_where_a_later_one_cant_be_reached() -> None:
    content = pages("TIFF", 2)[0]
    (first,) = struct.unpack("<I", content[4:8])
    (entries,) = struct.unpack("<H", content[first : first + 2])
    at = first + 2 + 12 * entries
    damaged = content[:at] + struct.pack("<I", len(content) + 1000) + content[at + 4 :]
    assert read_frame(damaged).pages == 1


def test_xmp_turns_nothing() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    for content in (
        encoded(Image.fromarray(GREY), "TIFF", tiffinfo={700: xmp}),
        encoded(Image.fromarray(GREY), xmp=xmp),
    ):
        np.testing.assert_array_equal(read_frame(content).pixels, GREY)


def test_further_pictures_in_a_jpeg_are_no_pages() -> None:
    content = encoded(Image.fromarray(COLOURS), "MPO", save_all=True, append_images=[Image.fromarray(COLOURS[:9, :9])])
    frame = read_frame(content)
    assert (frame.pages, frame.pixels.shape) == (1, COLOURS.shape)


def test_transparency_of_grey_is_laid_on_black() -> None:
    half = GREY // 2 + 64
    alpha = np.full_like(half, 255)
    alpha[:20] = 0
    read = read_frame(encoded(Image.merge("LA", [Image.fromarray(half), Image.fromarray(alpha)]))).pixels
    np.testing.assert_array_equal(read, np.where(alpha == 0, 0, half))
    named = read_frame(encoded(Image.fromarray(half), transparency=100)).pixels
    assert (half == 100).any()
    np.testing.assert_array_equal(named, np.where(half == 100, 0, half))


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(bits: int, colour: int, rows: Sequence[bytes], width: int, clear: bytes = b"") -> bytes:
    """A PNG of any depth: ``colour`` 0 is grey, 2 RGB; ``clear`` is what stands in tRNS."""
    header = struct.pack(">IIBBBBB", width, len(rows), bits, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    transparent = chunk(b"tRNS", clear) if clear else b""
    parts = (chunk(b"IHDR", header), transparent, chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("bits", "row", "clear", "expected"),
    [
        (1, b"\x50", 1, [0, 0, 0, 0]),
        (1, b"\x50", 0, [0, 255, 0, 255]),
        (2, b"\x1b", 3, [0, 85, 170, 0]),
        (4, b"\x0f\x5a", 15, [0, 0, 85, 170]),
        (8, b"\x00\x0f\x50\xff", 15, [0, 0, 80, 255]),
    ],
)
def test_a_transparent_grey_is_named_in_the_files_own_bits(
    bits: int, row: bytes, clear: int, expected: list[int]
) -> None:
    read = read_frame(png(bits, 0, [row], 4, struct.pack(">H", clear))).pixels
    assert read.tolist() == [expected]


def test_sixteen_bits_with_a_transparent_grey() -> None:
    row = struct.pack(">4H", 1000, 65535, 2000, 1500)
    assert read_frame(png(16, 0, [row], 4, struct.pack(">H", 65535))).pixels.tolist() == [[0, 0, 255, 128]]
    assert read_frame(png(16, 0, [row], 4)).pixels.tolist() == [[0, 255, 4, 2]]


def test_sixteen_bit_colours_keep_their_upper_bytes() -> None:
    row = struct.pack(">6H", 0x1234, 0x5678, 0x9ABC, 0xFFFF, 0x00FF, 0x0100)
    assert read_frame(png(16, 2, [row], 2)).pixels.tolist() == [[[0x12, 0x56, 0x9A], [0xFF, 0, 1]]]
    with pytest.raises(DataError, match="one of them transparent, which is not read"):
        read_frame(png(16, 2, [row], 2, struct.pack(">3H", 0x1234, 0x5678, 0x9ABC)))


def test_a_transparent_colour_and_a_transparent_place_of_a_palette() -> None:
    image = Image.fromarray(COLOURS)
    clear = image.getpixel((150, 150))
    read = read_frame(encoded(image, transparency=clear)).pixels
    np.testing.assert_array_equal(read, np.where((clear == COLOURS).all(axis=2)[..., None], 0, COLOURS))
    palette = image.quantize(16)
    index = palette.getpixel((150, 150))
    read = read_frame(encoded(palette, transparency=index)).pixels
    expected = np.where((np.asarray(palette) == index)[..., None], 0, np.asarray(palette.convert("RGB")))
    np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_white_is_zero_is_shown_as_it_is_meant(dtype: type[np.generic]) -> None:
    values = np.linspace(100, 3000, 64).reshape(8, 8).astype(dtype)
    plain = read_frame(encoded(Image.fromarray(values), "TIFF")).pixels
    inverted = read_frame(encoded(Image.fromarray(values), "TIFF", tiffinfo={262: 0})).pixels
    np.testing.assert_array_equal(inverted, 255 - plain)


def test_colours_that_cant_be_told_are_refused_by_name() -> None:
    lab = Image.merge("LAB", [Image.fromarray(GREY)] * 3)
    with pytest.raises(DataError, match=r"a: has colours in LAB, which are not read\. Save it as RGB"):
        read_frame(encoded(lab, "TIFF"), "a")


def test_a_bmp_whose_alpha_is_all_zero_is_opaque() -> None:
    rgba = np.dstack([COLOURS, np.zeros_like(GREY)])
    content = encoded(Image.fromarray(rgba), "BMP")
    np.testing.assert_array_equal(read_frame(content).pixels, COLOURS)


def test_large_images_are_converted_in_strips_to_the_same_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = GREY.astype(np.uint16) * 7 + 3
    palette = Image.fromarray(COLOURS).quantize(32)
    contents = [encoded(Image.fromarray(deep)), encoded(palette), oriented(COLOURS, 6, "PNG")]
    at_once = [read_frame(content).pixels for content in contents]
    monkeypatch.setattr("isthmus.data.image_modes.STRIP", 1000)
    for content, expected in zip(contents, at_once, strict=True):
        np.testing.assert_array_equal(read_frame(content).pixels, expected)
