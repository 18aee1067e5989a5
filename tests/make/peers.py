"""Others that speak DIMSE: one that sends, one that receives, and takes or refuses what it gets."""

from __future__ import annotations

import contextlib
import io
import queue
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydicom.dataset import Dataset
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.association import Association
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import encode
from pynetdicom.pdu import P_DATA_TF

from isthmus.pacs.classes import ANSWERS
from isthmus.pacs.inbox import Inbox
from make.orthanc import wait_for
from make.pacs import ultrasound

ABORTS: Literal["aborts"] = "aborts"
DIES: Literal["dies"] = "dies"
HANGS: Literal["hangs"] = "hangs"
Says = int | Literal["aborts", "dies", "hangs"]


@dataclass(frozen=True)
class Ear:
    """A listener: its ``port``, and what it has ``said``."""

    port: int
    said: list[str]


def associated(port: int, *datasets: Dataset, title: str = "ISTHMUS") -> Association:
    """An association with ``title`` at ``port`` for objects of these classes and transfer syntaxes."""
    entity = AE("PEER")
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
    for one in datasets:
        entity.add_requested_context(one.SOPClassUID, one.file_meta.TransferSyntaxUID)
    association = entity.associate("127.0.0.1", port, ae_title=title)
    channel: Any = association.dul.socket
    if channel is not None and channel.socket is not None:
        # pynetdicom forgets to close it where the other side has closed it.
        association.bind(evt.EVT_CONN_CLOSE, lambda _event, one: one.close(), [channel.socket])
    return association


def send(port: int, dataset: Dataset) -> int | None:
    """Sends an object; gives the status, None where its class was refused."""
    association = associated(port, dataset)
    try:
        if not association.is_established:
            return None
        return int(association.send_c_store(dataset).Status)
    finally:
        association.release()


def pdus(association: Association, dataset: Dataset, uid: str | None = None, context: int | None = None) -> list[bytes]:
    """The PDUs of a C-STORE of an object, to be sent by ``push``, in part or with another ``uid`` or ``context``."""
    accepted = next(one for one in association.accepted_contexts if one.abstract_syntax == dataset.SOPClassUID)
    syntax = accepted.transfer_syntax[0]
    request: Any = C_STORE()
    request.MessageID, request.Priority = 1, 2
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = dataset.SOPClassUID, "1.2"
    request.DataSet = io.BytesIO(encode(dataset, syntax.is_implicit_VR, syntax.is_little_endian) or b"")
    message: Any = C_STORE_RQ()
    message.primitive_to_message(request)
    message.command_set.AffectedSOPInstanceUID = dataset.SOPInstanceUID if uid is None else uid
    made = []
    for primitive in message.encode_msg(context or accepted.context_id, 16_382):
        one = P_DATA_TF()
        one.from_primitive(primitive)
        made.append(one.encode())
    return made


def push(association: Association, *content: bytes) -> None:
    """Sends bytes as they are."""
    channel: Any = association.dul.socket
    for one in content:
        channel.socket.sendall(one)


def hang_up(association: Association) -> None:
    """Closes the connection without a word."""
    channel: Any = association.dul.socket
    with contextlib.suppress(OSError):
        channel.socket.shutdown(socket.SHUT_RDWR)
    association.dul.join(20)


def status(association: Association, *content: bytes) -> int | None:
    """The status that bytes are answered with, None where the association is ended."""
    association._reactor_checkpoint.clear()  # else its own thread takes the answer
    try:
        with contextlib.suppress(OSError, AttributeError):  # it may be ended before all is sent
            push(association, *content)
        _, answer = association.dimse.get_msg(block=True)
    finally:
        association._reactor_checkpoint.set()
    return None if answer is None else int(answer.Status)  # type: ignore[union-attr]


@contextmanager
def receiving(
    classes: Sequence[str] = tuple(ANSWERS), says: Sequence[Says] = (), port: int = 0, title: str = ""
) -> Iterator[tuple[int, queue.Queue[Dataset]]]:
    """A destination: its port, and what it has taken. It ``says`` first, one after the other: a status; ABORTS;
    DIES, which takes the object and aborts before its answer; HANGS, which takes it and is silent. Where ``title`` is
    given it wants to be called so.
    """
    taken: queue.Queue[Dataset] = queue.Queue()
    left, over = list(says), threading.Event()

    def store(event: Any) -> int:
        said = left.pop(0) if left else 0
        if said in (0, DIES, HANGS) or (isinstance(said, int) and 0xB000 <= said < 0xC000):
            taken.put(event.dataset)
        if said == HANGS:
            over.wait(20)
        if isinstance(said, str):
            event.assoc.abort()
            return 0x0110
        return said

    entity = AE(title or "PEER")
    entity.require_called_aet = bool(title)
    for one in classes:
        entity.add_supported_context(one, ALL_TRANSFER_SYNTAXES)
    server: Any = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    try:
        yield server.server_address[1], taken
    finally:
        over.set()
        server.shutdown()


def is_empty(folder: Path) -> bool:
    return not list(folder.iterdir())


def taken(inbox: Inbox) -> int:
    """How many pictures are in an inbox."""
    return len(list((inbox.folder / "objects").iterdir()))


def works(ear: Ear, inbox: Inbox) -> None:
    """Fails where a picture isn't taken up, or anything half is kept."""
    before = taken(inbox)
    assert send(ear.port, ultrasound()) == 0
    wait_for(lambda: is_empty(inbox.incoming), 20, "something half was kept")
    assert taken(inbox) == before + 1
