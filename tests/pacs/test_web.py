"""New objects of a DICOMweb server that refuses, breaks off or gives something else: nothing else is held up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from isthmus.errors import StorageError
from isthmus.pacs import spool
from isthmus.pacs import web as of_web
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.queue import FAILED, Queue
from isthmus.pacs.session import Server
from isthmus.pacs.web import Pull
from make.dicomweb import Say, Web, dripping, reply, serving, silent
from make.pacs import as_file, ultrasound

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")
MULTIPART = 'multipart/related; type="application/dicom"; boundary='


class Desk:
    """Who pulls, and what was said; the clock is moved by hand."""

    def __init__(self, folder: Path, web: Web) -> None:
        self.now, self.said = 1000.0, list[str]()
        self.inbox = Inbox(folder, Queue(folder))
        self.inbox.open()
        self.pull = Pull(Server(web.url), self.inbox, self.said.append, "20260101", clock=lambda: self.now)

    def run(self, seconds: int) -> int:
        """Lets so many seconds go by, and looks every ten; gives how many objects came."""
        came = 0
        for _ in range(seconds // 10):
            came += self.pull.work()
            self.now += 10
        return came

    def knows(self, *images: Dataset) -> list[bool]:
        return [self.inbox.queue.knows(one.SOPInstanceUID) for one in images]


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    with serving(made):
        yield made


@pytest.fixture
def desk(tmp_path: Path, web: Web) -> Iterator[Desk]:
    made = Desk(tmp_path, web)
    yield made
    made.inbox.queue.close()


def part(content: bytes, boundary: str, quoted: str, end: bytes = b"--\r\n") -> Say:
    """An answer of WADO with one part."""
    body = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode() + content
    return reply(200, body + f"\r\n--{boundary}".encode() + end, Content_Type=MULTIPART + quoted)


@pytest.mark.parametrize("quoted", ['"a-b"', "a-b", '"a-b"; transfer-syntax=*', "a-b;type=x"])
def test_a_boundary_may_be_quoted_or_not(desk: Desk, web: Web, quoted: str) -> None:
    one = ultrasound()
    web.hold(one)
    web.says["instance"] = [part(as_file(one), "a-b", quoted)]
    assert desk.run(10) == 1
    assert desk.inbox.place(one.SOPInstanceUID).read_bytes() == as_file(one)


@pytest.mark.parametrize(
    "say",
    [
        reply(403),
        reply(404),
        reply(500),
        reply(200, b"<html>Sign in</html>", Content_Type="text/html"),
        reply(200, b"--b\r\nContent-Type: application/dicom\r\n\r\n" + b"x" * 999, Content_Type=MULTIPART + "b"),
        reply(200, b"--b", Content_Type=MULTIPART + "b"),
        silent,
    ],
    ids=["403", "404", "500", "HTML", "cut short", "empty", "closed"],
)
def test_an_object_that_is_not_given_now_is_asked_for_again_and_holds_up_no_other(
    desk: Desk, web: Web, say: Say
) -> None:
    images = [ultrasound() for _ in range(2)]
    web.hold(*images)
    web.says["instance"] = [say]
    assert desk.run(10) == 1
    assert sorted(desk.knows(*images)) == [False, True]
    (line,) = desk.said
    assert "it is asked for again" in line
    assert desk.run(30) == 1
    assert desk.knows(*images) == [True, True]
    assert list(desk.inbox.incoming.iterdir()) == []


def test_objects_that_are_never_given_keep_none_behind_them_away_and_are_told_once(desk: Desk, web: Web) -> None:
    images = [ultrasound(study="1.2.3") for _ in range(6)]
    web.hold(*images)
    web.says["instance"] = [silent] * 5
    desk.run(80)
    assert desk.knows(*images) == [True] * 6
    assert len([line for line in desk.said if "asked for again" in line]) <= 5


def test_an_object_that_comes_byte_by_byte_is_given_up(desk: Desk, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_web, "LONGEST", 0.3)
    web.hold(ultrasound())
    web.says["instance"] = [dripping]
    assert desk.run(10) == 0
    assert "its answer doesn't end" in desk.said[0]
    assert list(desk.inbox.incoming.iterdir()) == []


def test_an_object_that_vanishes_between_search_and_transfer_is_told_once(desk: Desk, web: Web) -> None:
    one = ultrasound()
    web.hold(one)
    web.says["instance"] = [reply(404)] * 99
    desk.run(1200)
    assert len(desk.said) == 1
    assert web.asked["instance"] <= 8  # at intervals that grow


def test_a_study_that_is_not_listed_holds_up_no_other(desk: Desk, web: Web) -> None:
    images = [ultrasound() for _ in range(2)]
    web.hold(*images)
    web.says["series"] = [reply(500)]
    assert desk.run(10) == 1
    assert desk.run(30) == 1


@pytest.mark.parametrize("kind", ["studies", "series", "instances", "instance"])
@pytest.mark.parametrize(("status", "told"), [(401, "wants a login"), (503, "HTTP 503")])
def test_a_server_that_does_not_work_is_told_once_and_left_alone(
    desk: Desk, web: Web, kind: str, status: int, told: str
) -> None:
    web.hold(*(ultrasound() for _ in range(3)))
    web.says[kind] = [reply(status, Retry_After="30")] * 2
    assert desk.run(20) == 0
    assert web.asked[kind] == 1
    assert len(desk.said) == 1
    assert told in desk.said[0]
    assert desk.run(90) == 3
    assert desk.said[-1] == "DICOMweb is reached again"


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"null", b"[" * 100_000, b'[{"0020000D": 7}]'])
def test_a_search_that_is_answered_with_something_else_finds_nothing(desk: Desk, web: Web, body: bytes) -> None:
    web.hold(ultrasound())
    web.says["studies"] = [reply(200, body)]
    assert desk.run(10) == 0
    assert desk.run(10) == 1


def test_another_object_than_was_asked_for_is_listed_and_not_fetched_for_ever(desk: Desk, web: Web) -> None:
    one, other = ultrasound(), ultrasound()
    web.hold(one)
    web.says["instance"] = [part(as_file(other), "b", "b")] * 9
    desk.run(100)
    assert web.asked["instance"] == 1
    entry = desk.inbox.queue.entry(one.SOPInstanceUID)
    assert entry is not None
    assert entry.state == FAILED
    assert "another object" in entry.note


def test_an_object_that_is_too_large_is_listed_and_holds_up_no_other(
    desk: Desk, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, small = ultrasound(frames=20), ultrasound()
    web.hold(large, small)
    monkeypatch.setattr(spool, "MOST_BYTES", 100_000)
    desk.run(10)
    entry = desk.inbox.queue.entry(large.SOPInstanceUID)
    assert entry is not None
    assert (entry.state, entry.note) == (FAILED, "is larger than 100,000 bytes")
    assert desk.inbox.place(small.SOPInstanceUID).is_file()
    assert list(desk.inbox.incoming.iterdir()) == []


def test_a_full_disk_leaves_nothing_half_and_all_is_fetched_when_there_is_room(
    desk: Desk, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.hold(ultrasound())
    with monkeypatch.context() as patched:
        patched.setattr(spool, "RESERVE", 1 << 62)
        with pytest.raises(StorageError, match="no space left"):
            desk.run(10)
    assert list(desk.inbox.incoming.iterdir()) == []
    assert desk.run(20) == 1
