"""The service gives a report of one nodule to save."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from isthmus.nodule import DISCLAIMER
from make.served import client, clip, picture
from make.shipped import with_evidence

BOX = "20,30,150,140"
SEEN = {
    "composition": "solid-or-almost",
    "echogenicity": "hypoechoic",
    "shape": "wider-than-tall",
    "margin": "smooth",
    "foci": ["none"],
    "size_cm": 1.49,
}


def post(service: TestClient, content: bytes = b"", name: str = "Wang_1950.png", **fields: object):  # type: ignore[no-untyped-def]
    return service.post("/report", files={"file": (name, content or picture())}, data={"box": BOX} | fields)


def test_a_pdf_of_one_sheet_by_default(service: TestClient) -> None:
    answer = post(service)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="nodule.pdf"' in answer.headers["content-disposition"]
    assert len(re.findall(rb"/Type /Page\b", answer.content)) == 1


def test_the_number_is_that_of_predict(service: TestClient) -> None:
    said = service.post("/predict", files={"file": ("x.png", picture())}, data={"box": BOX}).json()["predictions"][0]
    page = post(service, form="html").text
    assert f"P(malignant) is {said['p_malignant']:.3f}" in page
    assert DISCLAIMER in page


def test_prevalence_moves_the_number_and_is_told(service: TestClient) -> None:
    assert "10.0 % of nodules are malignant" in post(service, form="html", prevalence="0.1").text


def test_tirads_is_taken_as_post_tirads_takes_it(service: TestClient) -> None:
    for system, level in (("acr-2017", "TR4"), ("eu-2017", "EU-TIRADS 4")):
        seen = SEEN | {"system": system}
        told = service.post("/tirads", json=seen).json()
        page = post(service, form="html", tirads=json.dumps(seen)).text
        assert told["advice"] in page
        assert level in page
    assert "4 points" in post(service, form="html", tirads=json.dumps(SEEN)).text
    for nothing in ({}, {"tirads": "{}"}, {"tirads": '{"system": "k-2021"}'}):
        assert "No reader" in post(service, form="html", **nothing).text


def test_the_interval_is_how_many_with_such_a_p_were_malignant(bundle: Path, tmp_path: Path) -> None:
    with client(with_evidence(bundle, tmp_path / "counted")) as service:
        page = post(service, form="html").text
        assert "0.200 to 0.400: 95 % interval of the share of malignant nodules among 1,234" in page
        moved = post(service, form="html", prevalence="0.1").text
        assert "0.200 to 0.400" not in moved
        assert "moved to this share" in moved
    assert "95 % interval of the share" not in page_without_evidence(bundle)


def page_without_evidence(bundle: Path) -> str:
    with client(bundle) as service:
        return str(post(service, form="html").text)


def test_the_readers_own_reading_stands_on_it(bundle: Path, tmp_path: Path) -> None:
    with client(bundle, store=tmp_path / "store", own_first=True) as service:
        kept = service.post("/pictures", files={"file": ("a.png", picture())}).json()["picture"]
        boxes = [BOX, "30,40,100,90"]
        new = {"key": "key-0001", "reader": "Dr Who", "picture": kept, "frame": 1, "box": boxes}
        read = service.post("/reads", json=new | {"own": {"probability": 0.3, "tirads": "TR3"}}).json()["id"]
        change = {"reader": "Dr Who", "number": 1, "own": {"probability": 0.6, "tirads": "TR4"}, "reason": "rim 钙化"}
        service.post(f"/reads/{read}/changes", json=change)
        assert post(service, form="html").status_code == 403
        assert post(service, form="html", read=read, box="31,40,100,90").status_code == 403
        page = post(service, form="html", read=read).text
    assert "P(malignant) 30 %, TI-RADS TR3." in page
    assert "P(malignant) 60 %, TI-RADS TR4. Reason: rim 钙化" in page
    assert "Dr Who" not in page


def test_no_name_but_those_given(service: TestClient) -> None:
    assert "Wang" not in post(service, form="html").text
    page = post(service, form="html", patient="王 <b>", title="left lobe", clinician="Dr A").text
    assert "王 &lt;b&gt;" in page
    assert "left lobe" in page


def test_a_polygon_and_another_frame(service: TestClient) -> None:
    page = post(service, clip(), "c.tif", form="html", frame=2, box=[], polygon="20,30;149,40;100,139").text
    assert "2 of 3" in page
    assert "polygon that was drawn" in page


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"tirads": '{"foci": ["microcalcifications"]}'}, "punctate"),
        ({"tirads": '{"system": "acr-1999"}'}, "acr-2017"),
        ({"tirads": "TR4"}, "JSON"),
        ({"tirads": '{"verdict": "benign"}'}, "verdict"),
        ({"form": "docx"}, "pdf"),
        ({"box": "1,2,3"}, "box"),
        ({"box": "0,0,9999,9999"}, "box"),
        ({"title": "x" * 201}, "200"),
    ],
)
def test_what_cannot_be_reported_is_refused_with_the_reason(
    service: TestClient, fields: dict[str, str], says: str
) -> None:
    answer = post(service, **fields)
    assert 400 <= answer.status_code < 500
    assert says in answer.json()["error"]


def test_what_is_no_picture_is_refused(service: TestClient) -> None:
    assert post(service, b"no picture").status_code in (400, 415, 422)
