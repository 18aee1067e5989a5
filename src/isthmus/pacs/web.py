"""DICOMweb: new ultrasound found by QIDO and fetched by WADO."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import requests
from dicomweb_client.api import DICOMwebClient
from requests.exceptions import ContentDecodingError

from isthmus.errors import DataError, UsageError
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.listener import Talk
from isthmus.pacs.qido import instances, studies
from isthmus.pacs.sending import LONGEST_REFUSED, pause_after
from isthmus.pacs.session import Server, ending, reason_of, status_of_error, wait_of
from isthmus.pacs.spool import Spool
from isthmus.pacs.stow import DICOMWEB

EVERY = 10.0  # seconds between two searches
OF_SERVICE = (401, 407, 429, 503)  # statuses of HTTP that are of no single object
MOST_BROKEN = 3  # transfers that break off one after the other: the server is down
PIECE = 1 << 20  # bytes
BOUNDARY = re.compile(rb'boundary="?([^";,\s]+)"?', re.IGNORECASE)
LONGEST = 3600.0  # seconds for one object
MOST_HEADERS = 1 << 16  # bytes before the first part
TYPE = 'multipart/related; type="application/dicom"; transfer-syntax=*'
T = TypeVar("T")


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
    clock: Callable[[], float] = time.monotonic
    _trouble: str = field(default="", init=False)
    _later: dict[str, tuple[int, float, str]] = field(default_factory=dict, init=False)
    _broken: int = field(default=0, init=False)  # in succession

    def work(self) -> int:
        """Fetches what is new; gives how many objects."""
        if self.clock() < self._not_before:
            return 0
        pause = EVERY
        try:
            fetched, trouble = self._look(), ""
        except requests.RequestException as error:
            fetched, trouble, pause = 0, f"DICOMweb can't be reached: {reason_of(error)}", max(EVERY, wait_of(error))
        finally:
            self._not_before = self.clock() + pause
        if trouble != self._trouble:
            self.say(trouble or "DICOMweb is reached again")
        self._trouble = trouble
        return fetched

    def _look(self) -> int:
        client, fetched = self.server.client(), 0
        for study, size in studies(client, self.since or _yesterday()).items():
            if size and self._seen.get(study) == size:
                continue  # as many objects as when it was last looked at
            news = self._asked(study, "DICOMweb doesn't list it", partial(self._news, client, study))
            if news is None:
                continue
            asks = {uid: partial(self._fetch, client, study, series, uid) for series, uid in news}
            taken = [self._asked(uid, "DICOMweb doesn't give it", ask) for uid, ask in asks.items()]
            fetched += taken.count(True)
            if all(taken):
                self._seen[study] = size
        return fetched

    def _asked(self, uid: str, trouble: str, ask: Callable[[], T]) -> T | None:
        """What is asked for a study or an object, None where it isn't had now.

        That is told once; it is asked for again at growing intervals, and keeps nothing behind it away. Raises
        requests.RequestException where nothing can be had.
        """
        failures, not_before, told = self._later.get(uid, (0, 0.0, ""))
        if self.clock() < not_before:
            return None
        try:
            had = ask()
        except requests.RequestException as error:
            status, why = status_of_error(error), reason_of(error)
            self._later[uid] = (failures + 1, self.clock() + pause_after(failures + 3, LONGEST_REFUSED), why)
            self._broken = 0 if status else self._broken + 1
            if status in OF_SERVICE or self._broken == MOST_BROKEN:
                self._broken = 0
                raise
            if why != told:
                self.say(f"{uid}: {trouble} ({why}); it is asked for again")
            return None
        self._broken = 0
        self._later.pop(uid, None)
        return had

    def _news(self, client: DICOMwebClient, study: str) -> list[tuple[str, str]]:
        """Series and UID of each object of a study that wasn't here yet."""
        return [one for one in instances(client, study) if not self.inbox.queue.knows(one[1])]

    def _fetch(self, client: DICOMwebClient, study: str, series: str, uid: str) -> bool:
        """Takes up an object, or lists it as one that isn't read. Raises requests.RequestException, StorageError."""
        address = f"{self.server.url}/studies/{study}/series/{series}/instances/{uid}"
        try:
            taken = self.inbox.take(download(client._session, address, self.inbox.incoming), DICOMWEB)
            if taken.uid != uid:
                raise DataError(f"DICOMweb gives another object for it, {taken.uid}")
            if taken.note:
                self.say(f"{uid}: {taken.note}")
        except DataError as error:
            self.inbox.queue.refuse(uid, DICOMWEB, error.what)  # else it would be fetched again and again
            self.say(f"{uid}: not taken up: {error.advice}")
        return True


def download(session: requests.Session, address: str, folder: Path) -> Path:
    """Writes the one DICOM object at an address into a file of ``folder``, a piece at a time, and gives the file.

    Raises requests.RequestException, also for an answer without an object, or with half of one: it is asked for again;
    DataError for one that is too large, StorageError where the disk is full. No file is left then.
    """
    with session.get(address, headers={"Accept": TYPE}, stream=True) as answer, ending(answer, LONGEST):
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
