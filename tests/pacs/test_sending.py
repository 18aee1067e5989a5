"""Answers on their way to a destination that is down, refuses, stumbles or dies."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage, SecondaryCaptureImageStorage

from isthmus.errors import StorageError
from isthmus.pacs.classes import ANSWERS
from isthmus.pacs.dimse import Peer, Store
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.queue import FAILED, READ, SENT, Entry, Queue
from isthmus.pacs.sending import LONGEST_DOWN, RefusedError, Sender, UnreachableError
from isthmus.pacs.status import line_of, status_of
from make.pacs import answered, ultrasound
from make.peers import ABORTS, DIES, HANGS, Says, receiving

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")
HOUR = 3600.0


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    """An inbox whose clock is moved by hand, and what was said."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.folder, Queue(self.folder, clock=self.clock))
        self.inbox.open()

    def sender(self, port: int, answering: float = 20.0) -> Sender:
        """Who sends to a port of this machine."""
        return Sender(self.inbox, store(port, answering), self.said.append, self.clock)

    def entry(self, uid: str) -> Entry:
        found = self.inbox.queue.entry(uid)
        assert found is not None
        return found

    def run(self, sender: Sender, seconds: float) -> int:
        """Lets so many seconds go by, and has it work in each; gives how many answers arrived."""
        arrived = 0
        for _ in range(int(seconds)):
            arrived += sender.work()
            self.clock.now += 1
        return arrived


def store(port: int, answering: float = 20.0) -> Store:
    return Store("ISTHMUS", Peer("PACS", "127.0.0.1", port), answering=answering)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.inbox.queue.close()


def drained(taken: queue.Queue[Dataset], named: str = ComprehensiveSRStorage) -> list[str]:
    """The UIDs of what a destination has taken of a class."""
    found = [taken.get_nowait() for _ in range(taken.qsize())]
    return [one.SOPInstanceUID for one in found if one.SOPClassUID == named]


@dataclass
class Down:
    """A destination that can't be reached, and counts who tries."""

    tries: int = 0
    origin: str = "dimse"

    def deliver(self, answers: Sequence[Sequence[Path]]) -> Iterator[str | RefusedError]:
        self.tries += 1
        raise UnreachableError("no connection")
        yield ""


def test_a_destination_that_is_down_for_an_hour_is_tried_at_growing_intervals_and_gets_all_once(desk: Desk) -> None:
    uids = [answered(desk.inbox, ultrasound()) for _ in range(2)]
    down = Down()
    sender = Sender(desk.inbox, down, desk.said.append, desk.clock)
    assert desk.run(sender, HOUR) == 0
    assert HOUR / LONGEST_DOWN <= down.tries <= HOUR / LONGEST_DOWN + 7
    assert len(desk.said) == 1
    late = answered(desk.inbox, ultrasound())  # what comes meanwhile isn't lost, either
    told = {one["uid"]: one for one in status_of(desk.inbox.queue)["objects"]}
    assert set(told) == {*uids, late}
    for uid in uids:
        assert told[uid]["state"] == READ
        assert told[uid]["note"] == "the destination can't be reached: no connection"
        assert told[uid]["since"] == desk.entry(uid).changed
        assert told[uid]["next_try"] > "2027"
        assert "tried again at" in line_of(told[uid])
    with receiving() as (port, taken):
        sender.destination = store(port)
        assert desk.run(sender, LONGEST_DOWN + 1) == 3
        assert desk.run(sender, LONGEST_DOWN) == 0
        reports = drained(taken)
    assert len(reports) == len(set(reports)) == 3
    assert desk.inbox.queue.counts()[SENT] == 3
    assert any("reached again" in line for line in desk.said)
    assert list((desk.folder / "objects").iterdir()) == list((desk.folder / "answers").iterdir()) == []


def test_a_restart_while_the_destination_is_down_loses_nothing(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    uid = answered(first.inbox, ultrasound())
    first.run(Sender(first.inbox, Down(), first.said.append, first.clock), 100)
    first.inbox.queue.close()
    again = Desk(tmp_path, first.clock)
    again.inbox.sweep()
    with receiving() as (port, taken):
        assert again.run(again.sender(port), LONGEST_DOWN + 1) == 1
        assert len(drained(taken)) == 1
    assert again.entry(uid).state == SENT
    again.inbox.queue.close()


def test_a_destination_that_knows_another_title_is_said_to_reject_us(desk: Desk) -> None:
    uid = answered(desk.inbox, ultrasound())
    with receiving(title="OTHER") as (port, _):
        assert desk.sender(port).work() == 0
    assert "rejects the association: called AE title not recognised" in desk.entry(uid).note
    assert desk.entry(uid).state == READ


def test_no_class_taken_at_all_is_said(desk: Desk) -> None:
    uid = answered(desk.inbox, ultrasound())
    with receiving(("1.2.840.10008.1.1",)) as (port, _):
        assert desk.sender(port).work() == 0
    assert "takes no structured reports" in desk.entry(uid).note


def test_a_destination_without_structured_reports_gets_nothing_until_it_takes_them(desk: Desk) -> None:
    uid = answered(desk.inbox, ultrasound())
    with receiving((SecondaryCaptureImageStorage,)) as (port, taken):
        assert desk.run(desk.sender(port), 30) == 0
        assert taken.empty()
    assert (desk.entry(uid).state, desk.entry(uid).tries) == (READ, 5)  # at once, and after 1, 2, 4 and 8 seconds
    assert len(desk.said) == 1
    with receiving() as (port, taken):
        assert desk.run(desk.sender(port), 60) == 1


def test_what_else_a_destination_does_not_take_is_left_out_and_noted(desk: Desk) -> None:
    uid = answered(desk.inbox, ultrasound())
    with receiving((ComprehensiveSRStorage,)) as (port, taken):
        assert desk.sender(port).work() == 1
        assert taken.qsize() == 1
    assert desk.entry(uid).state == SENT
    assert "it takes no secondary captures" in desk.entry(uid).note


@pytest.mark.parametrize("status", [0xB000, 0x0107, 0x0111])
def test_what_was_stored_with_a_warning_or_was_there_before_has_arrived(desk: Desk, status: int) -> None:
    uid = answered(desk.inbox, ultrasound())
    with receiving(says=[status]) as (port, _):
        assert desk.sender(port).work() == 1
    assert desk.entry(uid).state == SENT


@pytest.mark.parametrize("status", [0xA700, 0x0110])
def test_what_fails_for_now_is_offered_again_and_others_are_not_held_up(desk: Desk, status: int) -> None:
    uid = answered(desk.inbox, ultrasound())
    with receiving(says=[status]) as (port, taken):
        sender = desk.sender(port)
        assert sender.work() == 0
        assert (desk.entry(uid).state, desk.entry(uid).note) == (
            READ,
            f"the destination refuses it: status {status:04X}",
        )
        late = answered(desk.inbox, ultrasound())
        assert sender.work() == 1
        assert (desk.entry(uid).state, desk.entry(late).state) == (READ, SENT)
        assert desk.run(sender, 3) == 1
        assert len(drained(taken)) == 2


@pytest.mark.parametrize("status", [0xA900, 0xC123])
def test_what_will_never_be_understood_is_told_once_and_sent_again_only_when_asked(desk: Desk, status: int) -> None:
    uid = answered(desk.inbox, ultrasound())
    with receiving(says=[status]) as (port, taken):
        sender = desk.sender(port)
        assert sender.work() == 0
        desk.clock.now += HOUR
        assert sender.work() == 0
        assert taken.empty()
        assert desk.entry(uid).state == FAILED
        (line,) = desk.said
        assert f"status {status:04X}" in line
        assert "--again" in line
        desk.inbox.sweep()
        assert desk.inbox.queue.again() == 1
        assert desk.entry(uid).state == READ  # it isn't read anew
        assert sender.work() == 1
        assert len(drained(taken)) == 1


def test_a_capture_that_will_never_be_understood_is_left_out(desk: Desk) -> None:
    uid = answered(desk.inbox, ultrasound())
    with receiving(says=[0, 0xC000]) as (port, _):
        assert desk.sender(port).work() == 1
    assert "it takes no secondary captures (status C000)" in desk.entry(uid).note


def test_a_capture_that_fails_for_now_is_sent_again_with_the_same_report(desk: Desk) -> None:
    answered(desk.inbox, ultrasound())
    with receiving(says=[0, 0xA700]) as (port, taken):
        assert desk.run(desk.sender(port), 3) == 1
        found = [taken.get_nowait() for _ in range(taken.qsize())]
    reports = [one.SOPInstanceUID for one in found if one.SOPClassUID == ComprehensiveSRStorage]
    assert len(reports) == 2
    assert len(set(reports)) == 1
    assert {one.SOPClassUID for one in found} <= set(ANSWERS)


@pytest.mark.parametrize("says", [[DIES, DIES], [0, DIES]])
def test_what_was_taken_without_an_answer_is_sent_again_under_the_same_uid(desk: Desk, says: list[Says]) -> None:
    uid = answered(desk.inbox, ultrasound())
    with receiving(says=says) as (port, taken):
        assert desk.run(desk.sender(port), 30) == 1
        assert len(set(drained(taken))) == 1
    assert desk.entry(uid).state == SENT


def test_a_destination_that_stops_answering_is_given_up_after_a_while_and_tried_again(desk: Desk) -> None:
    uid = answered(desk.inbox, ultrasound())
    with receiving(says=[HANGS]) as (port, taken):
        sender = desk.sender(port, answering=0.5)
        assert sender.work() == 0
        assert "connection was lost" in desk.entry(uid).note
        sender.destination = store(port)
        assert desk.run(sender, 5) == 1
        assert len(set(drained(taken))) == 1


def test_an_answer_at_which_the_destination_aborts_each_time_does_not_hold_up_the_others(desk: Desk) -> None:
    uids = sorted(answered(desk.inbox, ultrasound()) for _ in range(3))
    with receiving(says=[ABORTS]) as (port, taken):
        sender = desk.sender(port)
        assert sender.work() == 0
        desk.clock.now += 1
        assert sender.work() == 2  # not the first, at which it stumbled
        assert [desk.entry(uid).state for uid in uids] == [READ, SENT, SENT]
        assert desk.run(sender, 5) == 1
        assert len(drained(taken)) == 3


def test_what_the_database_has_no_room_to_record_is_not_sent_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> bool:
        raise StorageError("the queue can't be used (database or disk is full)")

    uid = answered(desk.inbox, ultrasound())
    with receiving() as (port, taken):
        sender = desk.sender(port)
        with monkeypatch.context() as patch:
            patch.setattr(Queue, "move", full)
            for _ in range(3):
                with pytest.raises(StorageError):
                    sender.work()
        assert desk.entry(uid).state == READ
        assert sender.work() == 1
        assert len(drained(taken)) == 1
    assert desk.entry(uid).state == SENT


def test_a_damaged_answer_is_told_and_holds_up_nothing(desk: Desk) -> None:
    uids = sorted(answered(desk.inbox, ultrasound()) for _ in range(2))
    (desk.inbox.answers(desk.entry(uids[0]).answers) / "report.dcm").write_bytes(b"nothing")
    with receiving() as (port, _):
        assert desk.sender(port).work() == 1
    assert [desk.entry(uid).state for uid in uids] == [FAILED, SENT]
    assert "report.dcm is damaged" in desk.entry(uids[0]).note


def test_a_clock_that_was_set_back_by_a_year_holds_nothing_up(desk: Desk) -> None:
    answered(desk.inbox, ultrasound())
    desk.clock.now -= 365 * 24 * HOUR
    with receiving() as (port, _):
        assert desk.sender(port).work() == 1
