"""A folder of DICOM files: whose they are, which frames, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from isthmus.data.audit.audit import audit
from isthmus.data.dataset import DataSet
from isthmus.data.pixels import read_picture
from isthmus.data.prepare import crop
from isthmus.data.sources import open_source
from isthmus.nodule import Box, Label
from make import dicom
from make.folders import write_table
from make.sonograms import coloured, grey, native, region, sonogram


def read(root: Path, rows: Sequence[str] = (), header: str = dicom.HEADER) -> DataSet:
    if rows:
        write_table(root, rows, header)
    return open_source("dicom", root)


def faults(data: DataSet) -> list[tuple[str, bool]]:
    return [(fault.kind, fault.broken) for fault in data.faults]


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    return read(dicom.make(tmp_path))


def test_patients_and_studies(data: DataSet) -> None:
    patients = {record.id: record.patient for record in data.images}
    assert patients == {
        "a/IM0001": "P1",
        "a/IM0002": "P1",
        "b/1.2.3.4": "P2",
        "c/clip.dcm": "P3",
        "c/clip.dcm#3": "P3",
        "c/rle.dcm": "P3",  # it states none, but the study of P3
    }
    assert data.cases == 3


def test_a_row_finds_its_file_by_path_name_stem_and_uid(data: DataSet) -> None:
    boxes = {nodule.image: nodule.box for nodule in data.nodules}
    assert boxes["a/IM0001"] == Box(10, 8, 30, 28)
    assert boxes["a/IM0002"] == Box(12, 8, 40, 30)
    assert boxes["b/1.2.3.4"] == Box(5, 6, 25, 26)
    assert boxes["c/rle.dcm"] == Box(0, 0, 64, 48)


def test_a_frame_is_a_picture_of_its_own(data: DataSet) -> None:
    first, third = (nodule for nodule in data.nodules if "clip" in nodule.image)
    assert (first.picture.page, third.picture.page) == (1, 3)
    assert np.array_equal(crop(read_picture(third.picture), third.box)[..., 0], grey(42)[8:28, 11:31])


def test_what_matters_is_counted(data: DataSet) -> None:
    assert data.counted == {
        "transfer syntaxes": {"Explicit VR Little Endian": 5, "RLE Lossless": 1},
        "nodules by millimetres": {"known": 2, "unknown: the file states no regions with millimetres": 4},
        "images with Doppler": {"a region of Doppler": 1},
    }
    told = json.loads(json.dumps(audit(data).as_json()))
    assert told["counted"]["transfer syntaxes"] == {"Explicit VR Little Endian": 5, "RLE Lossless": 1}


def test_faults_of_the_made_folder(data: DataSet) -> None:
    assert sorted(faults(data)) == [("doppler", False), ("no-patient", False)]


def test_without_a_table_first_frames_are_images_without_nodules(tmp_path: Path) -> None:
    (dicom.make(tmp_path) / "nodules.csv").unlink()
    data = read(tmp_path)
    assert (len(data.images), data.nodules) == (5, ())
    assert ("several-pages", False) in faults(data)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("gone,,,benign,,,,", "missing-image"),
        ("IM0001,0,,benign,,,,", "bad-row"),
        ("IM0001,1.5,,benign,,,,", "bad-row"),
        ("IM0001,,,odd,,,,", "unknown-class"),
        ("IM0001,,,benign,90,90,99,99", "outside"),
        ("IM0001,2,,benign,,,,", "unreadable-image"),  # it has one frame
    ],
)
def test_a_row_that_cant_be_used_is_named(tmp_path: Path, row: str, fault: str) -> None:
    dicom.write_file(tmp_path, "IM0001", "P1", 1)
    data = read(tmp_path, [row])
    assert (data.nodules, faults(data)) == ((), [(fault, True)])


def test_a_name_that_two_files_have(tmp_path: Path) -> None:
    for folder in "ab":
        dicom.write_file(tmp_path, f"{folder}/1.dcm", "P1", 1)
    assert ("ambiguous-image", True) in faults(read(tmp_path, ["1,,,benign,,,,"]))


def test_a_study_of_two_patients_is_of_one_group(tmp_path: Path) -> None:
    dicom.write_file(tmp_path, "1.dcm", "P1", 1)
    dicom.write_file(tmp_path, "2.dcm", "P2", 1)
    data = read(tmp_path)
    assert {record.patient for record in data.images} == {"P1"}
    assert faults(data) == [("two-patients", False)]


def test_the_table_may_name_another_patient(tmp_path: Path) -> None:
    dicom.write_file(tmp_path, "1.dcm", "", 1)
    assert read(tmp_path, ["1,,anna,benign,,,,"]).nodules[0].patient == "anna"


def test_what_is_no_dicom_is_a_fault(tmp_path: Path) -> None:
    dicom.write_file(tmp_path, "1.dcm", "P1", 1)
    Image.fromarray(grey()).save(tmp_path / "2.png")
    (tmp_path / "3.dcm").write_bytes(b"no DICOM")
    assert faults(read(tmp_path)) == [("unreadable-image", True)] * 2


def test_colours_that_are_put_right_are_a_fault(tmp_path: Path) -> None:
    ybr = np.asarray(Image.fromarray(sonogram()).convert("YCbCr"))
    dicom.write_file(tmp_path, "1.dcm", "P1", 1, native(ybr, PatientID="P1"))
    assert faults(read(tmp_path, ["1,,,malignant,,,,"])) == [("other-colours", False)]


def test_the_scan_area_is_the_nodule_where_a_row_has_no_box(tmp_path: Path) -> None:
    stated: dict[str, Any] = {"SequenceOfUltrasoundRegions": [region()], "PatientID": "P1"}
    dicom.write_file(tmp_path, "1.dcm", "P1", 1, native(coloured(), **stated))
    (nodule,) = read(tmp_path, ["1,,,malignant,,,,"]).nodules
    assert (nodule.box, nodule.label) == (Box(8, 4, 56, 44), Label.MALIGNANT)
