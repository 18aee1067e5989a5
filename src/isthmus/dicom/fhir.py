"""A structured report as FHIR R5: each measurement group an Observation, the algorithm a Device, a DiagnosticReport."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, TypeAlias

from pydicom.dataset import Dataset

from isthmus.dicom import concepts
from isthmus.dicom.uids import uuid_of
from isthmus.nodule import DISCLAIMER

Json: TypeAlias = dict[str, Any]

# Coding schemes of DICOM -> code systems of FHIR.
SYSTEMS = {
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "SCT": "http://snomed.info/sct",
    "LN": "http://loinc.org",
    "UCUM": "http://unitsofmeasure.org",
    concepts.SCHEME: "urn:isthmus:codes",
}
URI = "urn:dicom:uid"
ALGORITHM = ("111001", "111003", "111002", "111000", "122405")  # name, version, parameters, family, manufacturer


def fhir_bundle(report: Dataset) -> Json:
    """A collection of a DiagnosticReport, an Observation for each group of a report that ``structured_report`` made,
    the Device that read, and the ImagingSelection of each region; ready for JSON.

    It is made from the report alone, so that it can't say anything else: a nodule that the input gate refuses has no
    probability here either, but ``dataAbsentReason``. The patient is named by PatientID only. Source: FHIR R5 and the
    HL7 guide "DICOM SR to FHIR Resource Mapping".
    """
    groups = [item for item in _items(report) if _code(item) == "125007"]
    device = _device(groups[0], report)
    subject = _subject(report)
    observations, selections = [], []
    for number, group in enumerate(groups, 1):
        selection = _selection(group, report, subject, number)
        selections.append(selection)
        observations.append(_observation(group, report, subject, device, selection, number))
    diagnostic = {
        "resourceType": "DiagnosticReport",
        "id": uuid_of(report.SOPInstanceUID),
        "identifier": [_oid(report.SOPInstanceUID)],
        "status": "preliminary",
        "code": _concept(concepts.REPORTED),
        "subject": subject,
        "effectiveDateTime": _moment(report),
        "result": [_reference(one) for one in observations],
        "conclusion": DISCLAIMER,
    }
    everything = [diagnostic, *observations, *selections, device]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in everything],
    }


def _observation(group: Dataset, report: Dataset, subject: Json, device: Json, selection: Json, number: int) -> Json:
    parts = list(_components(group))
    observation: Json = {
        "resourceType": "Observation",
        "id": uuid_of(f"{report.SOPInstanceUID}.{number}"),
        "identifier": [_oid(_value(group, "112040"))],
        "status": "preliminary",
        "code": _concept(concepts.NODULE),
        "subject": subject,
        "effectiveDateTime": _moment(report),
        "bodySite": _concept(_child(group, "363698007").ConceptCodeSequence[0]),
        "device": _reference(device),
        "derivedFrom": [_reference(selection)],
        "component": parts,
        "note": [{"text": text} for text in _notes(group)],
    }
    if not any(part["code"]["coding"][0]["code"] == "111047" for part in parts):
        observation["dataAbsentReason"] = {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unsupported"}],
            "text": "The input gate refuses the picture: no verdict.",
        }
    return observation


def _components(group: Dataset) -> Iterator[Json]:
    for item in _items(group):
        if item.ValueType == "NUM":
            measured = item.MeasuredValueSequence[0]
            unit = measured.MeasurementUnitsCodeSequence[0]
            yield {
                "code": _concept(item.ConceptNameCodeSequence[0]),
                "valueQuantity": {
                    "value": float(measured.get("FloatingPointValue", measured.NumericValue)),
                    "unit": unit.CodeMeaning,
                    "system": SYSTEMS["UCUM"],
                    "code": unit.CodeValue,
                },
            }
        elif item.ValueType == "CODE" and item.RelationshipType == "CONTAINS" and _code(item) != "121071":
            yield {
                "code": _concept(item.ConceptNameCodeSequence[0]),
                "valueCodeableConcept": _concept(item.ConceptCodeSequence[0]),
            }


def _notes(group: Dataset) -> Iterator[str]:
    yield f"Nodule: {_value(group, '112039')}"
    for item in _items(group):
        if item.ValueType == "TEXT" and item.RelationshipType == "CONTAINS":
            yield f"{item.ConceptNameCodeSequence[0].CodeMeaning}: {item.TextValue}"


def _selection(group: Dataset, report: Dataset, subject: Json, number: int) -> Json:
    """The region as an ImagingSelection: FHIR counts a 2D region's coordinates as DICOM does."""
    region = next(item for item in _items(group) if item.ValueType == "SCOORD")
    image = region.ContentSequence[0].ReferencedSOPSequence[0]
    study, series = _where(report, image.ReferencedSOPInstanceUID)
    frames = image.get("ReferencedFrameNumber")
    picture: Json = {
        "uid": image.ReferencedSOPInstanceUID,
        "sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{image.ReferencedSOPClassUID}"},
        "imageRegion2D": [{"regionType": "polyline", "coordinate": [float(one) for one in region.GraphicData]}],
    }
    if frames:
        picture["subset"] = [str(frames)]
    return {
        "resourceType": "ImagingSelection",
        "id": uuid_of(f"{report.SOPInstanceUID}.{number}.region"),
        "status": "available",
        "subject": subject,
        "code": _concept(region.ConceptNameCodeSequence[0]),
        "studyUid": study,
        "seriesUid": series,
        "instance": [picture],
    }


def _device(group: Dataset, report: Dataset) -> Json:
    said = {
        code: [one.TextValue for one in _items(group) if _code(one) == code and "TextValue" in one]
        for code in ALGORITHM
    }
    return {
        "resourceType": "Device",
        "id": uuid_of(_value(report, "121012")),
        "identifier": [_oid(_value(report, "121012"))],
        "manufacturer": said["122405"][0],
        "name": [{"value": said["111001"][0], "type": "user-friendly-name", "display": True}],
        "version": [{"value": said["111003"][0]}],
        "property": [
            {"type": {"text": name.strip()}, "valueString": value.strip()}
            for name, _, value in (text.partition("=") for text in said["111002"])
        ],
        "note": [{"text": DISCLAIMER}],
    }


def _subject(report: Dataset) -> Json:
    identifier: Json = {"value": report.PatientID} if report.PatientID else {}
    if issuer := report.get("IssuerOfPatientID"):
        identifier["assigner"] = {"display": issuer}
    return {"type": "Patient", "identifier": identifier} if identifier else {"type": "Patient", "display": "unknown"}


def _where(report: Dataset, instance: str) -> tuple[str, str]:
    """Study and series of an image that the report lists as evidence."""
    for keyword in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence"):
        for study in report.get(keyword) or ():
            for series in study.ReferencedSeriesSequence:
                if any(one.ReferencedSOPInstanceUID == instance for one in series.ReferencedSOPSequence):
                    return str(study.StudyInstanceUID), str(series.SeriesInstanceUID)
    raise KeyError(instance)


def _moment(report: Dataset) -> str:
    """When the report was made; DICOM's local time has no zone and FHIR wants one, so that of this machine is given."""
    told = datetime.datetime.strptime(f"{report.ContentDate}{str(report.ContentTime)[:6]}", "%Y%m%d%H%M%S")
    return told.astimezone().isoformat()


def _items(item: Dataset) -> Iterator[Dataset]:
    """All items below one, in order."""
    for child in item.get("ContentSequence") or ():
        yield child
        yield from _items(child)


def _child(item: Dataset, code: str) -> Dataset:
    return next(one for one in _items(item) if _code(one) == code)


def _code(item: Dataset) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeValue) if "ConceptNameCodeSequence" in item else ""


def _value(item: Dataset, code: str) -> str:
    found = _child(item, code)
    return str(found.UID if found.ValueType == "UIDREF" else found.TextValue)


def _concept(code: Dataset) -> Json:
    scheme = str(code.CodingSchemeDesignator)
    coding = {"system": SYSTEMS.get(scheme, f"urn:dicom:{scheme}"), "code": code.CodeValue, "display": code.CodeMeaning}
    return {"coding": [coding], "text": code.CodeMeaning}


def _oid(uid: str) -> Json:
    return {"system": URI, "value": f"urn:oid:{uid}"}


def _reference(resource: Json) -> Json:
    return {"reference": f"urn:uuid:{resource['id']}", "type": resource["resourceType"]}
