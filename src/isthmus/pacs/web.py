"""DICOMweb: new ultrasound found by QIDO and fetched by WADO."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from dicomweb_client.api import DICOMwebClient
from requests.exceptions import ContentDecodingError

from isthmus.errors import DataError, UsageError
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.listener import Talk
from isthmus.pacs.qido import instances, studies
from isthmus.pacs.session import Server, reason_of, wait_of
from isthmus.pacs.spool import Spool
from isthmus.pacs.stow import DICOMWEB

EVERY = 10.0  # seconds between two searches
MOST_BROKEN = 3  # transfers that break off one after the other: the server is down
PIECE = 1 << 20  # bytes
BOUNDARY = re.compile(rb'boundary="?([^";,\s]+)"?', re.IGNORECASE)
MOST_HEADERS = 1 << 16  # bytes before the first part
TYPE = 'multipart/related; type="application/dicom"; transfer-syntax=*'


@dataclass
class Pull:
    """Looks for new ultrasound and what marks regions in it, of studies since a day ("YYYYMMDD", "": yesterday). Used
    by one thread."""

    server: Server
    inbox: Inbox
    say: Talk
    since: str = ""
    _seen: dict[str, str] = field(default_factory=dict, init=False)
    _not_before: float = field(default=0.0, init=False)
    _trouble: str = field(default="", init=False)

    def work(self) -> int:
        """Fetches what is new; gives how many objects."""
        if time.monotonic() < self._not_before:
            return 0
        pause = EVERY
        try:
            fetched, trouble = self._look(), ""
        except requests.RequestException as error:
            fetched, trouble, pause = 0, f"DICOMweb can't be reached: {reason_of(error)}", max(EVERY, wait_of(error))
        finally:
            self._not_before = time.monotonic() + pause
        if trouble != self._trouble:
            self.say(trouble or "DICOMweb is reached again")
        self._trouble = trouble
        return fetched

    def _look(self) -> int:
        client, fetched = self.server.client(), 0
        broken = 0  # transfers in succession
        for study, size in studies(client, self.since or _yesterday()).items():
            if size and self._seen.get(study) == size:
                continue  # as many objects as when it was last looked at
            whole = True
            for series, uid in instances(client, study):
                if self.inbox.queue.knows(uid):
                    continue
                try:
                    taken, broken = self._fetch(client, study, series, uid), 0
                except requests.RequestException as error:
                    # One object that breaks off must not keep those behind it away.
                    taken, broken = False, broken + 1
                    if broken == MOST_BROKEN:
                        raise
                    self.say(f"{uid}: DICOMweb breaks off ({reason_of(error)}); it is asked for again")
                fetched += taken
                whole = whole and taken
            if whole:
                self._seen[study] = size
        return fetched

    def _fetch(self, client: DICOMwebClient, study: str, series: str, uid: str) -> bool:
        """Takes up an object; False where the server doesn't give it now. Raises requests.RequestException,
        StorageError."""
        address = f"{self.server.url}/studies/{study}/series/{series}/instances/{uid}"
        try:
            taken = self.inbox.take(download(client._session, address, self.inbox.incoming), DICOMWEB)
            if taken.uid != uid:
                raise DataError(f"DICOMweb gives another object for it, {taken.uid}")
            if taken.note:
                self.say(f"{uid}: {taken.note}")
        except (requests.HTTPError, ContentDecodingError) as error:
            self.say(f"{uid}: DICOMweb doesn't give it: {reason_of(error)}")
            return False
        except DataError as error:
            self.inbox.queue.refuse(uid, DICOMWEB, error.what)  # else it would be fetched again and again
            self.say(f"{uid}: not taken up: {error.advice}")
        return True


def download(session: requests.Session, address: str, folder: Path) -> Path:
    """Writes the one DICOM object at an address into a file of ``folder``, a piece at a time, and gives the file.

    Raises requests.RequestException, also for an answer without an object, or with half of one: it is asked for again;
    DataError for one that is too large, StorageError where the disk is full. No file is left then.
    """
    with session.get(address, headers={"Accept": TYPE}, stream=True) as answer:
        answer.raise_for_status()
        boundary = BOUNDARY.search(answer.headers.get("Content-Type", "").encode())
        if boundary is None:
            raise ContentDecodingError("the answer of WADO is not multipart")
        spool = Spool(folder)
        try:
            for piece in _first_part(answer.iter_content(PIECE), b"\r\n--" + boundary[1]):
                spool.write(piece)
                if spool.trouble is not None:
                    break
            return spool.kept()
        except BaseException:
            spool.give_up()
            raise


def _first_part(pieces: Iterator[bytes], end: bytes) -> Iterator[bytes]:
    """The content of the first part of a multipart body, whose ``end`` is a line break and its boundary."""
    held = b""
    while (start := held.find(b"\r\n\r\n")) < 0:
        piece = next(pieces, b"")
        held += piece
        if not piece or len(held) > MOST_HEADERS + PIECE:
            raise ContentDecodingError("the answer of WADO has no part")
    held = held[start + 4 :]
    while (stop := held.find(end)) < 0:
        yield held[: -len(end)]  # the boundary may be cut in two
        held = held[-len(end) :]
        piece = next(pieces, b"")
        if not piece:
            raise ContentDecodingError("the answer of WADO is cut short")
        held += piece
    yield held[:stop]


def _yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).strftime("%Y%m%d")


def since_of(text: str | None) -> str:
    """A day as YYYYMMDD, "" for yesterday whenever that is. Raises UsageError."""
    if text is None:
        return ""
    try:
        return datetime.strptime(text, "%Y%m%d").strftime("%Y%m%d")
    except ValueError:
        raise UsageError("is no day", where=f"--since {text}", remedy="Such as 20260131.") from None
