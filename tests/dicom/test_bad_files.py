"""A DICOM file that lies, is damaged or isn't read is refused in one line, and little memory is taken."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pydicom.uid as uids
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import UID

from isthmus.data.decode_memory import MOST_MEMORY, MOST_PIXELS_A_SIDE
from isthmus.dicom.header import opened, read_header
from isthmus.dicom.layout import Bounds
from isthmus.dicom.read import BOUNDS, read_frame
from isthmus.errors import DataError
from make import sonograms
from make.sonograms import LOSSLESS, LOSSY, NATIVE, coloured, grey, in_syntax, jpeg, native, region

CODE = jpeg(grey())


def a_jpeg(syntax: UID = uids.JPEGBaseline8Bit, **changes: Any) -> bytes:
    return sonograms.compressed([CODE], grey(), syntax, **changes)


def relabelled(content: bytes, syntax: UID, as_syntax: UID) -> bytes:
    """The same file that states another transfer syntax."""
    return content.replace(str(syntax).encode(), str(as_syntax).encode().ljust(len(str(syntax)), b"\0"), 1)


def without_pixels(**changes: Any) -> bytes:
    return sonograms.written(sonograms.header([grey()], uids.ExplicitVRLittleEndian, **changes))


BASELINE, LITTLE = uids.JPEGBaseline8Bit, uids.ExplicitVRLittleEndian
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no pixels": (without_pixels, "is a DICOM file without pixels (Ultrasound Image Storage)"),
    "a report": (
        lambda: without_pixels(SOPClassUID=uids.ComprehensiveSRStorage, Modality="SR"),
        "is a DICOM file without pixels (Comprehensive SR Storage)",
    ),
    "not a header": (lambda: bytes(128) + b"DICM" + b"\1\2\3" * 50, "has no pixels, or is damaged before them"),
    "pixels missing": (lambda: native(grey())[:-1000], "is cut short: it states 3,072 bytes of pixels and holds 2,072"),
    "4 GB claimed": (
        lambda: native(grey(), Rows=65_535, Columns=65_535),
        "is 65535 x 65535 pixels; at most 16384 a side are read",
    ),
    "1 GB claimed": (lambda: native(grey(), Rows=16_000, Columns=16_000), "too large to decode in 768 MiB"),
    "more rows than pixels": (lambda: native(grey(), Rows=50), "states 1 frame of 3,200 bytes and holds 0"),
    "frames that lie": (
        lambda: native(grey(), NumberOfFrames=3000),
        "states 3000 frames of 3,072 bytes and holds 1",
    ),
    "frames of a JPEG that lie": (lambda: a_jpeg(NumberOfFrames=3000), "states 3000 frames and holds 1 frame"),
    "no frames": (lambda: native(grey(), NumberOfFrames=0), "its NumberOfFrames is 0"),
    "no rows": (lambda: native(grey(), Rows=None), "states no Rows"),
    "no colours": (lambda: native(grey(), PhotometricInterpretation=None), "states no PhotometricInterpretation"),
    "odd colours": (lambda: native(coloured(), photometric="HSV"), "has colours in 'HSV', which are not read"),
    "samples": (lambda: native(grey(), SamplesPerPixel=3), "has colours in 'MONOCHROME2', 3 samples a pixel"),
    "32 bits": (lambda: native(grey(), BitsAllocated=32), "has 32 bits a sample; 8 and 16 are read"),
    "1 bit": (lambda: native(grey(), BitsAllocated=1, BitsStored=1, HighBit=0), "has 1 bits a sample"),
    "bits": (lambda: native(grey(), BitsStored=9), "its BitsStored is 9, not in 1 .. 8"),
    "called compressed": (
        lambda: relabelled(native(grey()), LITTLE, uids.RLELossless),
        "its pixels are not compressed",
    ),
    "called uncompressed": (lambda: relabelled(a_jpeg(), BASELINE, LITTLE), "its pixels are compressed, which"),
    "called JPEG 2000": (
        lambda: relabelled(a_jpeg(), BASELINE, uids.JPEG2000),
        "its pixels are JPEG; its transfer syntax says JPEG 2000",
    ),
    "a video": (lambda: a_jpeg(uids.MPEG2MPML), "is MPEG2 Main Profile / Main Level, which is not read"),
    "unknown": (
        lambda: relabelled(a_jpeg(), BASELINE, UID("1.2.3.4")),
        "is in transfer syntax 1.2.3.4, which is not read",
    ),
    "another size": (lambda: a_jpeg(Columns=60), "its JPEG is 64 x 48 pixels; its header says 60 x 48"),
    "other samples": (
        lambda: sonograms.compressed([jpeg(coloured())], grey(), BASELINE),
        "its JPEG has 3 samples of 8 bits a pixel; its header says 1 of 8",
    ),
    "no palette": (lambda: native(grey(), photometric="PALETTE COLOR"), "its palette is missing or damaged"),
    "a frame too long": (
        lambda: sonograms.compressed([CODE + bytes(100_000)], grey(), BASELINE),
        "has a compressed frame of",
    ),
    "no end": (lambda: a_jpeg()[:-8], "is cut short: its pixel data have no end"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_named(name: str) -> None:
    content, words = REFUSED[name]
    with pytest.raises(DataError) as caught:
        read_frame(content(), "a.dcm")
    assert words in caught.value.what
    assert (caught.value.where, bool(caught.value.remedy)) == ("a.dcm", True)


def test_odd_colours_of_two_pixels() -> None:
    with pytest.raises(DataError, match="odd number of columns"):
        read_frame(native(coloured()[:, :63, :2], photometric="YBR_FULL_422", SamplesPerPixel=3))


def test_a_deflated_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isthmus.dicom.header.MOST_INFLATED", 1 << 12)
    with pytest.raises(DataError, match="when it is inflated"):
        read_frame(in_syntax(np.zeros((200, 200), np.uint8), uids.DeflatedExplicitVRLittleEndian))


def test_a_length_that_lies_allocates_nothing(tmp_path: Any) -> None:
    made = native(grey())
    path = tmp_path / "a.dcm"
    path.write_bytes(made[:150] + b"\x09\0\x01\0OB\0\0\xf0\xff\xff\xff" + made[150:])  # 4 GB in a private element
    tracemalloc.start()
    with pytest.raises(DataError):
        read_frame(path)
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


def test_of_a_long_clip_one_frame_is_read(tmp_path: Any) -> None:
    frame = np.zeros((480, 640), np.uint8)
    path = tmp_path / "clip.dcm"
    made = sonograms.header([frame] * 3000, LITTLE)
    made.add_new("PixelData", "OB", b"")
    head = sonograms.written(made)[:-4] + (frame.size * 3000).to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + frame.size * 3000)  # 900 MB of zeros that take no room
    tracemalloc.start()
    assert read_frame(path, page=2999).pages == 3000
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()


def test_raw_data_of_a_device_before_the_pixels_are_passed_over(tmp_path: Any) -> None:
    made = sonograms.header([grey()], uids.ExplicitVRLittleEndian)
    made.PixelData = grey().tobytes()
    made.add_new(0x200D0010, "LO", "DEVICE")
    made.add_new(0x200D1001, "OB", bytes(32 << 20))
    path = tmp_path / "raw.dcm"
    path.write_bytes(sonograms.written(made))
    tracemalloc.start()
    stated = read_header(path)
    frame = read_frame(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
    assert (stated.PatientID, 0x200D1001 in stated) == ("P1", False)
    assert np.array_equal(frame.pixels, grey())


def test_bounds_are_what_is_given_else_those_of_every_picture() -> None:
    assert (BOUNDS.side, BOUNDS.memory) == (MOST_PIXELS_A_SIDE, MOST_MEMORY)
    with pytest.raises(DataError, match="at most 40 a side"):
        read_frame(native(grey()), bounds=Bounds(side=40))


def test_a_header_is_read_without_pixels(tmp_path: Any) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(native(grey(), PatientName="王^小明", SpecificCharacterSet="ISO_IR 192"))
    header = read_header(path)
    assert (str(header.PatientName), "PixelData" in header) == ("王^小明", False)
    assert header.file_meta.TransferSyntaxUID == LITTLE
    with pytest.raises(DataError, match="No such file"), opened(tmp_path / "gone.dcm"):
        pass


SAMPLES = [
    in_syntax(frame, syntax, SequenceOfUltrasoundRegions=[region()], WindowCenter="99", WindowWidth="150")
    for frame, syntaxes in ((grey(), (*NATIVE, *LOSSLESS, *LOSSY)), (coloured(), (*LOSSLESS, *LOSSY)))
    for syntax in syntaxes
]


def picture_or_refusal(content: bytes) -> None:
    with contextlib.suppress(DataError):  # nothing else may come out, nor a warning
        assert read_frame(content).pixels.dtype == np.uint8


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_flipped_bytes_give_a_picture_or_a_refusal(sample: bytes, data: st.DataObject) -> None:
    content = bytearray(sample)
    positions = st.integers(0, len(content) - 1) | st.integers(0, 1500)
    for at, value in data.draw(st.lists(st.tuples(positions, st.integers(0, 255)), min_size=1, max_size=8)):
        content[at] = value
    picture_or_refusal(bytes(content))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SAMPLES), st.floats(0, 1))
def test_a_file_that_ends_anywhere_is_refused(sample: bytes, share: float) -> None:
    picture_or_refusal(sample[: int(share * len(sample))])


@pytest.mark.parametrize("sample", [native(grey()), a_jpeg()], ids=["native", "JPEG"])
def test_no_file_that_is_cut_short_is_shown(sample: bytes) -> None:
    for end in range(0, len(sample) - 8, 101):  # behind it stand the last fragment's end and padding
        with pytest.raises(DataError):
            read_frame(sample[:end])
