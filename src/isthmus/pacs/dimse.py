"""Answers sent by C-STORE."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.association import Association

from isthmus.errors import UsageError
from isthmus.pacs.classes import ANSWERS
from isthmus.pacs.listener import DIMSE
from isthmus.pacs.sending import RefusedError, UnreachableError

SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
CONNECTING, ANSWERING = 10.0, 60.0  # seconds
WARNINGS = range(0xB000, 0xC000)  # stored, with changes
PEER = re.compile(r"(?P<title>[^@\\]{1,16})@(?P<host>\[[0-9a-fA-F:]+\]|[^@:\s]+):(?P<port>\d{1,5})")


@dataclass(frozen=True)
class Peer:
    """An application entity elsewhere.

    >>> Peer.parse("PACS@127.0.0.1:4242")
    Peer(title='PACS', host='127.0.0.1', port=4242)
    """

    title: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Peer:
        """Reads AET@HOST:PORT. Raises UsageError."""
        found = PEER.fullmatch(text.strip())
        if not found or not 0 < int(found["port"]) < 65536:
            raise UsageError("is not AET@HOST:PORT", where=f"--send {text}", remedy="Such as PACS@127.0.0.1:4242.")
        return cls(refuse_no_title(found["title"], "--send"), found["host"].strip("[]"), int(found["port"]))


def refuse_no_title(title: str, option: str) -> str:
    """An AE title without blanks about it. Raises UsageError for what is none (PS3.5, 6.2)."""
    title = title.strip()
    if not title or len(title) > 16 or not title.isascii() or not title.isprintable() or "\\" in title:
        raise UsageError("is no AE title", where=f"{option} {title}", remedy="Use 1 to 16 characters of ASCII.")
    return title


@dataclass(frozen=True)
class Store:
    """A destination that takes answers by C-STORE. ``title`` is our own AE title."""

    title: str
    peer: Peer
    origin: str = DIMSE

    def deliver(self, answers: Sequence[Sequence[Path]]) -> Iterator[str | RefusedError]:
        """As ``Destination`` says: all over one association, each answer's report first."""
        entity = AE(self.title)
        entity.connection_timeout = CONNECTING
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = ANSWERING
        for named in ANSWERS:
            entity.add_requested_context(named, SYNTAXES)
        association = entity.associate(self.peer.host, self.peer.port, ae_title=self.peer.title)
        if not association.is_established:
            raise UnreachableError("it rejects us" if association.is_rejected else "no connection")
        try:
            for files in answers:
                yield _deliver(association, files)
        finally:
            association.release()


def _deliver(association: Association, files: Sequence[Path]) -> str | RefusedError:
    left_out = []
    for number, path in enumerate(files):
        answer = pydicom.dcmread(path)
        if not _takes(association, answer):
            name = ANSWERS[answer.SOPClassUID]
            if number == 0:
                return RefusedError(f"it takes no {name}")
            left_out.append(f"it takes no {name}")
            continue
        try:
            status = _status(association, answer)
        except ValueError as error:
            return RefusedError(f"it can't be encoded ({type(error).__name__})")
        if status and status not in WARNINGS:
            return RefusedError(f"status {status:04X}")
    return "; ".join(dict.fromkeys(left_out))


def _takes(association: Association, answer: Dataset) -> bool:
    return any(context.abstract_syntax == answer.SOPClassUID for context in association.accepted_contexts)


def _status(association: Association, answer: Dataset) -> int:
    told: Any = None
    if association.is_established:
        with contextlib.suppress(RuntimeError):  # the connection was lost meanwhile
            told = association.send_c_store(answer)
    if not told:
        raise UnreachableError("the connection was lost")
    return int(told.Status)
