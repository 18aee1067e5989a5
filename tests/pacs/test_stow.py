"""Answers stored by STOW on a server that refuses, breaks off or says what isn't so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from isthmus.pacs.inbox import Inbox
from isthmus.pacs.queue import FAILED, READ, SENT, Entry, Queue
from isthmus.pacs.sending import Sender
from isthmus.pacs.session import Server
from isthmus.pacs.stow import DICOMWEB, Stow
from make.dicomweb import Say, Web, failed, reply, serving, silent
from make.pacs import answered, ultrasound

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    with serving(made):
        yield made


class Desk:
    """An inbox with one answer for a server, and what was said; the clock is moved by hand."""

    def __init__(self, folder: Path, web: Web) -> None:
        self.now, self.said = 1_800_000_000.0, list[str]()
        self.inbox = Inbox(folder, Queue(folder, clock=lambda: self.now))
        self.inbox.open()
        self.uid = answered(self.inbox, ultrasound(), DICOMWEB)
        self.report = self.inbox.answers(self.entry.answers) / "report.dcm"
        self.report_uid = str(dcmread(self.report).SOPInstanceUID)
        stow = Stow(Server(web.url), between=0.01)
        self.sender = Sender(self.inbox, stow, self.said.append, lambda: self.now)

    @property
    def entry(self) -> Entry:
        found = self.inbox.queue.entry(self.uid)
        assert found is not None
        return found


@pytest.fixture
def desk(tmp_path: Path, web: Web) -> Iterator[Desk]:
    made = Desk(tmp_path, web)
    yield made
    made.inbox.queue.close()


def test_an_answer_arrives_as_it_is(desk: Desk, web: Web) -> None:
    written = dcmread(desk.report)
    assert desk.sender.work() == 1
    assert desk.entry.state == SENT
    assert web.held[desk.report_uid] == written
    assert {one.Modality for one in web.held.values()} >= {"SR", "OT"}


@pytest.mark.parametrize(
    ("status", "told", "kind"),
    [
        (401, "netrc", "instances"),
        (403, "its user may do", "store"),
        (404, "address of --dicomweb", "store"),
        (500, "HTTP 500", "instances"),
        (500, "HTTP 500", "store"),
        (503, "HTTP 503", "instances"),
        (503, "HTTP 503", "store"),
    ],
)
def test_a_server_that_does_not_work_is_left_alone_for_a_while(
    desk: Desk, web: Web, status: int, told: str, kind: str
) -> None:
    web.keeps, web.says[kind] = False, [reply(status)]
    assert desk.sender.work() == 0
    assert desk.entry.state == READ
    assert told in desk.entry.note
    web.keeps = True
    desk.now += 5
    assert desk.sender.work() == 1
    assert len(desk.said) == 3  # that it is away, that it is back, that it was answered


@pytest.mark.parametrize("after", ["120", "Fri, 15 Jan 2100 08:00:00 GMT", "9" * 30])
def test_a_server_that_asks_to_be_left_alone_is(desk: Desk, web: Web, after: str) -> None:
    web.says["instances"] = [reply(503, Retry_After=after)]
    assert desk.sender.work() == 0
    asked = dict(web.asked)
    desk.now += 119
    assert desk.sender.work() == 0
    assert web.asked == asked
    desk.now += 500
    assert desk.sender.work() == 1


@pytest.mark.parametrize("after", ["", "soon", "-5", "Fri, 15 Jan 2100"])
def test_a_server_that_asks_for_nonsense_is_asked_again_soon(desk: Desk, web: Web, after: str) -> None:
    web.says["instances"] = [reply(503, Retry_After=after)]
    assert desk.sender.work() == 0
    desk.now += 2 if "2100" not in after else 600
    assert desk.sender.work() == 1


@pytest.mark.parametrize("say", [reply(409), reply(413), reply(400), failed("1.2", 0xC000, 409), failed("1.2", 0xA900)])
def test_what_a_server_will_never_take_is_told_once(desk: Desk, web: Web, say: Say) -> None:
    web.keeps, web.says["store"] = False, [say]
    assert desk.sender.work() == 0
    assert desk.entry.state == FAILED
    assert "--again" in desk.entry.note
    desk.now += 3600
    assert desk.sender.work() == 0
    assert len(desk.said) == 1
    web.keeps = True
    assert desk.inbox.queue.again() == 1
    assert desk.sender.work() == 1


@pytest.mark.parametrize("say", [failed("1.2", 0xA700), failed("1.2", 0xA700, 409), failed("1.2", 0x0110, 202)])
def test_what_a_server_can_not_store_now_is_offered_again(desk: Desk, web: Web, say: Say) -> None:
    web.keeps, web.says["store"] = False, [say]
    assert desk.sender.work() == 0
    assert desk.entry.state == READ
    assert "status" in desk.entry.note
    web.keeps = True
    desk.now += 2
    assert desk.sender.work() == 1


def test_a_server_that_says_that_it_stored_and_did_not_is_not_believed(desk: Desk, web: Web) -> None:
    web.keeps = False
    assert desk.sender.work() == 0
    assert (desk.entry.state, desk.entry.note) == (
        READ,
        "the destination refuses it: it said that it was stored, and doesn't find it",
    )


@pytest.mark.parametrize("say", [reply(409), reply(500), silent])
def test_what_a_server_took_before_it_failed_is_found_and_not_stored_twice(desk: Desk, web: Web, say: Say) -> None:
    web.says["store"] = [say]
    if desk.sender.work() == 0:
        desk.now += 10
        assert desk.sender.work() == 1
    assert desk.entry.state == SENT
    assert sum(one.Modality == "SR" for one in web.held.values()) == 1
    assert web.asked["store"] == len(web.held)


def test_an_answer_at_which_the_server_breaks_off_does_not_hold_up_the_others(desk: Desk, web: Web) -> None:
    uids = sorted([desk.uid, *(answered(desk.inbox, ultrasound(), DICOMWEB) for _ in range(2))])
    web.keeps, web.says["store"] = False, [silent]
    assert desk.sender.work() == 0
    web.keeps = True
    desk.now += 1
    assert desk.sender.work() == 2
    states = [entry.state for uid in uids if (entry := desk.inbox.queue.entry(uid))]
    assert states == [READ, SENT, SENT]
    desk.now += 5
    assert desk.sender.work() == 1


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"[1, 2]", b"null", b'"text"', b"[" * 100_000])
def test_an_answer_that_is_no_list_of_objects_is_said_to_be_none(desk: Desk, web: Web, body: bytes) -> None:
    web.says["instances"] = [reply(200, body, Content_Type="text/html")]
    assert desk.sender.work() == 0
    assert "its answer is no" in desk.entry.note
    desk.now += 5
    assert desk.sender.work() == 1


def test_what_else_a_server_refuses_is_left_out_and_noted(desk: Desk, web: Web) -> None:
    def refuse_captures(handler: object) -> None:
        web.held = {uid: one for uid, one in web.held.items() if one.Modality == "SR"}
        reply(400)(handler)  # type: ignore[arg-type]

    web.says["store"] = [reply(200), refuse_captures]
    assert desk.sender.work() == 1
    assert "it takes no secondary captures (HTTP 400)" in desk.entry.note
