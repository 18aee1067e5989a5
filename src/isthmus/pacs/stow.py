"""Answers stored by STOW. A server that says that it stored one isn't believed: it is looked for by QIDO."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests
from dicomweb_client.api import DICOMwebClient
from pydicom.dataset import Dataset

from isthmus.pacs.classes import ANSWERS
from isthmus.pacs.dimse import HOPELESS, read_answer
from isthmus.pacs.qido import is_there, value_in
from isthmus.pacs.sending import RefusedError, UnreachableError
from isthmus.pacs.session import ElsewhereError, Server, reason_of, status_of_error, wait_of

DICOMWEB = "dicomweb"
LOOKS = 5  # for an answer that was stored
BETWEEN = 1.0  # seconds between two looks
JSON = "application/dicom+json"
# Statuses that are of the whole service, and those that are of one object and stay as they are.
OF_ALL = (0, 401, 403, 404, 405, 407, 429, 503)
OF_ONE = (400, 406, 409, 411, 413, 415, 422)


@dataclass(frozen=True)
class Stow:
    """A destination that takes answers by STOW. ``between``: seconds between two looks for what was stored."""

    server: Server
    between: float = BETWEEN
    origin: str = DICOMWEB

    def deliver(self, answers: Sequence[Sequence[Path]]) -> Iterator[str | RefusedError]:
        """As ``Destination`` says."""
        client = self.server.client()
        for files in answers:
            try:
                yield self._store(client, files)
            except requests.RequestException as error:
                # A server that breaks off, or finds an error of its own, may do so at this answer alone.
                reached = status_of_error(error) not in OF_ALL and not isinstance(error, ElsewhereError)
                raise UnreachableError(reason_of(error), reached=reached, wait=wait_of(error)) from None

    def _store(self, client: DICOMwebClient, files: Sequence[Path]) -> str | RefusedError:
        left_out = []
        for number, path in enumerate(files):
            answer = read_answer(path)
            if isinstance(answer, RefusedError):
                return answer
            refused = self._stored(client, answer, path)
            if refused and number == 0:
                return refused
            if refused:
                left_out.append(f"it takes no {ANSWERS[answer.SOPClassUID]} ({refused})")
        return "; ".join(left_out)

    def _stored(self, client: DICOMwebClient, answer: Dataset, path: Path) -> RefusedError | None:
        """None where an answer was stored and is found. Raises requests.RequestException."""
        if is_there(client, answer):
            return None
        try:
            refused = _posted(client._session, f"{self.server.url}/studies", path.read_bytes())
        except (requests.ConnectionError, requests.Timeout) as error:
            raise UnreachableError(reason_of(error), reached=True) from None
        for look in range(1 if refused else LOOKS):
            if look:
                time.sleep(self.between)
            if is_there(client, answer):  # of one that it holds already a server says conflict
                return None
        return refused or RefusedError("it said that it was stored, and doesn't find it")


def _posted(session: requests.Session, address: str, content: bytes) -> RefusedError | None:
    """Stores a file; gives why the server refuses it, None for nothing. Raises requests.RequestException."""
    boundary = uuid.uuid4().hex
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    body = head + content + f"\r\n--{boundary}--\r\n".encode()
    kind = f'multipart/related; type="application/dicom"; boundary="{boundary}"'
    answer = session.post(address, data=body, headers={"Content-Type": kind, "Accept": JSON})
    if answer.ok:
        reason = _failure(answer)
        return RefusedError(f"status {reason:04X}", hopeless=reason in HOPELESS) if reason else None
    if answer.status_code not in OF_ONE:
        answer.raise_for_status()
    reason = _failure(answer)
    error = requests.HTTPError(response=answer)
    told = f"status {reason:04X}" if reason else reason_of(error)
    return RefusedError(told, hopeless=not reason or reason in HOPELESS)


def _failure(answer: requests.Response) -> int:
    """The reason that an answer to STOW gives for an object that wasn't stored (PS3.18, I.2), 0 for none."""
    try:
        return int(value_in(answer.json()["00081198"]["Value"][0], "00081197"))
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return 0
