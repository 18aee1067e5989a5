"""`isthmus predict FILE.dcm --sr OUT.dcm`: the number on the screen and in the report is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread
from PIL import Image
from pydicom.dataset import Dataset

from isthmus.dicom.outputs import write_object
from isthmus.phantom.write import write_phantom
from make.answered import picture
from make.commands import isthmus

NODULE, OTHER, TINY = "180,90,330,240", "200,100,300,220", "240,150,250,160"


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated scan as DICOM, of which frame 2 is the scan and frame 1 is black."""
    folder = tmp_path_factory.mktemp("scan")
    write_phantom(folder / "data", patients=1, seed=0)
    with Image.open(folder / "data" / "1_1.jpg") as file:
        pixels = np.asarray(file.convert("L"))
    source = picture("grey", 2, pixels.shape)
    source.PixelData = np.stack([np.zeros_like(pixels), pixels]).tobytes()
    write_object(folder / "scan.dcm", source)
    return folder / "scan.dcm"


def read(scan: Path, *arguments: object) -> list[dict[str, Any]]:
    done = isthmus("predict", scan, "--frame", 2, *arguments, "--json")
    assert done.exit_code == 0, done.exception
    return list(json.loads(done.stdout)["predictions"])


def report(path: Path) -> list[Any]:
    return list(srread(path).content.get_planar_roi_measurement_groups())


def percent(group: Any) -> float | None:
    found = [one for one in group.get_measurements() if one.name.value == "111047"]
    return float(found[0].value) if found else None


def test_the_report_has_the_number_of_json(scan: Path, tmp_path: Path) -> None:
    (answer,) = read(scan, "--box", NODULE, "--sr", tmp_path / "sr.dcm")
    (group,) = report(tmp_path / "sr.dcm")
    assert percent(group) == pytest.approx(100 * answer["p_malignant"], abs=1e-9)
    assert group.roi.value[0].tolist() == [180, 90]
    written = pydicom.dcmread(tmp_path / "sr.dcm")
    assert (written.PatientID, str(written.PatientName)) == ("ZH-7", "王^小明=王^小明")


def test_several_nodules_are_several_groups_and_a_refused_one_has_no_number(scan: Path, tmp_path: Path) -> None:
    marks = ("--box", NODULE, "--box", TINY, "--polygon", "200,100;300,110;250,220")
    answers = read(scan, *marks, "--sr", tmp_path / "sr.dcm")
    assert answers[1]["verdict"] == "abstain"
    numbers = [percent(group) for group in report(tmp_path / "sr.dcm")]
    assert numbers[1] is None
    shown = [None if one["verdict"] == "abstain" else pytest.approx(100 * one["p_malignant"]) for one in answers]
    assert numbers == shown


def test_the_same_reading_is_the_same_report_and_names_track(scan: Path, tmp_path: Path) -> None:
    for name in ("one.dcm", "two.dcm"):
        read(scan, "--box", NODULE, "--sr", tmp_path / name, "--nodule", "右叶")
    read(scan, "--box", OTHER, "--sr", tmp_path / "other.dcm", "--nodule", "右叶")
    one, two, other = (pydicom.dcmread(tmp_path / name).SOPInstanceUID for name in ("one.dcm", "two.dcm", "other.dcm"))
    assert one == two != other
    tracked = {str(report(tmp_path / name)[0].tracking_uid) for name in ("one.dcm", "other.dcm")}
    assert len(tracked) == 1


def test_all_that_the_picture_allows_is_written_and_the_rest_said(scan: Path, tmp_path: Path) -> None:
    done = isthmus("predict", scan, "--frame", 2, "--box", NODULE, "--dicom-to", tmp_path / "all")
    assert done.exit_code == 0, done.exception
    names = ["capture.dcm", "presentation.dcm", "report.dcm", "report.fhir.json"]
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == names
    assert "No segmentation, as" in done.stderr


def test_without_a_nodule_the_scan_area_is_reported_and_said_so(scan: Path, tmp_path: Path) -> None:
    assert isthmus("predict", scan, "--sr", tmp_path / "sr.dcm").exit_code == 0
    assert b"No nodule was drawn" in (tmp_path / "sr.dcm").read_bytes()


def folder_for_a_file(_: Path, folder: Path) -> tuple[object, ...]:
    return "--sr", folder


def file_for_a_folder(_: Path, __: Path) -> tuple[object, ...]:
    return "--dicom-to", __file__, "--sr", "sr.dcm"


def over_the_picture(scan: Path, _: Path) -> tuple[object, ...]:
    return "--sr", scan


def names_without_a_report(_: Path, __: Path) -> tuple[object, ...]:
    return "--nodule", "1"


def too_many_names(_: Path, folder: Path) -> tuple[object, ...]:
    return "--nodule", "1", "--nodule", "2", "--sr", folder / "sr.dcm"


@pytest.mark.parametrize(
    "wrong", [folder_for_a_file, file_for_a_folder, over_the_picture, names_without_a_report, too_many_names]
)
def test_wrong_use_is_refused_before_anything_is_read(wrong: Any, scan: Path, tmp_path: Path) -> None:
    done = isthmus("predict", scan, "--box", NODULE, *wrong(scan, tmp_path))
    assert (done.exit_code, done.stdout) == (1, "")
    assert any(option in str(done.exception) for option in ("--sr", "--nodule", "--dicom-to"))
    assert not list(tmp_path.iterdir())


def test_a_picture_that_is_no_dicom_has_no_report(scan: Path, tmp_path: Path) -> None:
    Image.new("L", (64, 64)).save(tmp_path / "scan.png")
    done = isthmus("predict", tmp_path / "scan.png", "--sr", tmp_path / "sr.dcm")
    assert "is no DICOM file" in str(done.exception)
    assert not (tmp_path / "sr.dcm").exists()


def test_pictures_of_two_patients_are_not_joined(scan: Path, tmp_path: Path) -> None:
    other: Dataset = pydicom.dcmread(scan)
    other.PatientID = "ZH-8"
    write_object(tmp_path / "other.dcm", other)
    done = isthmus("predict", scan, tmp_path / "other.dcm", "--frame", 2, "--box", NODULE, "--sr", tmp_path / "sr.dcm")
    assert "several patients" in str(done.exception)
    assert not (tmp_path / "sr.dcm").exists()
