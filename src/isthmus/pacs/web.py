"""DICOMweb: new ultrasound found by QIDO and fetched by WADO, answers stored by STOW and looked for by QIDO."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pydicom
import requests
from dicomweb_client.api import DICOMwebClient
from pydicom.dataset import Dataset
from requests.exceptions import ContentDecodingError

from isthmus.errors import DataError, UsageError
from isthmus.pacs.classes import ANSWERS, MODALITIES
from isthmus.pacs.inbox import UID, Inbox, UnwantedError
from isthmus.pacs.listener import Talk
from isthmus.pacs.sending import RefusedError, UnreachableError

DICOMWEB = "dicomweb"
EVERY = 10.0  # seconds between two searches
SECONDS = (10.0, 60.0)  # to connect, and without a byte
PIECE = 1 << 20  # bytes
PAGE = 100  # studies of one answer
BOUNDARY = re.compile(rb'boundary="?([^";,\s]+)"?', re.IGNORECASE)
MOST_HEADERS = 1 << 16  # bytes before the first part
TYPE = 'multipart/related; type="application/dicom"; transfer-syntax=*'
LOOKS = 5  # for an answer that was stored; a second apart


class Session(requests.Session):
    """A session in which no request waits for ever."""

    def request(self, *arguments: Any, **given: Any) -> requests.Response:
        given.setdefault("timeout", SECONDS)
        return super().request(*arguments, **given)


@dataclass(frozen=True)
class Server:
    """A DICOMweb server. User and password come from ~/.netrc, not from the address."""

    url: str

    @classmethod
    def parse(cls, text: str) -> Server:
        """Reads an address. Raises UsageError."""
        parts = urlsplit(text.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            remedy = "Such as http://127.0.0.1:8042/dicom-web."
            raise UsageError("is no address of a web server", where=f"--dicomweb {text}", remedy=remedy)
        if parts.username or parts.password:
            raise UsageError("tells a password to everybody", where="--dicomweb", remedy="Put it into ~/.netrc.")
        return cls(text.strip().rstrip("/"))

    def client(self) -> DICOMwebClient:
        """A client with a session of its own."""
        return DICOMwebClient(self.url, session=Session())


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

    def work(self) -> int:
        """Fetches what is new; gives how many objects."""
        if time.monotonic() < self._not_before:
            return 0
        try:
            return self._look()
        except requests.RequestException as error:
            self.say(f"DICOMweb can't be reached: {_reason(error)}")
            return 0
        finally:
            self._not_before = time.monotonic() + EVERY

    def _look(self) -> int:
        client, fetched = self.server.client(), 0
        for study, size in _studies(client, self.since or _yesterday()).items():
            if size and self._seen.get(study) == size:
                continue  # as many objects as when it was last looked at
            news = [one for one in _instances(client, study) if not self.inbox.queue.knows(one[1])]
            taken = [self._fetch(client, study, *one) for one in news]
            fetched += sum(taken)
            if all(taken):
                self._seen[study] = size
        return fetched

    def _fetch(self, client: DICOMwebClient, study: str, series: str, uid: str) -> bool:
        """Takes up an object; False where the server doesn't give it now."""
        address = f"{self.server.url}/studies/{study}/series/{series}/instances/{uid}"
        with tempfile.NamedTemporaryFile(dir=self.inbox.incoming, delete=False, suffix=".dcm") as written:
            path = Path(written.name)
        try:
            download(client._session, address, path)
            self.inbox.take(path, DICOMWEB)
        except (requests.HTTPError, ContentDecodingError) as error:
            self.say(f"{uid}: DICOMweb doesn't give it: {_reason(error)}")
            return False
        except UnwantedError:
            return True  # it is listed
        except DataError as error:
            self.inbox.queue.refuse(uid, DICOMWEB, error.what)
            self.say(f"{uid}: not taken up: {error.what}")
        finally:
            path.unlink(missing_ok=True)
        return True


def download(session: requests.Session, address: str, to: Path) -> None:
    """Writes the one DICOM object at an address into a file, a piece at a time.

    Raises requests.RequestException, also for an answer without an object, or with half of one: it is asked for again.
    """
    with session.get(address, headers={"Accept": TYPE}, stream=True) as answer:
        answer.raise_for_status()
        boundary = BOUNDARY.search(answer.headers.get("Content-Type", "").encode())
        if boundary is None:
            raise ContentDecodingError("the answer of WADO is not multipart")
        end = b"\r\n--" + boundary[1]
        with to.open("wb") as written:
            for piece in _first_part(answer.iter_content(PIECE), end):
                written.write(piece)


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


@dataclass(frozen=True)
class Stow:
    """A destination that takes answers by STOW. A 200 isn't believed: each answer is looked for."""

    server: Server
    origin: str = DICOMWEB

    def deliver(self, answers: Sequence[Sequence[Path]]) -> Iterator[str | RefusedError]:
        """As ``Destination`` says."""
        client = self.server.client()
        for files in answers:
            try:
                yield _store(client, files)
            except requests.RequestException as error:
                raise UnreachableError(_reason(error)) from None


def _store(client: DICOMwebClient, files: Sequence[Path]) -> str | RefusedError:
    left_out = []
    for number, path in enumerate(files):
        answer = pydicom.dcmread(path)
        why = _stored(client, answer)
        if why and number == 0:
            return RefusedError(why)
        if why:
            left_out.append(f"it takes no {ANSWERS[answer.SOPClassUID]} ({why})")
    return "; ".join(left_out)


def _stored(client: DICOMwebClient, answer: Dataset) -> str:
    """ "" where an answer was stored and is found, else why not."""
    if _is_there(client, answer):
        return ""
    try:
        client.store_instances([answer])
    except requests.HTTPError as error:
        # Of one that it holds already a server says conflict.
        if not _is_there(client, answer):
            return _reason(error)
    for _ in range(LOOKS):
        if _is_there(client, answer):
            return ""
        time.sleep(1)
    return "it said that it was stored, and doesn't find it"


def _is_there(client: DICOMwebClient, answer: Dataset) -> bool:
    filters = {"SOPInstanceUID": answer.SOPInstanceUID}
    study, series = answer.StudyInstanceUID, answer.SeriesInstanceUID
    try:
        found = client.search_for_instances(study, series, search_filters=filters)
    except requests.HTTPError as error:
        if error.response is not None and error.response.status_code == 404:
            return False  # no such series yet
        raise
    return any(_value(one, "00080018") == answer.SOPInstanceUID for one in found)


def _studies(client: DICOMwebClient, since: str) -> dict[str, str]:
    """Each study with ultrasound since a day, and how many objects it has, "" where that isn't said.

    They come in pages. Some servers, Orthanc 1.10 among them, answer nothing to an offset: then all are asked for at
    once.
    """
    known: dict[str, str] = {}
    limit, offset = PAGE, 0
    while True:
        found = client.search_for_studies(
            limit=limit,
            offset=offset,
            fields=["NumberOfStudyRelatedInstances"],
            search_filters={"ModalitiesInStudy": "US", "StudyDate": f"{since}-"},
        )
        before = len(known)
        known |= {uid: _value(one, "00201208") for one in found if (uid := _uid(one, "0020000D"))}
        if len(found) < PAGE and offset == 0:
            return known
        if len(known) > before:
            limit, offset = PAGE, len(known)
        elif offset:
            limit, offset = 10 * len(known), 0
        else:
            return known


def _instances(client: DICOMwebClient, study: str) -> Iterator[tuple[str, str]]:
    """Series and UID of each object of a study that may be read, or hold regions."""
    for series in client.search_for_series(study):
        name, modality = _uid(series, "0020000E"), _value(series, "00080060")
        if not name or modality not in MODALITIES:
            continue
        for one in client.search_for_instances(study, name):
            if uid := _uid(one, "00080018"):
                yield name, uid


def _uid(one: dict[str, Any], tag: str) -> str:
    """A UID, "" for what is none: it goes into an address."""
    text = _value(one, tag)
    return text if UID.fullmatch(text) else ""


def _value(one: dict[str, Any], tag: str) -> str:
    values = (one.get(tag) or {}).get("Value") or [""]
    return str(values[0])


def _yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).strftime("%Y%m%d")


def _reason(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"HTTP {error.response.status_code}"
    return str(error) if isinstance(error, ContentDecodingError) else type(error).__name__


def since_of(text: str | None) -> str:
    """A day as YYYYMMDD, "" for yesterday whenever that is. Raises UsageError."""
    if text is None:
        return ""
    try:
        return datetime.strptime(text, "%Y%m%d").strftime("%Y%m%d")
    except ValueError:
        raise UsageError("is no day", where=f"--since {text}", remedy="Such as 20260131.") from None
