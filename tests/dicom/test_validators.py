"""Our answers before other people's validators: dciodvfy, dsrdump, dcmpschk, and highdicom's reading of them."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from isthmus.dicom.outputs import write_object
from isthmus.dicom.report import structured_report
from isthmus.dicom.source_header import quiet
from make.answered import MODEL, finding, picture
from make.programs import program
from validators import answered, judged, ultrasound_files

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")
FILES = list(ultrasound_files())


@pytest.fixture(scope="module", autouse=True)
def validators() -> None:
    """The programs, or a reason to skip."""
    for name, package in (("dciodvfy", "dicom3tools"), ("dsrdump", "dcmtk"), ("dcmpschk", "dcmtk")):
        program(name, package)


def refuse_errors(source: Dataset, folder: Path, frame: int = 1) -> dict[str, str]:
    """Answers a picture and fails for any error of ours; the kinds of answer and what they were of errors inherited."""
    files, _ = answered(source, folder, frame)
    verdicts = [judged(path, source) for path in files]
    assert [(one.kind, one.errors, one.failed) for one in verdicts if one.errors or one.failed] == []
    return {one.kind: "inherited" if one.inherited else "clean" for one in verdicts}


def test_pydicom_brings_the_ultrasound_files() -> None:
    assert len(FILES) >= 21


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_answers_to_pydicoms_files_have_no_errors(path: Path, tmp_path: Path) -> None:
    source = pydicom.dcmread(path)
    kinds = refuse_errors(source, tmp_path)
    assert {"SR", "SC"} <= kinds.keys()
    assert set(kinds.values()) == ({"inherited"} if source.SOPInstanceUID.startswith("999.") else {"clean"})


@pytest.mark.parametrize(
    ("kind", "frames"), [("grey", None), ("grey", 3), ("colour", None), ("colour", 3), ("palette", 2)]
)
def test_answers_to_made_pictures_have_no_errors(kind: str, frames: int | None, tmp_path: Path) -> None:
    kinds = refuse_errors(picture(kind, frames), tmp_path, frames or 1)
    assert ("PR" in kinds, "SEG" in kinds) == (kind != "palette", frames is None)


ABSENT = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *(
        "AccessionNumber",
        "ReferringPhysicianName",
        "InstanceNumber",
        "SeriesNumber",
        "SpecificCharacterSet",
        "ImageType",
    ),
)


@pytest.mark.parametrize("absent", [ABSENT[:2], ABSENT[1:5], ABSENT[-1:], ABSENT], ids=lambda names: names[0])
def test_absent_attributes_cost_no_answer(absent: tuple[str, ...], tmp_path: Path) -> None:
    source = picture()
    for keyword in absent:
        delattr(source, keyword)
    assert set(refuse_errors(source, tmp_path).values()) == {"clean"}


@pytest.mark.parametrize("name", ["王^小明", "Wang^XiaoMing=王^小明", "Müller", ""])
@pytest.mark.parametrize("character_set", ["ISO_IR 192", "GB18030"])
def test_any_name_of_a_patient_is_kept(name: str, character_set: str, tmp_path: Path) -> None:
    source, file = picture(), tmp_path / "source.dcm"
    source.PatientName, source.SpecificCharacterSet = name, character_set
    with quiet():
        source.save_as(file, enforce_file_format=True)
        report = structured_report([finding(pydicom.dcmread(file))], MODEL)
    write_object(tmp_path / "report.dcm", report)
    verdict = judged(tmp_path / "report.dcm", source)
    assert (verdict.errors, verdict.failed) == ((), ())
    written = pydicom.dcmread(tmp_path / "report.dcm")
    assert (str(written.PatientName), written.SpecificCharacterSet) == (name, "ISO_IR 192")


@pytest.mark.parametrize("keyword", ["PatientBirthDate", "StudyTime", "PatientSex"])
def test_a_value_that_is_none_is_left_empty(keyword: str, tmp_path: Path) -> None:
    source = picture()
    source.add(pydicom.DataElement(keyword, source[keyword].VR, "unknown", validation_mode=pydicom.config.IGNORE))
    write_object(tmp_path / "report.dcm", structured_report([finding(source)], MODEL))
    assert judged(tmp_path / "report.dcm", source).errors == ()
    assert pydicom.dcmread(tmp_path / "report.dcm")[keyword].value in ("", None)
