"""The service gives a report of one nodule to save."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from isthmus.nodule import DISCLAIMER
from make.served import clip, picture

BOX = "20,30,150,140"
WORDS = {
    "composition": "solid-or-almost",
    "echogenicity": "hypoechoic",
    "shape": "wider-than-tall",
    "margin": "smooth",
    "foci": "none",
    "size_cm": "1.49",
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


def test_tirads_stands_beside_if_its_words_are_given(service: TestClient) -> None:
    page = post(service, form="html", **WORDS).text
    assert "TR4" in page
    assert "4 points" in page
    assert "EU-TIRADS 4" in post(service, form="html", system="eu-2017", **WORDS).text
    assert "No reader" in post(service, form="html").text


def test_no_name_but_those_given(service: TestClient) -> None:
    assert "Wang" not in post(service, form="html").text
    page = post(service, form="html", patient="王 <b>", title="left lobe", clinician="Dr A").text
    assert "王 &lt;b&gt;" in page
    assert "left lobe" in page


def test_a_polygon_and_another_frame(service: TestClient) -> None:
    page = post(service, clip(), "c.tif", form="html", frame=2, box="", polygon="20,30;149,40;100,139").text
    assert "2 of 3" in page
    assert "polygon that was drawn" in page


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"foci": "microcalcifications"}, "did you mean punctate"),
        ({"system": "acr-1999"}, "acr-2017"),
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
