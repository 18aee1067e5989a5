"""What is no image that is read is named by its content, and a folder of it is not called empty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.data.file_kinds import is_dicom, kind_of, not_read
from isthmus.data.pixels import is_image, read_frame
from isthmus.data.sources import open_source
from isthmus.errors import DataError
from isthmus.infer.archive.walk import items_of

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8))


def box(brand: bytes, *others: bytes) -> bytes:
    body = brand + bytes(4) + b"".join(others)
    return (len(body) + 8).to_bytes(4) + b"ftyp" + body


CONTENTS = {
    "GIF": b"GIF89a" + bytes(20),
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20),
    "JPEG XL": b"\xff\x0a" + bytes(20),
    "HEIC": box(b"heic", b"mif1"),
    "AVIF": box(b"mif1", b"avif", b"miaf"),
    "MP4": box(b"isom", b"mp42"),
    "MOV": box(b"qt  "),
    "QuickTime": b"\0\0\1\0moov" + bytes(9),
    "AVI": b"RIFF\x10\0\0\0AVI LIST",
    "WMV": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    "PDF": b"%PDF-1.7\n\xe2\xe3",
    "SVG": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "HTML": b"\n<!DOCTYPE html><html><body>404</body></html>",
    "ZIP": b"PK\3\4" + bytes(9),
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    "text": "Münze\r\n".encode(),
    "zeros": bytes(500),
    "NIfTI": bytes(344) + b"n+1\0",
    "PNM": b"P5\n8 8\n255\n" + bytes(range(64)),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_each_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(CONTENTS[name])
    for source in (path, CONTENTS[name]):
        with pytest.raises(DataError, match="which is not read") as caught:
            read_frame(source, "case 7")
        assert name in caught.value.what
        assert caught.value.remedy
        assert "\n" not in str(caught.value)


def test_real_files_of_other_kinds(tmp_path: Path) -> None:
    for kind, name in (
        ("GIF", "a GIF"),
        ("JPEG2000", "a JPEG 2000 picture"),
        ("PDF", "a PDF"),
        ("PPM", "a PNM picture"),
    ):
        PICTURE.save(tmp_path / "a.png", kind)
        with pytest.raises(DataError, match=f"is {name}, which is not read"):
            read_frame(tmp_path / "a.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF", "WEBP"])
def test_what_is_read_is_never_taken_for_something_else(kind: str, tmp_path: Path) -> None:
    PICTURE.save(tmp_path / "a.dat", kind)
    assert kind_of((tmp_path / "a.dat").read_bytes()) is None
    assert read_frame(tmp_path / "a.dat").width == 16
    (tmp_path / "a.dat").write_bytes((tmp_path / "a.dat").read_bytes()[:16])
    with pytest.raises(DataError, match=r"damaged"):
        read_frame(tmp_path / "a.dat")


@pytest.mark.parametrize(
    "head",
    [
        bytes(128) + b"DICM\2\0\0\0UL\4\0",
        b"II*\0" + bytes(124) + b"DICM",  # a TIFF as well, as whole slides are
        b"\2\0\0\0UL\4\0",
        b"\x08\0\5\0CS\x0a\0",
        b"\x08\0\5\0\x0a\0\0\0",
        b"\0\x08\0\x05CS\0\x0a",
    ],
)
def test_dicom_is_known_with_and_without_preamble(head: bytes) -> None:
    assert is_dicom(head)


@pytest.mark.parametrize("name", CONTENTS)
def test_nothing_else_is_taken_for_dicom(name: str) -> None:
    assert not is_dicom(CONTENTS[name])


def test_a_dicom_file_without_an_ending_is_an_image(tmp_path: Path) -> None:
    for name in ("IM0001", "1.2.840.113619.2"):
        (tmp_path / name).write_bytes(bytes(128) + b"DICM")
        assert is_image(tmp_path / name)
    (tmp_path / "README").write_text("no image")
    assert not is_image(tmp_path / "README")
    assert not is_image(tmp_path / "gone")


def test_a_text_that_begins_as_a_bmp_is_text() -> None:
    assert str(kind_of(b"BMI is a number")) == "text"


@pytest.mark.parametrize(
    "name", ["scan.gif", "scan.dcm", "scan.MP4", "scan.jp2", "scan.heic", "scan.jfif", "scan.apng"]
)
def test_names_of_pictures_that_are_no_picture_we_read(name: str) -> None:
    assert is_image(Path(name))


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """A folder as an ultrasound machine leaves it: clips without endings, and a report."""
    for number in range(3):
        (tmp_path / "study").mkdir(exist_ok=True)
        (tmp_path / "study" / f"IM{number}").write_bytes(CONTENTS["MP4"])
    (tmp_path / "report.pdf").write_bytes(CONTENTS["PDF"])
    (tmp_path / "notes.txt").write_bytes(CONTENTS["text"])
    return tmp_path


def test_a_folder_of_other_files_is_not_called_empty(clinic: Path) -> None:
    assert not_read(clinic) == "; seen and not read: MP4 video (3), PDF (1)"
    with pytest.raises(DataError, match=r"holds no image; seen and not read: MP4 video \(3\), PDF \(1\)"):
        open_source("ddti", clinic)
    with pytest.raises(DataError, match=r"seen and not read: MP4 video \(3\), PDF \(1\)"):
        items_of([str(clinic)])


def test_pictures_that_are_not_read_are_faults_and_rows(tmp_path: Path) -> None:
    (tmp_path / "benign").mkdir()
    PICTURE.save(tmp_path / "benign" / "a.gif")
    PICTURE.save(tmp_path / "benign" / "b.png")
    data = open_source("folders", tmp_path)
    (fault,) = data.broken
    assert (fault.file, fault.kind) == ("benign/a.gif", "unreadable-image")
    assert "is a GIF, which is not read. Convert it to PNG" in fault.detail
    gif, png = items_of([str(tmp_path)])
    assert png.decode().width == 16
    with pytest.raises(DataError, match="is a GIF"):
        gif.decode()
