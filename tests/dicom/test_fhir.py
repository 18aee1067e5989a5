from __future__ import annotations

import json
from typing import Any

import pytest

from isthmus.dicom.fhir import fhir_bundle
from isthmus.dicom.finding import Finding
from isthmus.dicom.report import structured_report
from isthmus.files import json_text
from isthmus.nodule import DISCLAIMER
from make.answered import BOX, MODEL, finding, picture, reading


def exported(*findings: Finding) -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads(json_text(fhir_bundle(structured_report(findings, MODEL))))
    return bundle


def of_kind(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def codes(observation: dict[str, Any]) -> dict[str, Any]:
    return {
        part["code"]["coding"][0]["code"]: part.get("valueQuantity") or part["valueCodeableConcept"]["coding"][0]
        for part in observation["component"]
    }


def test_each_group_is_an_observation_and_the_algorithm_a_device() -> None:
    bundle = exported(finding(picture("grey", 3), frame=2), finding(picture("grey", 3), frame=3, nodule="右叶"))
    first, second = of_kind(bundle, "Observation")
    assert codes(first)["111047"]["value"] == pytest.approx(73.15, abs=1e-9)
    assert codes(first)["verdict"]["code"] == "21594007"
    assert {"text": "Nodule: 右叶"} in second["note"]
    (device,) = of_kind(bundle, "Device")
    assert device["name"][0]["value"] == "isthmus tn5000"
    assert {"type": {"text": "bundle sha256"}, "valueString": MODEL.sha256} in device["property"]
    (report,) = of_kind(bundle, "DiagnosticReport")
    assert (report["status"], report["conclusion"]) == ("preliminary", DISCLAIMER)
    assert report["subject"]["identifier"]["value"] == "ZH-7"
    selection = of_kind(bundle, "ImagingSelection")[0]
    assert selection["instance"][0]["subset"] == ["2"]
    assert selection["instance"][0]["imageRegion2D"][0]["coordinate"][:2] == [BOX.x0, BOX.y0]


def test_every_reference_is_answered() -> None:
    bundle = exported(finding(), finding(nodule="2"))
    urls = {entry["fullUrl"] for entry in bundle["entry"]}
    text = json.dumps(bundle)
    assert len(urls) == len(bundle["entry"]) == 6
    assert all(part.split('"')[0] in urls for part in text.split('"reference": "')[1:])


def test_a_refused_nodule_has_no_probability_but_a_reason() -> None:
    (observation,) = of_kind(exported(finding(prediction=reading(reasons=("it is upside down",)))), "Observation")
    assert "111047" not in codes(observation)
    assert observation["dataAbsentReason"]["text"].startswith("The input gate refuses")
    assert any("it is upside down" in note["text"] for note in observation["note"])


@pytest.mark.filterwarnings("ignore")  # of the oracle's own
@pytest.mark.parametrize("reasons", [(), ("it is upside down",)])
def test_an_oracle_of_r5_takes_it(reasons: tuple[str, ...]) -> None:
    oracle = pytest.importorskip("fhir.resources.bundle", reason="fhir.resources isn't installed")
    source = picture()
    del source.PatientID
    bundle = exported(finding(prediction=reading(reasons=reasons)))
    assert len(oracle.Bundle.model_validate(bundle).entry) == 4
    assert len(oracle.Bundle.model_validate(exported(finding(source))).entry) == 4
