"""The service reads several views of one nodule as it reads each alone, and joins them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from make.served import client, picture

BOXES = ("20,30,150,140", "25,35,155,145")


def kept(service: TestClient, number: int = 0) -> str:
    return str(service.post("/pictures", files={"file": ("a.png", picture(number))}).json()["picture"])


def alone(service: TestClient, view: dict[str, Any], **more: str) -> float:
    answer = service.post("/predict", data={"picture": view["picture"], "box": view["box"], **more})
    return float(answer.json()["predictions"][0]["p_malignant"])


@pytest.mark.parametrize("more", [{}, {"prevalence": 0.1}])
def test_each_view_is_as_it_is_alone_and_the_mean_is_theirs(service: TestClient, more: dict[str, float]) -> None:
    views = [{"picture": kept(service, number), "box": box} for number, box in enumerate(BOXES)]
    answer = service.post("/together", json={"views": views, **more})
    told = answer.json()
    p = [one["p_malignant"] for one in told["predictions"]]
    assert p == [alone(service, view, **{name: str(one) for name, one in more.items()}) for view in views]
    assert told["together"]["p_malignant"] == pytest.approx(sum(p) / 2)


def test_two_boxes_on_one_picture_are_two_views(service: TestClient) -> None:
    name = kept(service)
    views = [{"picture": name, "box": BOXES[0]}, {"picture": name, "polygon": "20,30;149,40;100,139"}]
    told = service.post("/together", json={"views": views}).json()
    assert told["together"]["views"] == 2
    assert told["predictions"][1]["polygon"]


def test_one_view_or_an_unknown_picture_is_refused(service: TestClient) -> None:
    view = {"picture": kept(service), "box": BOXES[0]}
    assert service.post("/together", json={"views": [view]}).status_code == 422
    assert service.post("/together", json={"views": [view, view | {"picture": "0" * 64}]}).status_code == 404
    assert service.post("/together", json={"views": [view, view | {"box": "1,2,3"}]}).status_code == 422


@pytest.fixture
def study(bundle: Path, tmp_path: Path) -> Iterator[TestClient]:
    with client(bundle, store=tmp_path / "store", own_first=True) as one:
        yield one


def test_in_a_study_each_view_has_its_own_reading_first(study: TestClient) -> None:
    views: list[dict[str, Any]] = [{"picture": kept(study), "box": box} for box in BOXES]
    assert study.post("/together", json={"views": views}).status_code == 403
    for number, view in enumerate(views):
        new = {"key": f"key-000{number}", "reader": "AB", "picture": view["picture"], "box": [view["box"]]}
        saved = study.post("/reads", json=new | {"own": {"probability": 0.4, "tirads": "TR4"}})
        view["read"] = saved.json()["id"]
        expected = 200 if number else 403
        assert study.post("/together", json={"views": views}).status_code == expected
