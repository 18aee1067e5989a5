"""Answers that the disk has no room for are written when it has; the picture stays."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from isthmus.infer.predictor import Predictor
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.queue import READ, RECEIVED, Queue
from isthmus.pacs.reading import PAUSE, Office
from make.pacs import as_file, marking, ultrasound

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(("where", "name"), [(tempfile, "mkdtemp"), (os, "fsync")])
def test_a_disk_that_is_full_while_the_answers_are_written_loses_nothing(
    where: object, name: str, predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, said = 1_800_000_000.0, list[str]()
    with closing(Queue(tmp_path, clock=lambda: now)) as queue:
        inbox = Inbox(tmp_path, queue, settle=0)
        inbox.open()
        image = ultrasound()
        for number, one in enumerate((image, marking(image))):
            path = inbox.incoming / str(number)
            path.write_bytes(as_file(one))
            inbox.take(path, "dimse")
        office = Office(inbox, predictor, said.append)
        for _ in range(12):  # it isn't given up after some time
            with monkeypatch.context() as patch:
                patch.setattr(where, name, no_space)
                assert office.work() == 1
            now += PAUSE
        entry = queue.entry(image.SOPInstanceUID)
        assert entry is not None
        assert (entry.state, entry.begun) == (RECEIVED, 0)
        assert "No space left on device" in entry.note
        assert "No space left on device" in said[0]
        assert list((tmp_path / "answers").iterdir()) == []
        assert inbox.place(image.SOPInstanceUID).is_file()
        assert office.work() == 1
        entry = queue.entry(image.SOPInstanceUID)
        assert entry is not None
        assert entry.state == READ
        assert (inbox.answers(entry.answers) / "report.dcm").is_file()
