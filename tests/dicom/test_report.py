from __future__ import annotations

import datetime
import io
from typing import Any

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread
from pydicom.dataset import Dataset
from pydicom.uid import UID

from isthmus.dicom.finding import Finding, Model
from isthmus.dicom.report import answer_uid, structured_report
from isthmus.dicom.source_header import quiet
from isthmus.errors import DataError
from isthmus.nodule import DISCLAIMER
from make.answered import BOX, MODEL, finding, picture, reading

AT = datetime.datetime(2026, 1, 5, 12, 0)


def written(*findings: Finding) -> Any:
    """The report as highdicom reads it from a file."""
    file = io.BytesIO()
    with quiet():
        structured_report(findings, MODEL, AT).save_as(file, enforce_file_format=True)
        file.seek(0)
        return srread(file)


def saved(*findings: Finding) -> bytes:
    file = io.BytesIO()
    structured_report(findings, MODEL, AT).save_as(file, enforce_file_format=True)
    return file.getvalue()


def items(item: Dataset) -> list[Dataset]:
    children = list(item.get("ContentSequence") or ())
    return children + [below for child in children for below in items(child)]


def texts(report: Dataset) -> list[str]:
    return [str(item.TextValue) for item in items(report) if item.ValueType == "TEXT"]


def coded(report: Dataset) -> dict[str, str]:
    """Concept -> value, of coded items."""
    return {
        item.ConceptNameCodeSequence[0].CodeMeaning: item.ConceptCodeSequence[0].CodeMeaning
        for item in items(report)
        if item.ValueType == "CODE"
    }


def numbers(report: Dataset) -> dict[str, float]:
    return {
        item.ConceptNameCodeSequence[0].CodeMeaning: float(
            item.MeasuredValueSequence[0].get("FloatingPointValue", item.MeasuredValueSequence[0].NumericValue)
        )
        for item in items(report)
        if item.ValueType == "NUM"
    }


def test_a_nodule_is_a_region_with_probability_verdict_and_size() -> None:
    report = written(finding(picture("grey", 5), frame=4))
    (group,) = report.content.get_planar_roi_measurement_groups()
    assert numbers(report)["Probability of cancer"] == pytest.approx(73.15, abs=1e-9)
    assert (numbers(report)["Width"], numbers(report)["Height"]) == (12.3, 9.1)
    assert coded(report)["Verdict at the threshold"] == "Malignant"
    assert coded(report)["Finding Site"] == "Left lobe of thyroid"
    x0, y0, x1, y1 = BOX.x0, BOX.y0, BOX.x1, BOX.y1
    assert group.roi.value.tolist() == [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    (image,) = [item.ReferencedSOPSequence[0] for item in items(report) if item.RelationshipType == "SELECTED FROM"]
    assert (image.ReferencedSOPInstanceUID, image.ReferencedFrameNumber) == ("1.2.3.4.1", 4)


def test_a_polygon_is_closed_and_drawn_as_it_was() -> None:
    corners = ((10.5, 12.0), (30.0, 14.25), (22.0, 40.0))
    (group,) = written(finding(contour=corners)).content.get_planar_roi_measurement_groups()
    assert np.array_equal(group.roi.value, [*corners, corners[0]])


def test_a_refused_nodule_has_reasons_and_no_number() -> None:
    refused = finding(prediction=reading(reasons=("it is upside down", "the box is too small")), grade=None)
    report = written(refused)
    assert "Probability of cancer" not in numbers(report)
    assert "Verdict at the threshold" not in coded(report)
    assert coded(report)["Input gate"] == "Picture refused: no verdict"
    assert {"it is upside down", "the box is too small"} <= set(texts(report))
    assert b"73.1" not in saved(refused)


def test_who_read_stands_in_each_group_with_its_parameters() -> None:
    said = texts(written(finding()))
    assert {"isthmus tn5000", "0.1.0", f"bundle sha256 = {MODEL.sha256}", "threshold sensitivity-90 = 0.3"} <= set(said)
    assert any(text.startswith("calibration = platt(1.1, -0.2") for text in said)
    assert any(DISCLAIMER in text for text in said)


def test_it_is_preliminary_and_unverified() -> None:
    report = written(finding())
    assert (report.PreliminaryFlag, report.VerificationFlag) == ("PRELIMINARY", "UNVERIFIED")


def test_it_belongs_to_the_pictures_patient_study_and_request() -> None:
    source = picture()
    report = written(finding(source))
    for keyword in (
        "PatientID",
        "PatientName",
        "PatientBirthDate",
        "PatientSex",
        "StudyInstanceUID",
        "AccessionNumber",
    ):
        assert report[keyword].value == source[keyword].value
    assert report.SpecificCharacterSet == "ISO_IR 192"
    assert report.ReferencedRequestSequence[0].AccessionNumber == "A1"  # (0040,A370)


def test_pictures_of_two_studies_are_evidence_by_study() -> None:
    now, before = picture(uid="1.2.3.4.1"), picture(uid="1.2.3.3.1")
    before.StudyInstanceUID, before.SeriesInstanceUID = "1.2.3.3", "1.2.3.3.5"
    report = written(finding(now, nodule="right 1"), finding(before, nodule="right 1"))
    assert {(study, instance) for study, _, instance, _ in report.get_evidence()} == {
        ("1.2.3.4", "1.2.3.4.1"),
        ("1.2.3.3", "1.2.3.3.1"),
    }
    assert [one.StudyInstanceUID for one in report.CurrentRequestedProcedureEvidenceSequence] == ["1.2.3.4"]
    assert [one.StudyInstanceUID for one in report.PertinentOtherEvidenceSequence] == ["1.2.3.3"]


def test_every_referenced_picture_is_evidence() -> None:
    report = written(finding(picture("grey", 3), frame=1), finding(picture("grey", 3, uid="1.2.3.4.2"), frame=2))
    referenced = {
        item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for item in items(report) if item.ValueType == "IMAGE"
    }
    assert referenced == {instance for _, _, instance, _ in report.get_evidence()}


def test_a_named_nodule_is_tracked_across_views_and_dates() -> None:
    later = picture(uid="1.9.9.1")
    later.StudyInstanceUID = "1.9.9"
    assert finding(nodule="right 1").tracking == finding(later, frame=1, nodule="right 1").tracking
    assert finding(nodule="right 1").tracking != finding(nodule="right 2").tracking
    other = picture()
    other.PatientID = "ZH-8"
    assert finding(nodule="right 1").tracking != finding(other, nodule="right 1").tracking
    assert finding().tracking != finding(picture("grey", 2), frame=2).tracking


def test_a_nodule_without_a_patients_number_is_tracked_within_its_study() -> None:
    one, other = picture(), picture(uid="1.2.3.4.2")
    for image in (one, other):
        del image.PatientID
    assert finding(one, nodule="n").tracking == finding(other, nodule="n").tracking
    other.StudyInstanceUID = "1.2.3.5"
    assert finding(one, nodule="n").tracking != finding(other, nodule="n").tracking


def test_the_same_answer_is_the_same_file() -> None:
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        structured_report([finding()], MODEL, AT).save_as(file, enforce_file_format=True)
    assert files[0].getvalue() == files[1].getvalue()


@pytest.mark.parametrize(
    "given",
    [
        {"prediction": reading(probability=0.5)},
        {"prediction": reading(reasons=("it is upside down",))},
        {"size_mm": None},
        {"grade": None},
        {"nodule": "2"},
        {"contour": ((1, 1), (9, 1), (5, 9))},
    ],
    ids=lambda given: next(iter(given)),
)
def test_another_answer_has_another_uid(given: dict[str, Any]) -> None:
    assert answer_uid([finding(**given)], MODEL, "sr") != answer_uid([finding()], MODEL, "sr")
    other = Model(MODEL.name, MODEL.version, "00" * 32, MODEL.decision)
    assert answer_uid([finding()], other, "sr") != answer_uid([finding()], MODEL, "sr")


def test_uids_are_legal() -> None:
    report = written(finding())
    for uid in (report.SOPInstanceUID, report.SeriesInstanceUID, finding().tracking):
        assert UID(uid).is_valid
        assert uid.startswith("2.25.")


def test_a_retired_class_is_named_as_today() -> None:
    source = picture()
    source.SOPClassUID = "1.2.840.10008.5.1.4.1.1.6"
    assert [kind for *_, kind in written(finding(source)).get_evidence()] == ["1.2.840.10008.5.1.4.1.1.6.1"]
    assert source.SOPClassUID == "1.2.840.10008.5.1.4.1.1.6"


def test_a_frame_of_a_class_with_one_frame_is_told_in_words() -> None:
    source = picture()
    source.NumberOfFrames = 2
    assert any("Frame 2 was read" in text for text in texts(written(finding(source, frame=2))))


def test_dates_of_before_dicom_3_are_written_as_today() -> None:
    source = picture()
    for keyword, vr, value in (("StudyDate", "DA", "1994.11.05"), ("StudyTime", "TM", "10:20:30")):
        source.add(pydicom.DataElement(keyword, vr, value, validation_mode=pydicom.config.IGNORE))
    report = written(finding(source))
    assert (report.StudyDate, report.StudyTime) == ("19941105", "102030")


def test_big_endian_and_private_attributes_are_no_matter() -> None:
    source = picture()
    source.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.2"
    source.private_block(0x0011, "SOMEBODY", create=True).add_new(1, "LO", "Wang Xiaoming, tel. 123")
    assert b"tel. 123" not in saved(finding(source))


def test_the_source_is_left_as_it_was() -> None:
    source = picture()
    before = str(source)
    structured_report([finding(source)], MODEL)
    assert str(source) == before


def no_uid(source: Dataset) -> None:
    del source.SOPInstanceUID


def no_pixels(source: Dataset) -> None:
    del source.Rows


@pytest.mark.parametrize(("spoil", "what"), [(no_uid, "SOPInstanceUID"), (no_pixels, "no pixels")])
def test_what_is_no_picture_is_refused(spoil: Any, what: str) -> None:
    source = picture()
    read = finding(source)
    spoil(source)
    with pytest.raises(DataError, match=what):
        structured_report([read], MODEL)


def test_findings_of_two_patients_are_refused() -> None:
    other = picture(uid="1.2.3.4.2")
    other.PatientID = "ZH-8"
    with pytest.raises(DataError, match="several patients"):
        structured_report([finding(), finding(other)], MODEL)
    with pytest.raises(DataError, match="no nodule"):
        structured_report([], MODEL)


@pytest.mark.parametrize(
    "given",
    [{"frame": 2}, {"frame": 0}, {"contour": ((1, 1), (2, 2))}, {"side": "up"}, {"prediction": reading(box=None)}],
    ids=str,
)
def test_a_finding_that_is_none_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        finding(**given)


def test_no_warning_repeats_a_name(recwarn: pytest.WarningsRecorder) -> None:
    source = picture()
    source.PatientName = "Wang"
    structured_report([finding(source)], MODEL)
    assert [str(one.message) for one in recwarn] == []
