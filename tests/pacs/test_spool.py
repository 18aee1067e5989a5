"""An object as it comes: no memory is needed for a large one, and a full disk leaves nothing half."""

from __future__ import annotations

import errno
import tracemalloc
from typing import Any

import pytest

from isthmus.pacs import listener, spool
from isthmus.pacs.inbox import Inbox
from make.orthanc import wait_for
from make.pacs import ultrasound
from make.peers import Ear, associated, is_empty, pdus, push, send, works

PATIENCE = 20.0  # seconds
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


def test_a_large_object_takes_no_memory(ear: Ear, inbox: Inbox) -> None:
    image, size, body = ultrasound(), 32 << 20, bytes(1 << 16)
    association = associated(ear.port, image)
    command, *data = pdus(association, image)
    context, not_last = data[0][10:11], b"\0"
    piece = b"\x04\0" + (len(body) + 6).to_bytes(4) + (len(body) + 2).to_bytes(4) + context + not_last + body
    push(association, command)
    tracemalloc.start()
    for _ in range(size // len(body)):
        push(association, piece)
    wait_for(lambda: sum(one.stat().st_size for one in inbox.incoming.iterdir()) >= size, PATIENCE, "it didn't come")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    association.abort()
    assert peak < size / 4
    wait_for(lambda: is_empty(inbox.incoming), PATIENCE, "something half was kept")


def test_an_object_that_is_too_large_is_refused_and_said(
    monkeypatch: pytest.MonkeyPatch, ear: Ear, inbox: Inbox
) -> None:
    image = ultrasound(frames=4)
    monkeypatch.setattr(spool, "MOST_BYTES", 100_000)
    assert send(ear.port, image) == listener.NOT_UNDERSTOOD
    assert ear.said == [
        f"{image.SOPInstanceUID}: not taken up: is larger than 100,000 bytes. Send the frames that show the nodule"
    ]
    works(ear, inbox)


@pytest.mark.parametrize("when", ["before", "while it comes"])
def test_a_full_disk_is_told_and_nothing_half_is_kept(
    when: str, monkeypatch: pytest.MonkeyPatch, ear: Ear, inbox: Inbox
) -> None:
    class Full:
        """A file on a disk that is full after 1000 bytes."""

        def __init__(self, **given: Any) -> None:
            self.file = temporary(**given)
            self.name, self.left = self.file.name, 1000 if when == "while it comes" else 0

        def write(self, content: bytes) -> int:
            self.left -= len(content)
            if self.left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return int(self.file.write(content))

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    temporary = spool.NamedTemporaryFile
    image = ultrasound()
    with monkeypatch.context() as patched:
        patched.setattr(spool, "NamedTemporaryFile", Full)
        assert send(ear.port, image) == listener.OUT_OF_RESOURCES
    assert is_empty(inbox.incoming)
    assert "no space left" in ear.said[0]
    assert inbox.queue.entry(image.SOPInstanceUID) is None
    assert send(ear.port, image) == listener.SUCCESS


def test_the_last_of_the_disk_is_left_for_answers(monkeypatch: pytest.MonkeyPatch, ear: Ear, inbox: Inbox) -> None:
    image = ultrasound()
    with monkeypatch.context() as patched:
        patched.setattr(spool, "RESERVE", 1 << 62)
        assert send(ear.port, image) == listener.OUT_OF_RESOURCES
    works(ear, inbox)
