from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from isthmus.nodule import DISCLAIMER
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.queue import FAILED, Queue
from isthmus.pacs.status import line_of, status_of, unsent
from make.pacs import answered, ultrasound

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


def test_it_is_said_since_when_and_why_an_object_waits_and_when_it_is_tried_again(tmp_path: Path) -> None:
    with closing(Queue(tmp_path, clock=lambda: 1_800_000_000.0)) as queue:
        inbox = Inbox(tmp_path, queue)
        inbox.open()
        uid = answered(inbox, ultrasound())
        queue.refuse("1.2.3", "dimse", "is no ultrasound picture and holds no regions")
        queue.hold("dimse", 60, "the destination can't be reached: no connection")
        told = status_of(queue)
        read, failed = sorted(told["objects"], key=lambda one: one["state"] == FAILED)
        assert (told["counts"]["read"], told["counts"]["failed"]) == (1, 1)
        assert told["disclaimer"] == DISCLAIMER
        assert read["next_try"] == "2027-01-15T08:01:00+00:00"
        assert failed["next_try"] is None
        since = read["since"][:19]
        assert line_of(read) == (
            f"{uid}: read since {since}Z: the destination can't be reached: no connection"
            " (tried again at 2027-01-15T08:01:00Z)"
        )
        assert line_of(failed).endswith("Z: is no ultrasound picture and holds no regions")


def test_answers_without_a_destination_are_said_to_wait_for_one(tmp_path: Path) -> None:
    with closing(Queue(tmp_path)) as queue:
        assert unsent(queue, {"dimse"}) == []
        assert unsent(queue, {"dicomweb"}) == [
            "what comes by C-STORE is read, and its answers wait until --send is given"
        ]
        inbox = Inbox(tmp_path, queue)
        inbox.open()
        answered(inbox, ultrasound(), "dicomweb")
        assert unsent(queue, {"dimse"}) == ["answers wait for --dicomweb, which isn't given: 1"]
        answered(inbox, ultrasound())
        assert unsent(queue, {"dicomweb"}) == ["answers wait for --send, which isn't given: 1"]
