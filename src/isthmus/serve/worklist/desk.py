"""The work of `isthmus pacs` on the same store, as the page's worklist sees it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydicom.tag import Tag

from isthmus.dicom.header import opened
from isthmus.dicom.source_header import without_escapes
from isthmus.errors import DataError
from isthmus.pacs.database import DATABASE
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.queue import WAITING, Entry, Queue
from isthmus.serve.refusals import HttpError

MOST = 200  # pictures of one list
FACTS = ("PatientName", "PatientID", "StudyDate", "StudyDescription", "AccessionNumber", "SpecificCharacterSet")
TAGS = [Tag(name) for name in FACTS]


class Desk:
    """The inbox of a store, once `isthmus pacs` has made it. Every method may run in many threads at once."""

    def __init__(self, folder: Path | None, database: str = "") -> None:
        self._folder, self._database = folder, database
        self._lock = threading.Lock()
        self._inbox: Inbox | None = None

    def inbox(self) -> Inbox | None:
        """The inbox, None as long as there is none. Raises StorageError."""
        if self._folder is None or not (self._database or (self._folder / DATABASE).is_file()):
            return None
        with self._lock:
            if self._inbox is None:
                made = Inbox(self._folder, Queue(self._folder, self._database))
                made.open()
                self._inbox = made
            return self._inbox

    def close(self) -> None:
        """Closes the database."""
        if self._inbox is not None:
            self._inbox.queue.close()

    def waiting(self) -> Iterator[dict[str, Any]]:
        """What waits to be drawn, in the order in which it came."""
        inbox = self.inbox()
        for entry in inbox.queue.entries((WAITING,), MOST) if inbox else ():
            facts = facts_of(inbox.place(entry.uid)) if inbox else {}
            yield {"uid": entry.uid, "received": entry.received, "note": entry.note, **facts}

    def one(self, uid: str) -> tuple[Inbox, Entry, bytes]:
        """A picture that waits: its inbox, its row, and the bytes of its file. Raises HttpError: 404 where it isn't
        here, 409 where it doesn't wait."""
        inbox = self.inbox()
        entry = inbox.queue.entry(uid) if inbox else None
        if inbox is None or entry is None:
            raise HttpError(404, "there is no such picture in the worklist")
        if entry.state != WAITING:
            raise HttpError(409, "this picture doesn't wait any more", remedy="Look at the worklist again.")
        try:
            return inbox, entry, inbox.place(uid).read_bytes()
        except OSError:
            raise HttpError(404, "the file of this picture was deleted") from None


def facts_of(path: Path) -> dict[str, str]:
    """Whose picture it is, as its header says, for a person who has to know; "" for what it doesn't say."""
    try:
        with opened(path, "object", TAGS) as file:
            header = file.header
            told = {name: without_escapes(str(header.get(name) or "")) for name in FACTS}
    except (DataError, ValueError):
        told = {}
    return {
        "patient": name_for_people(told.get("PatientName", "")),
        "patient_id": told.get("PatientID", ""),
        "study_date": told.get("StudyDate", ""),
        "study": told.get("StudyDescription", "") or told.get("AccessionNumber", ""),
    }


def name_for_people(value: str) -> str:
    """A person's name as DICOM writes it (PS3.5, 6.2.1: groups of letters, ideographs and sounds), each group once.

    >>> name_for_people("Wang^XiaoMing=王^小明=")
    'Wang XiaoMing / 王 小明'
    >>> name_for_people("王^小明=王^小明")
    '王 小明'
    """
    groups = (" ".join(group.replace("^", " ").split()) for group in value.split("="))
    return " / ".join(dict.fromkeys(filter(None, groups)))
