"""A study's readers: their own reading first, then the model's, and what is remembered of both."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from make.served import client, picture

BOX = "20,30,150,140"
OWN = {"probability": 0.4, "tirads": "TR4"}


@pytest.fixture
def study(bundle: Path, tmp_path: Path) -> Iterator[TestClient]:
    with client(bundle, store=tmp_path / "store", own_first=True) as one:
        yield one


def taken_up(service: TestClient) -> str:
    return str(service.post("/pictures", files={"file": ("a.png", picture())}).json()["picture"])


def saved(service: TestClient, **changes: Any) -> Any:
    new = {"key": "key-0001", "reader": "AB", "picture": taken_up(service), "frame": 1, "box": [BOX], "own": OWN}
    return service.post("/reads", json=new | changes)


def asked(service: TestClient, to: str = "/predict", box: str = BOX, **more: Any) -> Any:
    return service.post(to, files={"file": ("a.png", picture())}, data={"box": box, **more})


@pytest.mark.parametrize("to", ["/predict", "/explain", "/report"])
def test_without_an_own_reading_the_model_is_silent(study: TestClient, to: str) -> None:
    response = asked(study, to)
    assert response.status_code == 403
    assert "own reading" in response.json()["error"]


def test_after_it_the_model_answers_and_the_answer_is_kept(study: TestClient) -> None:
    first = saved(study)
    name = first.json()["id"]
    answer = asked(study, read=name)
    assert (first.status_code, answer.status_code, asked(study, "/explain", read=name).status_code) == (201, 200, 200)
    kept = study.get(f"/reads/{name}").json()
    assert kept["answer"] == answer.json()
    assert kept["saved"] < kept["shown"]
    assert len(kept["checksum"]) == 64


def test_an_own_reading_of_something_else_opens_nothing(study: TestClient) -> None:
    name = saved(study).json()["id"]
    assert asked(study, box="25,30,150,140", read=name).status_code == 403
    assert asked(study, read="0" * 32).status_code == 404


def test_sent_again_it_is_the_same_and_cant_be_another(study: TestClient) -> None:
    first, again = saved(study), saved(study, own=OWN | {"probability": 0.9})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["own"]["probability"] == 0.4


def test_a_change_needs_a_reason_and_leaves_the_first(study: TestClient) -> None:
    name = saved(study).json()["id"]
    change = {"reader": "AB", "number": 1, "own": OWN | {"probability": 0.7}}
    assert study.post(f"/reads/{name}/changes", json=change).status_code == 422
    changed = study.post(f"/reads/{name}/changes", json=change | {"reason": "after the model"}).json()
    assert changed["own"]["probability"] == 0.4
    assert changed["changes"][0]["own"]["probability"] == 0.7
    assert study.post(f"/reads/{name}/changes", json=change | {"reason": "again"}).status_code == 409


@pytest.mark.parametrize("own", [{"probability": 1.2, "tirads": "TR4"}, {"probability": 0.2}, {"tirads": "TR4"}])
def test_what_is_no_judgement_isnt_saved(study: TestClient, own: dict[str, Any]) -> None:
    assert saved(study, own=own).status_code == 422
    assert study.get("/reads", headers={"X-Reader": "AB"}).json()["reads"] == []


def test_a_case_is_deleted_whole(study: TestClient) -> None:
    one = saved(study).json()
    deleted = study.delete(f"/reads/pictures/{one['picture']}", headers={"X-Reader": "AB"}).json()
    assert deleted["deleted"] == 1
    assert study.get(f"/reads/{one['id']}").status_code == 404
    assert study.get(f"/pictures/{one['picture']}/frames/1.png").status_code == 404


def test_after_a_restart_reading_and_picture_are_there(bundle: Path, tmp_path: Path) -> None:
    with client(bundle, store=tmp_path / "store") as before:
        one = saved(before).json()
    with client(bundle, store=tmp_path / "store") as after:
        assert [kept["id"] for kept in after.get("/reads", headers={"X-Reader": "AB"}).json()["reads"]] == [one["id"]]
        assert after.get(f"/pictures/{one['picture']}/frames/1.png").status_code == 200


def test_without_a_store_nothing_is_kept(service: TestClient) -> None:
    assert saved(service).status_code == 404
    assert service.get("/model").json()["store"] is False


def test_a_reading_made_after_the_models_was_seen_is_no_unaided_one(bundle: Path, tmp_path: Path) -> None:
    with client(bundle, store=tmp_path / "store") as service:
        one = saved(service, late=True).json()
        assert (one["late"], one["shown"], one["answer"]) == (True, one["saved"], None)
        answer = asked(service, read=one["id"]).json()
        kept = service.get(f"/reads/{one['id']}").json()
        assert (kept["answer"], kept["shown"], kept["late"]) == (answer, one["shown"], True)
        table = service.get("/reads/grades.csv", headers={"X-Reader": "AB"}).text
        first = saved(service, key="key-0002").json()
        assert asked(service, read=first["id"]).status_code == 200
        assert service.get(f"/reads/{first['id']}").json()["late"] is False
    assert [row["mode"] for row in csv.DictReader(io.StringIO(table))] == ["aided"]


def test_the_picture_of_a_reading_is_taken_up_again(bundle: Path, tmp_path: Path) -> None:
    with client(bundle, store=tmp_path / "store") as before:
        one = saved(before).json()
    with client(bundle, store=tmp_path / "store") as after:
        where = f"/reads/{one['id']}/picture"
        again = after.get(where).json()
        assert again == after.post("/pictures", files={"file": ("a.png", picture())}).json()
        (tmp_path / "store" / "pictures" / one["picture"]).unlink()
        gone = after.get(where)
        assert gone.status_code == 404
        assert "Open the file itself" in gone.json()["error"]
