"""What other programs ask of the service: readings, what is refused, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from isthmus.nodule import DISCLAIMER
from make.commands import isthmus
from make.served import bomb, client, clip, picture

BOX = "20,30,150,140"


def post(service: TestClient, content: bytes, name: str = "made.png", to: str = "/predict", **fields: object):  # type: ignore[no-untyped-def]
    return service.post(to, files={"file": (name, content)}, data=fields)


def test_health_says_ok_and_names_the_model(service: TestClient) -> None:
    told = service.get("/health").json()
    assert (told["status"], told["model"], told["disclaimer"]) == ("ok", "tiny", DISCLAIMER)


def test_an_answer_is_that_of_the_command(
    service: TestClient, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made.png").write_bytes(picture())
    monkeypatch.chdir(tmp_path)
    result = isthmus("predict", "made.png", "--model", bundle, "--box", BOX, "--json")
    assert post(service, picture(), box=BOX).json() == json.loads(result.stdout)


def test_several_boxes_are_several_nodules_in_their_order(service: TestClient) -> None:
    boxes = [BOX, "50,50,100,120"]
    readings = post(service, picture(), box=boxes).json()["predictions"]
    assert [one["box"] for one in readings] == [[int(side) for side in box.split(",")] for box in boxes]


def test_a_polygon_is_read_by_the_box_around_it(service: TestClient) -> None:
    one = post(service, picture(), polygon="20,30;149.5,40;100,139").json()["predictions"][0]
    other = post(service, picture(), box="20,30,150,140").json()["predictions"][0]
    assert one["polygon"] == [[20, 30], [149.5, 40], [100, 139]]
    assert one | {"polygon": None} == other


def test_a_click_is_read_by_the_box_that_is_proposed(service: TestClient) -> None:
    (box,) = [post(service, picture(), to="/propose", click="100,90").json()["box"]]
    (one,) = post(service, picture(), click="100,90").json()["predictions"]
    assert (one["box"], one["roi"]) == (box, "proposed")
    assert post(service, picture(), to="/propose", click="500,90").status_code == 422


def test_frames_of_a_file_differ(service: TestClient) -> None:
    first, second = (post(service, clip(), "clip.tif", box=BOX, frame=n).json()["predictions"][0] for n in (1, 2))
    assert (first["page"], second["page"], second["pages"]) == (1, 2, 3)
    assert first["p_malignant"] != second["p_malignant"]


def test_a_picture_that_was_taken_up_is_read_as_the_file_is(service: TestClient) -> None:
    kept = post(service, clip(), to="/pictures").json()
    assert (kept["frames"], kept["width"], kept["spacing_mm"]) == (3, 200, None)
    asked = {"picture": kept["picture"], "box": BOX, "frame": 2}
    read = service.post("/predict", data=asked).json()["predictions"][0]
    assert read["p_malignant"] == post(service, clip(), box=BOX, frame=2).json()["predictions"][0]["p_malignant"]
    shown = service.get(f"/pictures/{kept['picture']}/frames/2.png")
    assert shown.headers["content-type"] == "image/png"
    assert shown.content.startswith(b"\x89PNG")


def test_a_picture_that_nobody_sent_isnt_there(service: TestClient) -> None:
    assert service.get(f"/pictures/{'0' * 64}/frames/1.png").status_code == 404


def test_the_longest_unused_upload_goes_first(bundle: Path) -> None:
    with client(bundle, most_kept=len(picture(0)) + 100) as service:
        names = [post(service, picture(number), to="/pictures").json()["picture"] for number in (0, 1)]
        answers = [service.post("/predict", data={"picture": name}) for name in names]
    assert [one.status_code for one in answers] == [404, 200]


def test_the_prevalence_moves_p_and_threshold_and_no_label(service: TestClient) -> None:
    plain, rare = (post(service, picture(), box=BOX, **more).json()["predictions"][0] for more in ({}, PREVALENCE))
    assert rare["p_malignant"] < plain["p_malignant"]
    assert rare["threshold"] < plain["threshold"]
    assert rare["verdict"] == plain["verdict"]


PREVALENCE = {"prevalence": 0.1}
REFUSED = {
    "nothing": (b"", {}, (400, 422)),
    "text": (b"this is no picture, " * 9, {}, (415,)),
    "cut": (picture()[:3000], {}, (422,)),
    "a bomb": (bomb(), {}, (422,)),
    "a box outside": (picture(), {"box": "150,150,250,190"}, (422,)),
    "a box without area": (picture(), {"box": "50,50,50,60"}, (422,)),
    "a box of three numbers": (picture(), {"box": "1,2,3"}, (422,)),
    "a box of nan": (picture(), {"box": "nan,2,3,4"}, (422,)),
    "a polygon of two points": (picture(), {"polygon": "1,2;30,40"}, (422,)),
    "a polygon outside": (picture(), {"polygon": "1,2;300,40;40,80"}, (422,)),
    "a box and a polygon": (picture(), {"box": BOX, "polygon": "1,2;30,40;5,60"}, (422,)),
    "a click that is none": (picture(), {"click": "here"}, (422,)),
    "a frame that isn't there": (picture(), {"frame": 2}, (422,)),
    "frame 0": (picture(), {"frame": 0}, (422,)),
    "frame x": (picture(), {"frame": "x"}, (422,)),
    "prevalence 1": (picture(), {"prevalence": 1}, (422,)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cant_be_read_is_refused_with_a_reason(service: TestClient, what: str) -> None:
    content, fields, statuses = REFUSED[what]
    response = post(service, content, **fields)
    assert response.status_code in statuses
    told = response.json()
    assert told["error"]
    assert told["disclaimer"] == DISCLAIMER


def test_neither_file_nor_picture(service: TestClient) -> None:
    assert service.post("/predict").status_code == 422


def test_the_windows_crops_and_votes_of_each_nodule(service: TestClient) -> None:
    (one,) = post(service, picture(), to="/explain", box=BOX).json()["nodules"]
    reading = post(service, picture(), box=BOX).json()["predictions"][0]
    assert [crop["p_malignant"] for crop in one["crops"]] == reading["votes"]
    x0, y0, x1, y1 = one["window"]
    assert all(x0 - 1 <= crop["box"][0] and crop["box"][2] <= x1 + 1 for crop in one["crops"])
    assert all(y0 - 1 <= crop["box"][1] and crop["box"][3] <= y1 + 1 for crop in one["crops"])


def test_a_map_that_was_never_checked_isnt_given(service: TestClient) -> None:
    (one,) = post(service, picture(), to="/explain", box=BOX, map=True).json()["nodules"]
    assert (one["map"]["may_be_shown"], one["map"]["png"]) == (False, None)
    assert "never checked" in one["map"]["why"]


def test_the_model_tells_threshold_figures_and_failures(service: TestClient) -> None:
    told = service.get("/model").json()
    assert told["threshold"] == told["decision"]["thresholds"]["sensitivity-95"]
    assert told["prevalence"] == 0.6
    assert told["facts"]["failures"] == ["nodules of less than 30 pixels"]
