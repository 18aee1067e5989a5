"""The worklist: what waits for a region is listed, drawn, and queued once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from fastapi.testclient import TestClient
from pydicom.dataset import Dataset

from isthmus.models.names import find
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.queue import READ, WAITING, Queue
from make.pacs import as_file, ultrasound
from make.served import client

DRAWN = {"frame": 1, "box": ["40,50,120,110"]}
TIRADS = {
    "composition": "solid-or-almost",
    "echogenicity": "hypoechoic",
    "shape": "wider-than-tall",
    "margin": "smooth",
    "foci": ["none"],
}


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    """The store of `isthmus pacs`."""
    queue = Queue(tmp_path)
    one = Inbox(tmp_path, queue)
    one.open()
    yield one
    queue.close()


@pytest.fixture
def service(inbox: Inbox) -> Iterator[TestClient]:
    with client(find(), store=inbox.folder) as one:
        yield one


def waits(inbox: Inbox, **changes: object) -> Dataset:
    """A picture that was received and has no region."""
    image = ultrasound(**changes)  # type: ignore[arg-type]
    path = inbox.incoming / "one.dcm"
    path.write_bytes(as_file(image))
    uid = inbox.take(path, "dimse").uid
    entry = inbox.queue.entry(uid)
    assert entry is not None
    assert inbox.queue.move(entry, WAITING, note="draw it")
    return image


def answer_of(inbox: Inbox, image: Dataset) -> Dataset:
    """The report that is queued."""
    entry = inbox.queue.entry(image.SOPInstanceUID)
    assert entry is not None
    assert entry.state == READ
    return pydicom.dcmread(inbox.answers(entry.answers) / "report.dcm")


def test_what_waits_is_listed_with_whose_it_is(service: TestClient, inbox: Inbox) -> None:
    assert service.get("/worklist").json()["objects"] == []
    image = waits(inbox)
    (one,) = service.get("/worklist").json()["objects"]
    assert (one["uid"], one["patient_id"], one["note"]) == (image.SOPInstanceUID, "ZH-7", "draw it")
    assert "小明" in one["patient"]


def test_a_picture_is_opened_drawn_and_queued_with_the_readers_tirads(service: TestClient, inbox: Inbox) -> None:
    image = waits(inbox)
    taken = service.get(f"/worklist/{image.SOPInstanceUID}").json()
    assert (taken["width"], taken["height"], taken["frames"]) == (200, 160, 1)
    assert service.get(f"/pictures/{taken['picture']}/frames/1.png").status_code == 200
    told = service.post(f"/worklist/{image.SOPInstanceUID}", json=DRAWN | {"tirads": TIRADS})
    assert (told.status_code, told.json()["state"]) == (200, "read")
    report = answer_of(inbox, image).to_json()
    assert "TI-RADS acr-2017: TR4" in report
    assert "hypoechoic" in report
    assert service.get("/worklist").json()["objects"] == []
    assert service.app.state.service.store.events()[-1]["action"] == "answered"  # type: ignore[attr-defined]


def test_an_outline_on_a_frame_of_a_clip_is_answered(service: TestClient, inbox: Inbox) -> None:
    image = waits(inbox, kind="colour", frames=3)
    drawn = {"frame": 3, "polygon": "40,50;120,50;120,110;60,120"}
    assert service.post(f"/worklist/{image.SOPInstanceUID}", json=drawn).status_code == 200
    assert "Referenced Frame Number" in str(answer_of(inbox, image))


def test_of_two_readers_one_answers(service: TestClient, inbox: Inbox) -> None:
    image = waits(inbox)
    statuses: list[int] = []

    def answer() -> None:
        statuses.append(service.post(f"/worklist/{image.SOPInstanceUID}", json=DRAWN).status_code)

    threads = [threading.Thread(target=answer) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409]
    assert len(list((inbox.folder / "answers").iterdir())) == 1


@pytest.mark.parametrize(
    ("drawn", "status"),
    [
        ({}, 422),
        ({"box": ["0,0,5000,10"]}, 422),
        ({"frame": 2, "box": ["40,50,120,110"]}, 422),
        ({"box": ["40,50,120,110", "10,10,30,30"], "tirads": TIRADS}, 422),
        ({"box": ["40,50,120,110"], "read": "0" * 32}, 404),
    ],
)
def test_what_can_not_be_read_is_refused_and_goes_on_waiting(
    drawn: dict[str, object], status: int, service: TestClient, inbox: Inbox
) -> None:
    image = waits(inbox)
    assert service.post(f"/worklist/{image.SOPInstanceUID}", json=drawn).status_code == status
    assert len(service.get("/worklist").json()["objects"]) == 1


def test_a_picture_without_a_nodule_is_taken_off_the_list(service: TestClient, inbox: Inbox) -> None:
    image = waits(inbox)
    address = f"/worklist/{image.SOPInstanceUID}"
    assert service.delete(address).status_code == 200
    assert service.get("/worklist").json()["objects"] == []
    assert [service.get(address).status_code, service.delete(address).status_code] == [409, 409]
    assert list((inbox.folder / "objects").iterdir()) == []
    assert service.get("/worklist/1.2.3").status_code == 404


def test_without_a_pacs_nothing_waits(tmp_path: Path) -> None:
    with client(find(), store=tmp_path) as one:
        assert one.get("/worklist").json()["objects"] == []
        assert one.get("/worklist/1.2.3").status_code == 404
    with client(find()) as one:
        assert one.get("/worklist").json()["objects"] == []
