from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from isthmus.errors import StorageError, UsageError
from isthmus.nodule import Box, Mark
from isthmus.pacs.marks import FrameMark
from isthmus.pacs.queue import EXPECTED, FAILED, READ, RECEIVED, SENT, TAKEN, Queue, opened
from make.postgres import postgres

MARKS = (FrameMark(1, Mark(Box(10, 20, 60, 70))),)
OTHERS = (FrameMark(1, Mark(Box(100, 20, 160, 70))),)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """The arguments of a queue."""
    return tmp_path, request.getfixturevalue("server") if request.param == "PostgreSQL" else ""


@pytest.fixture
def queue(place: tuple[Path, str]) -> Iterator[Queue]:
    made = Queue(*place)
    yield made
    made.close()


@pytest.fixture
def uid(request: pytest.FixtureRequest) -> str:
    """A UID of this test: the server's database is one for all."""
    return f"1.2.826.{abs(hash(request.node.nodeid)) % 10**9}"


def test_a_picture_that_comes_many_times_at_once_is_received_once(queue: Queue, uid: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(lambda _: queue.receive(uid, "dimse"), range(24)))
    assert sum(came) == 1
    entry = queue.entry(uid)
    assert entry is not None
    assert entry.state == RECEIVED


def test_regions_may_come_before_their_picture(queue: Queue, uid: str) -> None:
    assert queue.take(uid + ".1", "dimse", {uid: MARKS}, 0)
    assert not queue.knows(uid)
    entry = queue.entry(uid)
    assert entry is not None
    assert entry.state == EXPECTED
    assert queue.receive(uid, "dimse")
    entry = queue.entry(uid)
    assert entry is not None
    assert (entry.state, entry.marks) == (RECEIVED, MARKS)


def test_regions_of_two_objects_at_once_are_joined(queue: Queue, uid: str) -> None:
    queue.receive(uid, "dimse")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: queue.take(f"{uid}.{one[0]}", "dimse", {uid: one[1]}, 0), enumerate((MARKS, OTHERS))))
    entry = queue.entry(uid)
    assert entry is not None
    assert {mark.mark.box.x0 for mark in entry.marks} == {10, 100}


def test_the_same_object_with_regions_is_taken_once(queue: Queue, uid: str) -> None:
    assert queue.take(uid + ".1", "dimse", {uid: MARKS}, 0)
    assert not queue.take(uid + ".1", "dimse", {uid: OTHERS}, 0)
    entry = queue.entry(uid + ".1")
    assert entry is not None
    assert entry.state == TAKEN


def test_of_many_who_answer_one_succeeds(queue: Queue, uid: str) -> None:
    queue.receive(uid, "dimse")
    entry = queue.entry(uid)
    assert entry is not None
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: queue.move(entry, READ, answers="there"), range(16))) == 1


def test_an_answer_that_was_read_without_the_last_regions_is_refused(queue: Queue, uid: str) -> None:
    queue.receive(uid, "dimse")
    before = queue.entry(uid)
    assert before is not None
    queue.take(uid + ".1", "dimse", {uid: MARKS}, 0)
    assert not queue.move(before, READ, answers="there")


def test_what_is_postponed_is_due_later(queue: Queue, uid: str) -> None:
    queue.receive(uid, "dimse")
    entry = queue.entry(uid)
    assert entry is not None
    queue.move(entry, READ, answers="there")
    assert uid in {one.uid for one in queue.due(READ, most=1000)}
    queue.postpone([uid], 60, "the destination is down")
    assert uid not in {one.uid for one in queue.due(READ, most=1000)}
    late = queue.entry(uid)
    assert late is not None
    assert (late.tries, late.note) == (1, "the destination is down")


def test_what_came_is_there_when_the_queue_is_opened_again(place: tuple[Path, str], uid: str) -> None:
    first = Queue(*place)
    first.receive(uid, "dicomweb")
    first.refuse(uid + ".1", "dicomweb", "not an ultrasound picture")
    first.close()
    again = opened(*place)
    entry, refused = again.entry(uid), again.entry(uid + ".1")
    assert entry is not None
    assert refused is not None
    assert entry.state == RECEIVED
    assert (refused.state, refused.note) == (FAILED, "not an ultrasound picture")
    assert again.counts()[RECEIVED] >= 1
    assert again.counts()[SENT] == 0
    again.close()


def test_a_folder_without_a_queue_is_said_to_hold_none(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="holds no queue"):
        opened(tmp_path)


@pytest.mark.parametrize("url", ["mysql://here/it", "nothing", "sqlite:///here"])
def test_what_is_no_postgresql_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError):
        Queue(tmp_path, url)


def test_a_server_that_is_down_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="can't be opened"):
        Queue(tmp_path, "postgresql://nobody@127.0.0.1:1/it")
