"""A DICOM file is read as a viewer shows it, whatever its transfer syntax and colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pydicom.uid as uids
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import UID

from isthmus.data import pixels
from isthmus.dicom.read import read_frame
from isthmus.dicom.shown import rgb_of
from isthmus.errors import DataError
from make import sonograms
from make.sonograms import LOSSLESS, LOSSY, NATIVE, coloured, grey, in_syntax, jpeg, native, sonogram

FRAMES = {"grey": grey(), "grey of 16 bits": grey(bits=16), "colour": coloured()}
DEEP = {uids.JPEGLossless, uids.JPEGLosslessSV1, uids.JPEGBaseline8Bit, uids.JPEGExtended12Bit}  # 8 bits alone are read


def named(syntax: UID) -> str:
    return str(syntax.name)


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("syntax", [*NATIVE, *LOSSLESS], ids=named)
def test_every_lossless_syntax_gives_the_picture_of_the_uncompressed(syntax: UID, kind: str) -> None:
    if kind == "grey of 16 bits" and syntax in DEEP:
        with pytest.raises(DataError, match="has 16 bits a sample; 8 are read"):
            read_frame(in_syntax(FRAMES[kind], syntax))
        return
    frame = read_frame(in_syntax(FRAMES[kind], syntax))
    assert np.array_equal(frame.pixels, read_frame(native(FRAMES[kind])).pixels)
    assert (frame.pixels.dtype, frame.pages, frame.notes) == (np.uint8, 1, ())


@pytest.mark.parametrize("kind", ["grey", "colour"])
@pytest.mark.parametrize("syntax", LOSSY, ids=named)
def test_every_lossy_syntax_gives_nearly_that_picture(syntax: UID, kind: str) -> None:
    frame = read_frame(in_syntax(FRAMES[kind], syntax))
    differences = np.abs(frame.pixels.astype(int) - FRAMES[kind])
    assert differences.mean() < 6
    assert frame.notes == ()


def test_a_jpeg_is_read_as_the_same_jpeg_outside_of_dicom() -> None:
    for picture in (grey(), coloured()):
        code = jpeg(picture)
        inside = sonograms.compressed(
            [code], picture, uids.JPEGBaseline8Bit, "YBR_FULL_422" if picture.ndim > 2 else ""
        )
        difference = read_frame(inside).pixels.astype(int) - pixels.read_frame(code).pixels
        assert np.abs(difference).max() <= 2  # Pillow and libjpeg round YCbCr apart


def test_the_one_decoder_of_the_house_reads_it(tmp_path: Any) -> None:
    path = tmp_path / "IM0001"
    for content in (native(coloured()), native(coloured())[128 + 4 :]):  # with and without preamble
        path.write_bytes(content)
        for source in (path, content):
            assert np.array_equal(pixels.read_frame(source, "a").pixels, coloured())


def test_monochrome1_is_the_negative() -> None:
    assert np.array_equal(read_frame(native(grey(), photometric="MONOCHROME1")).pixels, 255 - grey())


def test_colour_by_plane() -> None:
    planes = np.ascontiguousarray(np.moveaxis(coloured(), -1, 0))
    stored = native(planes.reshape(coloured().shape), PlanarConfiguration=1)
    assert np.array_equal(read_frame(stored).pixels, coloured())


def test_ybr_full_is_shown_as_rgb() -> None:
    red = np.full((4, 4, 3), (76, 85, 255), np.uint8)  # PS3.3 C.7.6.3.1.2
    shown = read_frame(native(red, photometric="YBR_FULL")).pixels
    assert np.abs(shown.astype(int) - (254, 0, 0)).max() <= 1


@pytest.mark.parametrize("syntax", [uids.ExplicitVRLittleEndian, uids.ExplicitVRBigEndian], ids=named)
def test_native_ybr_full_422_has_two_bytes_a_pixel(syntax: UID) -> None:
    ybr = coloured()
    ybr[:, 1::2, 1:] = ybr[:, ::2, 1:]  # two pixels share their colour
    halved = np.stack([ybr[:, ::2, 0], ybr[:, 1::2, 0], ybr[:, ::2, 1], ybr[:, ::2, 2]], axis=-1)
    made = sonograms.header([ybr], syntax, "YBR_FULL_422")
    made.add_new("PixelData", "OB", halved.tobytes())
    assert np.array_equal(read_frame(sonograms.written(made)).pixels, rgb_of(ybr))


@pytest.mark.parametrize(("bits", "wide"), [(8, 1), (16, 1), (16, 257)])
def test_palettes_of_8_and_16_bits(bits: int, wide: int) -> None:
    tables = [np.roll(np.arange(256), shift) * wide for shift in (0, 50, 100)]
    changes: dict[str, Any] = {}
    for name, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        changes[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        changes[f"{name}PaletteColorLookupTableData"] = table.astype(np.uint8 if bits == 8 else "<u2").tobytes()
    shown = read_frame(native(grey(), photometric="PALETTE COLOR", **changes)).pixels
    assert np.array_equal(shown, np.stack([(table // wide)[grey()] for table in tables], axis=-1))


def test_16_bits_are_scaled_by_their_range_and_signs_kept() -> None:
    ramp = np.array([[-1000, 0, 1000, 3000]], np.int16)
    stored = native(ramp.view(np.uint16), PixelRepresentation=1)
    assert read_frame(stored).pixels.tolist() == [[0, 64, 128, 255]]
    twelve = native(np.array([[0, 2048, 4095 + 0x8000, 1000]], np.uint16), BitsStored=12, HighBit=11)
    assert read_frame(twelve).pixels.tolist() == [[0, 128, 255, 62]]  # what lies above the stored bits is no part of it


def test_the_window_is_that_of_the_standard() -> None:
    """PS3.3 C.11.2.1.2.1: ((x - (c - .5)) / (w - 1) + .5), after the rescaling."""
    ramp = np.array([[0, 1000, 1500, 2000, 4000]], np.uint16)
    windowed = native(
        ramp, RescaleSlope="2", RescaleIntercept="-1000", WindowCenter=["2000", "9"], WindowWidth=["2001", "9"]
    )
    expected = [round(255 * min(max((2 * int(x) - 1000 - 1999.5) / 2000 + 0.5, 0), 1)) for x in ramp[0]]
    assert read_frame(windowed).pixels.tolist() == [expected]


def test_a_narrow_window_begins_and_ends_half_a_step_early() -> None:
    """There the standard's LINEAR differs from (x - c) / w + .5 by up to a seventh of the scale."""
    ramp = np.array([[96, 97, 98, 99, 100, 101, 102]], np.uint16)
    shown = read_frame(native(ramp, WindowCenter="100", WindowWidth="5")).pixels
    assert shown.tolist() == [[0, 0, 32, 96, 159, 223, 255]]
    exact = read_frame(native(ramp, WindowCenter="100", WindowWidth="5", VOILUTFunction="LINEAR_EXACT")).pixels
    assert exact.tolist() == [[0, 0, 25, 76, 128, 178, 230]]


def test_tables_of_modality_and_voi() -> None:
    item = Dataset()
    item.LUTDescriptor = [256, 0, 8]
    item.add_new("LUTData", "OW", (255 - np.arange(256)).astype("<u2").tobytes())
    item.ModalityLUTType = "US"
    for keyword in ("ModalityLUTSequence", "VOILUTSequence"):
        assert np.array_equal(read_frame(native(grey(), **{keyword: [item]})).pixels, 255 - grey())


class TestColour:
    """Colours are checked, not believed."""

    @pytest.mark.parametrize("stated", ["RGB", "YBR_FULL", "YBR_FULL_422"])
    def test_a_jpeg_of_ycbcr_is_so_whatever_its_header_says(self, stated: str) -> None:
        code = jpeg(sonogram(), subsampling=0)
        frame = read_frame(sonograms.compressed([code], sonogram(), uids.JPEGBaseline8Bit, stated))
        assert np.abs(frame.pixels.astype(int) - pixels.read_frame(code).pixels).max() <= 2
        assert bool(frame.notes) == (stated == "RGB")

    @pytest.mark.parametrize("stated", ["RGB", "YBR_FULL_422"])
    def test_halved_colours_tell_without_any_marker(self, stated: str) -> None:
        code = sonograms.without_markers(jpeg(sonogram()))
        frame = read_frame(sonograms.compressed([code], sonogram(), uids.JPEGBaseline8Bit, stated))
        assert np.abs(frame.pixels.astype(int) - pixels.read_frame(code).pixels).max() <= 2

    @pytest.mark.parametrize("stated", ["RGB", "YBR_FULL"])
    def test_a_jpeg_of_rgb_is_so_by_its_marker(self, stated: str) -> None:
        code = jpeg(coloured(), keep_rgb=True)
        frame = read_frame(sonograms.compressed([code], coloured(), uids.JPEGBaseline8Bit, stated))
        assert np.abs(frame.pixels.astype(int) - coloured()).max() < 30
        assert bool(frame.notes) == (stated != "RGB")

    def test_without_markers_the_grey_of_a_sonogram_tells(self) -> None:
        code = sonograms.without_markers(jpeg(sonogram(), subsampling=0))
        frame = read_frame(sonograms.compressed([code], sonogram(), uids.JPEGBaseline8Bit, "RGB"))
        assert np.abs(frame.pixels.astype(int) - pixels.read_frame(code).pixels).max() <= 2
        assert frame.notes == ("its header calls its colours RGB; they are YCbCr, as a grey picture shows",)

    def test_uncompressed_colours_that_are_called_wrong(self) -> None:
        ybr = np.asarray(Image.fromarray(sonogram()).convert("YCbCr"))
        assert np.abs(read_frame(native(ybr)).pixels.astype(int) - sonogram()).max() <= 3
        assert np.array_equal(read_frame(native(sonogram(), photometric="YBR_FULL")).pixels, sonogram())

    def test_a_coloured_picture_is_believed(self) -> None:
        frame = read_frame(native(coloured()))
        assert (np.array_equal(frame.pixels, coloured()), frame.notes) == (True, ())


def clip(count: int) -> list[np.ndarray[Any, Any]]:
    return [grey(seed) for seed in range(count)]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_each_frame_of_a_clip(page: int) -> None:
    frames = clip(3)
    codes = [jpeg(one) for one in frames]
    for content in (native(*frames), sonograms.compressed(codes, frames[0], uids.JPEGBaseline8Bit)):
        frame = read_frame(content, page=page)
        assert (frame.page, frame.pages) == (page, 3)
        assert np.abs(frame.pixels.astype(int) - frames[page - 1]).mean() < 3
    with pytest.raises(DataError, match="has 3 frames, no frame 4"):
        read_frame(native(*frames), page=4)


def test_a_clip_that_doesnt_say_so_shows_its_first_frame() -> None:
    codes = [jpeg(one) for one in clip(3)]
    for content in (
        sonograms.compressed(codes, grey(), uids.JPEGBaseline8Bit, NumberOfFrames=None),
        native(*clip(3), NumberOfFrames=None),
    ):
        frame = read_frame(content)
        assert frame.pages == 1
        assert np.abs(frame.pixels.astype(int) - grey()).mean() < 3
        assert frame.notes == ("its header states 1 frame and it holds 3: those beyond aren't read",)


@pytest.mark.parametrize("stated", [1, 2, 3])
def test_of_more_frames_than_are_stated_it_is_said(stated: int) -> None:
    codes = [jpeg(one) for one in clip(3)]
    for content in (
        sonograms.compressed(codes, grey(), uids.JPEGBaseline8Bit, NumberOfFrames=stated),
        native(*clip(3), NumberOfFrames=stated),
    ):
        frame = read_frame(content, page=stated)
        assert frame.pages == stated
        assert bool(frame.notes) == (stated < 3)


def test_a_frame_in_many_fragments_without_a_table() -> None:
    code = jpeg(grey())
    made = sonograms.header([grey(), grey()], uids.JPEGBaseline8Bit)
    items = [b"", *(code[at : at + 300] for at in range(0, len(code), 300)), code]
    parts = (b"\xfe\xff\x00\xe0" + len(item).to_bytes(4, "little") + item for item in items)
    made.add_new("PixelData", "OB", b"".join(parts) + b"\xfe\xff\xdd\xe0\0\0\0\0")
    made["PixelData"].is_undefined_length = True
    content = sonograms.written(made)
    assert np.array_equal(read_frame(content, page=1).pixels, read_frame(content, page=2).pixels)
