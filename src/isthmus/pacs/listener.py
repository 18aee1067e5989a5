"""The DIMSE listener: C-ECHO, and C-STORE of what a PACS sends to be read."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt, register_uid
from pynetdicom.service_class import StorageServiceClass

from isthmus.errors import DataError, IsthmusError, StorageError, UsageError
from isthmus.pacs.classes import ACCEPTED, RETIRED
from isthmus.pacs.inbox import Inbox, UnwantedError
from isthmus.pacs.spool import Spool, into, spooling
from isthmus.text import one_line

VERIFICATION = UID("1.2.840.10008.1.1")
DIMSE = "dimse"
MOST_ASSOCIATIONS = 50
SECONDS = 60.0  # without a word from the other side
ENDING = 10.0  # seconds that what comes in at the end may take
PDU = 1 << 17  # bytes
MOST_PDU = 1 << 22  # bytes of one whose sender doesn't keep to that
# Answers to C-STORE (PS3.4, B.2.3).
SUCCESS, OUT_OF_RESOURCES, NO_MATCH, NOT_UNDERSTOOD = 0x0000, 0xA700, 0xA900, 0xC000
LONGEST_COMMENT = 64  # characters, of a status (PS3.7, C.5)
INVALID = "Evt19"  # what pynetdicom calls a PDU that is invalid (PS3.8, 9.2.2): it aborts
Talk = Callable[[str], None]


@contextmanager
def listening(title: str, address: tuple[str, int], inbox: Inbox, say: Talk) -> Iterator[int]:
    """Listens at ``address`` (host, port) for as long as this lasts, and gives the port.

    What is taken up is on disk before its sender is told so. Who calls another title than ours is rejected. Raises
    UsageError where the address can't be had.
    """
    logging.getLogger("pynetdicom").addHandler(logging.NullHandler())
    logging.getLogger("pynetdicom").propagate = False  # it repeats what is in a data set
    entity = AE(title)
    entity.require_called_aet = True
    entity.maximum_associations = MOST_ASSOCIATIONS
    entity.maximum_pdu_size = PDU
    entity.network_timeout = entity.dimse_timeout = entity.acse_timeout = SECONDS
    entity.add_supported_context(VERIFICATION)
    for named in ACCEPTED:
        entity.add_supported_context(named, ALL_TRANSFER_SYNTAXES)
    for number, named in enumerate(RETIRED):  # else pynetdicom negotiates them, and aborts when one comes
        register_uid(named, f"RetiredUltrasound{number}", StorageServiceClass)
    handlers: list[Any] = [
        (evt.EVT_CONN_OPEN, _opened, [inbox, say]),
        (evt.EVT_REJECTED, _rejected, [say]),
        (evt.EVT_C_STORE, _store, [inbox, say]),
        (evt.EVT_ABORTED, _drop_half),
    ]
    with spooling():
        try:
            server: Any = entity.start_server(address, block=False, evt_handlers=handlers)
        except OSError as error:
            what = f"can't listen on {address[0]}:{address[1]} ({error.strerror or error})"
            raise UsageError(what, remedy="Name another --port, or stop what listens there.") from None
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            _end(entity.active_associations)


def _opened(event: Any, inbox: Inbox, say: Talk) -> None:
    """Sees to it that a connection can't be held for ever, nor take more memory or space than it should."""
    association = event.assoc
    connection, receive = association.dul.socket, association.dimse.receive_primitive
    # Else a peer that falls silent in the middle of a PDU, as one that was switched off, keeps its thread for ever.
    connection.socket.settimeout(SECONDS)
    read = connection.recv

    def within_bounds(size: int) -> Any:
        if size > MOST_PDU:
            raise OSError(f"a PDU of {size} bytes")
        return read(size)

    def guarded(primitive: Any) -> None:
        try:
            with into(inbox.incoming):
                receive(primitive)
        except Exception as error:  # it would end the thread with a traceback, and leave the association open
            say(f"ended an association with {_name_of(association)}: no DIMSE message ({type(error).__name__})")
            _drop_half(event)
            association.dul.event_queue.put(INVALID)

    association.bind(evt.EVT_CONN_CLOSE, _closed, [connection.socket])
    connection.recv = within_bounds
    association.dimse.receive_primitive = guarded


def _rejected(event: Any, say: Talk) -> None:
    asked, association = event.assoc.requestor.primitive, event.assoc
    called, ours = one_line(str(asked.called_ae_title)).strip(), str(association.ae.ae_title).strip()
    if called != ours:
        say(f"rejected {_name_of(association)}: it calls {called!r}, and we are {ours!r}")
    else:
        say(f"rejected {_name_of(association)}: {association.ae.maximum_associations} associations are open")


def _name_of(association: Any) -> str:
    asked = association.requestor.primitive
    return repr(one_line(str(asked.calling_ae_title)).strip()) if asked else "somebody"


def _closed(event: Any, connection: socket.socket) -> None:
    """Leaves nothing of a connection: pynetdicom forgets to close the socket of one that the other side has closed."""
    _drop_half(event)
    with suppress(OSError):
        connection.close()
    if event.assoc.requestor.primitive is None:
        event.assoc.dul.to_user_queue.put(None)  # its thread still waits for it to say who it is


def _drop_half(event: Any) -> None:
    """Deletes what was received of an object whose association has ended."""
    message = event.assoc.dimse.message
    half = getattr(message, "_data_set_file", None)
    if isinstance(half, Spool):
        half.give_up()


def _end(associations: list[Any]) -> None:
    """Ends associations, and waits until nothing of them works any more: the queue is closed next."""
    for one in associations:
        with suppress(OSError, AttributeError):
            one.dul.socket.socket.shutdown(socket.SHUT_RDWR)
    end = time.monotonic() + ENDING
    for one in (thread for both in associations for thread in (both, both.dul)):
        if isinstance(one, threading.Thread) and one.is_alive():
            one.join(max(0.0, end - time.monotonic()))


def _store(event: Any, inbox: Inbox, say: Talk) -> Dataset:
    """The status with which a C-STORE is answered."""
    named = one_line(str(event.request.AffectedSOPInstanceUID))
    try:
        taken = inbox.take(_received(event.request), DIMSE)
        if taken.note:
            say(f"{taken.uid}: {taken.note}")
        return _status(SUCCESS)
    except IsthmusError as error:
        number = OUT_OF_RESOURCES if isinstance(error, StorageError) else NOT_UNDERSTOOD
        number = NO_MATCH if isinstance(error, UnwantedError) else number
        say(f"{named}: not taken up: {error.advice}")
        return _status(number, error.what)
    except Exception as error:  # an association is not to end for what one object brings
        say(f"{named}: not taken up: {type(error).__name__}")
        return _status(NOT_UNDERSTOOD, type(error).__name__)


def _received(request: Any) -> Path:
    spool: Spool | None = request._dataset_file
    if spool is None:
        raise DataError("has no data set", remedy="Send it again.")
    return spool.finished()


def _status(number: int, comment: str = "") -> Dataset:
    made = Dataset()
    made.Status = number
    if comment:
        made.ErrorComment = comment.encode("ascii", "replace").decode().replace("\\", "/")[:LONGEST_COMMENT]
    return made
