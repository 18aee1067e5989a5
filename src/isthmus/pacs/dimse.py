"""Answers sent by C-STORE."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from pydicom import uid as uids
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
LONGEST_TITLE = 16
TITLES = "Use 1 to 16 characters of ASCII, without a backslash."
# Statuses of C-STORE (PS3.4, B.2.3; PS3.7, C): what was stored, also with changes, or was there before; and what the
# other side will never understand.
STORED = {0x0000, 0x0001, 0x0107, 0x0111, 0x0116, *range(0xB000, 0xC000)}
HOPELESS = {*range(0xA900, 0xAA00), *range(0xC000, 0xD000)}
PEER = re.compile(r"(?P<title>[^@]*)@(?P<host>\[[0-9a-fA-F:.]+\]|[^@:\s]+):(?P<port>[0-9]{1,9})")


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
        if not found:
            raise UsageError("is not AET@HOST:PORT", where=f"--send {text}", remedy="Such as PACS@127.0.0.1:4242.")
        port = int(found["port"])
        if not 0 < port < 65536:
            raise UsageError(f"there is no port {port}", where=f"--send {text}", remedy="Ports are 1 to 65535.")
        return cls(refuse_no_title(found["title"], "--send"), found["host"].strip("[]"), port)


def refuse_no_title(title: str, option: str) -> str:
    """An AE title without blanks about it. Raises UsageError for what is none (PS3.5, 6.2)."""
    title = title.strip()
    if not 0 < len(title) <= LONGEST_TITLE:
        raise UsageError(f"an AE title of {len(title)} characters", where=f"{option} {title}", remedy=TITLES)
    if not title.isascii() or not title.isprintable() or "\\" in title:
        wrong = next(one for one in title if not one.isascii() or not one.isprintable() or one == "\\")
        raise UsageError(f"an AE title with {wrong!r}", where=f"{option} {title}", remedy=TITLES)
    return title


@dataclass(frozen=True)
class Store:
    """A destination that takes answers by C-STORE. ``title`` is our own AE title; ``connecting`` and ``answering`` are
    the seconds that it may take for that."""

    title: str
    peer: Peer
    connecting: float = CONNECTING
    answering: float = ANSWERING
    origin: str = DIMSE

    def deliver(self, answers: Sequence[Sequence[Path]]) -> Iterator[str | RefusedError]:
        """As ``Destination`` says: all over one association, each answer's report first."""
        association = self._associated()
        try:
            for files in answers:
                yield _deliver(association, files)
        finally:
            association.release()

    def _associated(self) -> Association:
        entity = AE(self.title)
        entity.connection_timeout = self.connecting
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = self.answering
        for named in ANSWERS:
            entity.add_requested_context(named, SYNTAXES)
        association = entity.associate(self.peer.host, self.peer.port, ae_title=self.peer.title)
        if association.is_established:
            return association
        if association.is_rejected:
            why = getattr(association.acceptor.primitive, "reason_str", "") or "no reason given"
            raise UnreachableError(f"it rejects the association: {why[:1].lower()}{why[1:]}")
        if association.rejected_contexts:
            raise UnreachableError(f"it takes no {ANSWERS[uids.ComprehensiveSRStorage]}, nor any other answer")
        raise UnreachableError("no connection")


def hang_up() -> None:
    """Breaks off all associations that we have asked for: the process would wait for their ends before its own."""
    for one in threading.enumerate():
        if isinstance(one, Association) and one.is_requestor:
            with contextlib.suppress(OSError, AttributeError):  # it isn't connected any more, or not yet
                one.dul.socket.socket.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


def _deliver(association: Association, files: Sequence[Path]) -> str | RefusedError:
    left_out = []
    for number, path in enumerate(files):
        answer = read_answer(path)
        if isinstance(answer, RefusedError):
            return answer
        name = f"it takes no {ANSWERS[answer.SOPClassUID]}"
        if not _takes(association, answer):
            if number == 0:
                return RefusedError(name)
            left_out.append(name)
            continue
        refused = _offered(association, answer)
        if refused and (number == 0 or not refused.hopeless):
            return refused
        if refused:
            left_out.append(f"{name} ({refused})")
    return "; ".join(dict.fromkeys(left_out))


def read_answer(path: Path) -> Dataset | RefusedError:
    """An answer of ours that was written before, or why it can't be sent."""
    try:
        answer = pydicom.dcmread(path)
        if answer.SOPClassUID in ANSWERS:
            return answer
        return RefusedError(f"{path.name} is no answer", hopeless=True)
    except OSError as error:
        return RefusedError(f"{path.name} can't be read ({error.strerror or type(error).__name__})")
    except Exception as error:  # whatever pydicom stumbles over
        return RefusedError(f"{path.name} is damaged ({type(error).__name__})", hopeless=True)


def _takes(association: Association, answer: Dataset) -> bool:
    return any(context.abstract_syntax == answer.SOPClassUID for context in association.accepted_contexts)


def _offered(association: Association, answer: Dataset) -> RefusedError | None:
    """None where the other side has it now. Raises UnreachableError."""
    told: Any = None
    if association.is_established:
        try:
            told = association.send_c_store(answer)
        except ValueError as error:
            return RefusedError(f"it can't be encoded ({type(error).__name__})", hopeless=True)
        except RuntimeError:
            pass  # the connection was lost meanwhile
    if not told or "Status" not in told:
        raise UnreachableError("the connection was lost", reached=True)
    status = int(told.Status)
    return None if status in STORED else RefusedError(f"status {status:04X}", hopeless=status in HOPELESS)
