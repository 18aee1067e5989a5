"""The structured report: TID 1500 of PS3.16 with one planar region of interest (TID 1410) for each nodule."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from highdicom import sr
from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from isthmus.dicom import concepts
from isthmus.dicom.finding import Finding, Grade, Model, all_of_one_patient, name_of
from isthmus.dicom.source_header import UTF8, header_of, is_multi_frame, moment, name_again, quiet, unnamed
from isthmus.dicom.uids import uid_of
from isthmus.nodule import DISCLAIMER

DESCRIPTION = "isthmus: for research only, not a medical device"
SERIES_NUMBERS = {"sr": 9100, "sc": 9101, "pr": 9102, "seg": 9103}  # of the series, by kind of answer
CONTAINS = sr.RelationshipTypeValues.CONTAINS
UNREAD = "Benign or malignant at the threshold, by a network; no physician has verified it."


def answer_uid(findings: Sequence[Finding], model: Model, kind: str) -> str:
    """The SOP instance UID of the answer of a ``kind``: the same pictures, regions, model and results give the same."""
    return uid_of(kind, model.name, model.version, model.parameters, *(finding.identity for finding in findings))


def series_uid(header: Dataset, model: Model, kind: str) -> str:
    """The UID of the series that a model's answers of a ``kind`` in a study make."""
    return uid_of("series", kind, header.StudyInstanceUID, model.name, model.sha256)


def structured_report(
    findings: Sequence[Finding], model: Model, at: datetime.datetime | None = None
) -> sr.ComprehensiveSR:
    """The report of one or more nodules of one patient, which may be on several pictures, also of several studies.

    It is a Comprehensive SR, preliminary and unverified. A nodule that the input gate refuses has its reasons, and
    neither verdict nor probability: a report is for readers. ``at`` is when it was made. The same answer has the same
    UID, be it made twice: write it by UID, once. Raises DataError for no finding, several patients, and for what is no
    picture.
    """
    all_of_one_patient(tuple(findings))
    headers = {finding.image.get("SOPInstanceUID"): header_of(finding.image) for finding in findings}
    first, when = headers[findings[0].image.SOPInstanceUID], moment(at)
    with quiet():
        report = sr.ComprehensiveSR(
            evidence=[unnamed(header) for header in headers.values()],
            content=_content(findings, headers, model),
            sop_instance_uid=answer_uid(findings, model, "sr"),
            instance_number=1,
            coding_schemes=[concepts.scheme()],
            content_date=when.date(),
            content_time=when.time(),
            is_complete=True,
            is_final=False,
            is_verified=False,
            requested_procedures=[_request(first)],
            **made_by(first, model, "sr"),
        )
        name_again(report, first, when)
    return report


def made_by(header: Dataset, model: Model, kind: str) -> dict[str, Any]:
    """What every answer of a model says of its series and its maker, as highdicom names it."""
    return {
        "series_instance_uid": series_uid(header, model, kind),
        "series_number": SERIES_NUMBERS[kind],
        "series_description": DESCRIPTION,
        "manufacturer": "isthmus",
        "manufacturer_model_name": model.name[:64],
        "software_versions": model.version,
        "specific_character_set": UTF8,
    }


def _content(findings: Sequence[Finding], headers: Mapping[str, Dataset], model: Model) -> Dataset:
    groups = [
        _group(finding, headers[finding.image.SOPInstanceUID], model, number)
        for number, finding in enumerate(findings, 1)
    ]
    return sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=_observer(model)),
        procedure_reported=concepts.REPORTED,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
        referenced_images=list(headers.values()),
    )[0]


def _observer(model: Model) -> sr.ObserverContext:
    return sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=uid_of("device", model.name, model.version, model.sha256),
            name="isthmus",
            manufacturer_name="isthmus",
            model_name=model.name,
            serial_number=model.sha256[:16],
        ),
    )


def _group(
    finding: Finding, header: Dataset, model: Model, number: int
) -> sr.PlanarROIMeasurementsAndQualitativeEvaluations:
    frames = [finding.frame] if is_multi_frame(header) else None
    group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=finding.tracking, identifier=name_of(finding, number)),
        referenced_region=sr.ImageRegion(
            graphic_type=sr.GraphicTypeValues.POLYLINE,
            graphic_data=np.array(finding.outline, np.float64),
            source_image=sr.SourceImageForRegion(header.SOPClassUID, header.SOPInstanceUID, frames),
        ),
        finding_type=concepts.NODULE,
        finding_sites=[sr.FindingSite(anatomic_location=concepts.SITES[finding.side])],
        algorithm_id=sr.AlgorithmIdentification(
            name=f"isthmus {model.name}",
            version=model.version,
            parameters=list(model.parameters),
            family=concepts.ALGORITHM_FAMILY,
            manufacturer="isthmus",
        ),
        measurements=list(_measurements(finding)),
        qualitative_evaluations=list(_evaluations(finding)),
    )
    content = group[0].ContentSequence
    for name, text in _texts(finding, header):
        content.append(sr.TextContentItem(name=name, value=text, relationship_type=CONTAINS))
    return group


def _measurements(finding: Finding) -> Iterator[sr.Measurement]:
    if finding.prediction.verdict is not None:
        yield sr.Measurement(concepts.PROBABILITY, 100 * finding.prediction.probability, concepts.PERCENT)
    if finding.size_mm is not None:
        for name, extent in zip((concepts.WIDTH, concepts.HEIGHT), finding.size_mm, strict=True):
            yield sr.Measurement(name, float(extent), concepts.MILLIMETRE)
    if finding.grade is not None and finding.grade.points is not None:
        yield sr.Measurement(concepts.TIRADS_POINTS, float(finding.grade.points), concepts.POINTS)


def _evaluations(finding: Finding) -> Iterator[sr.QualitativeEvaluation]:
    read = finding.prediction
    if read.gate is not None:
        said = concepts.ACCEPTED if read.gate.accepted else concepts.REFUSED
        yield sr.QualitativeEvaluation(concepts.GATE, said)
    if read.verdict is not None:
        yield sr.QualitativeEvaluation(concepts.VERDICT, concepts.VERDICTS[read.verdict])
        if read.label_set is not None:
            only = read.label_set[0] if len(read.label_set) == 1 else None
            yield sr.QualitativeEvaluation(concepts.LABEL_SET, concepts.VERDICTS[only])
    if finding.grade is not None:
        yield sr.QualitativeEvaluation(concepts.TIRADS_LEVEL, _level(finding.grade))


def _level(grade: Grade) -> CodedConcept:
    level = grade.level or "none"
    return concepts.ours(f"{grade.system}.{level}"[:16], f"TI-RADS {grade.system}: {level}"[:64])


def _texts(finding: Finding, header: Dataset) -> Iterator[tuple[CodedConcept, str]]:
    read = finding.prediction
    if read.verdict is None and read.gate is not None:
        for reason in read.gate.reasons:
            yield concepts.REASON, reason
    for note in finding.notes:
        yield concepts.COMMENT, note
    if finding.frame > 1 and not is_multi_frame(header):
        yield concepts.COMMENT, f"Frame {finding.frame} was read, of a picture whose class has one frame only."
    if finding.grade is not None and finding.grade.answers:
        yield concepts.COMMENT, "; ".join(f"{question}: {answer}" for question, answer in finding.grade.answers.items())
    yield concepts.LIMITS, f"{DISCLAIMER} {UNREAD}" if read.verdict is not None else DISCLAIMER


def _request(header: Dataset) -> Dataset:
    """The request (0040,A370) that the picture's study answers: some viewers find a report by it."""
    asked = (header.get("RequestAttributesSequence") or [Dataset()])[0]
    request = Dataset()
    request.StudyInstanceUID = header.StudyInstanceUID
    request.ReferencedStudySequence = []
    request.AccessionNumber = header.AccessionNumber
    request.PlacerOrderNumberImagingServiceRequest = ""
    request.FillerOrderNumberImagingServiceRequest = ""
    request.RequestedProcedureID = asked.get("RequestedProcedureID") or ""
    request.RequestedProcedureDescription = asked.get("RequestedProcedureDescription") or ""
    request.RequestedProcedureCodeSequence = []
    return request
