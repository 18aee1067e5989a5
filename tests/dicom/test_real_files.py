"""Every ultrasound file that pydicom and pydicom-data bring, and others of theirs that few viewers show right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dicom_files import FILES, path_of
from isthmus.data.pixels import read_frame
from isthmus.dicom.regions import scan_area, spacing_in
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, Pixels


def there(name: str) -> Path:
    path = path_of(name)
    if path is None:
        pytest.skip(f"{name}.dcm is not installed with pydicom or pydicom-data")
    return path


def frame_of(name: str, page: int = 1) -> Frame:
    return read_frame(there(name), name, page)


def greys_apart(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize("name", FILES)
def test_every_ultrasound_file_is_read(name: str) -> None:
    frame = frame_of(name)
    assert frame.pixels.dtype == np.uint8
    assert frame.notes == ()
    assert frame.pixels.std() > 5  # it isn't blank


@pytest.mark.parametrize(
    "name", ["OBXXXX1A_expb", "OBXXXX1A_rle", "OBXXXX1A_2frame", "OBXXXX1A_expb_2frame", "OBXXXX1A_rle_2frame"]
)
def test_the_same_palette_picture_in_every_syntax(name: str) -> None:
    assert np.array_equal(frame_of(name).pixels, frame_of("OBXXXX1A").pixels)


@pytest.mark.parametrize(
    ("name", "other", "apart"),
    [("US1_J2KR", "US1_UNCR", 0), ("US1_J2KI", "US1_UNCI", 3), ("gdcm-US-ALOKA-16_big", "gdcm-US-ALOKA-16", 0)],
)
def test_the_same_picture_compressed(name: str, other: str, apart: float) -> None:
    assert greys_apart(frame_of(name).pixels, frame_of(other).pixels) <= apart


@pytest.mark.parametrize(
    ("name", "area", "mm"),
    [
        ("OBXXXX1A", Box(120, 60, 800, 519), 0.2623),
        ("JPGLosslessP14SV1_1s_1f_8b", Box(14, 38, 1011, 759), 0.2548),
        ("color3d_jpeg_baseline", Box(84, 31, 596, 415), 0.5105),
        ("gdcm-US-ALOKA-16", Box(32, 24, 336, 416), 0.3827),
        ("examples_ybr_color", Box(0, 0, 320, 240), None),  # scaled to half after the header was written
        ("examples_palette", Box(0, 0, 800, 350), None),  # cut
        ("US1_UNCR", Box(0, 0, 640, 480), None),
    ],
)
def test_scan_area_and_millimetres(name: str, area: Box, mm: float | None) -> None:
    frame = frame_of(name)
    assert scan_area(frame) == area
    spacing = spacing_in(frame, area)
    assert spacing.mm == (None if mm is None else pytest.approx((mm, mm), abs=1e-4))
    assert bool(spacing.reason) == (mm is None)


def test_across_two_views_there_are_no_millimetres() -> None:
    assert spacing_in(frame_of("gdcm-US-ALOKA-16"), Box(300, 100, 400, 200)).mm is None


def test_a_clip_that_is_called_rgb_is_shown_as_it_is(tmp_path: Path) -> None:
    """Believed, it would be off by up to 136 grey levels, and no decoder would say so."""
    content = there("color3d_jpeg_baseline").read_bytes()
    relabelled = tmp_path / "a.dcm"
    relabelled.write_bytes(content.replace(b"YBR_FULL_422", b"RGB         ", 1))
    for page in (1, 60, 120):
        frame = read_frame(relabelled, page=page)
        assert np.array_equal(frame.pixels, frame_of("color3d_jpeg_baseline", page).pixels)
        assert "calls its colours RGB; they are YCbCr" in frame.notes[0]


COLOURS = ("SC_rgb_dcmtk_ebcr_dcmd", "SC_rgb_dcmtk_ebcyn1_dcmd", "SC_rgb_dcmtk_ebcyn2_dcmd", "SC_rgb_dcmtk_ebcynp_dcmd")
COLOURS += ("SC_rgb_dcmtk_ebcys2_dcmd", "SC_rgb_dcmtk_ebcys4_dcmd", "SC_rgb_jpeg_dcmtk", "SC_rgb_jpeg_gdcm")
COLOURS += (
    "SC_rgb_small_odd_jpeg",
    "SC_rgb_rle",
    "SC_rgb_jls_lossy_line",
    "SC_rgb_gdcm_KY",
    "SC_ybr_full_uncompressed",
)


@pytest.mark.parametrize("name", COLOURS)
def test_bars_of_colour_keep_their_colours(name: str) -> None:
    try:
        frame = frame_of(name)
    except DataError as error:
        pytest.fail(str(error))
    if frame.pixels.shape != (100, 100, 3):
        return  # another picture: that it is read is all
    red, green, blue = (frame.pixels[row, 50].astype(int) for row in (5, 25, 45))
    for at, bar in enumerate((red, green, blue)):
        assert bar.argmax() == at
        assert bar.max() > 240
        assert np.delete(bar, at).max() < 20


@pytest.mark.parametrize(
    "name", ["HTJ2K_08_RGB", "HTJ2KLossless_08_RGB", "JLSL_RGB_ILV0", "JLSL_RGB_ILV1", "JLSL_RGB_ILV2"]
)
def test_high_throughput_jpeg_2000_and_the_three_orders_of_jpeg_ls(name: str) -> None:
    assert frame_of(name).pixels.shape[2] == 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rtplan", "is a DICOM file without pixels (RT Plan Storage)"),
        ("liver_1frame", "has 1 bits a sample"),
        ("JPEG-lossy", "has 12 bits a sample; 8 are read"),
        ("MR_truncated", "is cut short: it states 8,192 bytes of pixels and holds 8,130"),
        ("parametric_map_float", "has pixels in floating point"),
    ],
)
def test_what_is_refused_is_named(name: str, words: str) -> None:
    with pytest.raises(DataError) as caught:
        frame_of(name)
    assert words in caught.value.what
