"""The DIMSE listener: C-ECHO, and C-STORE of what a PACS sends to be read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydicom.uid import UID
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt

from isthmus.errors import DataError, StorageError, UsageError
from isthmus.pacs.classes import ACCEPTED
from isthmus.pacs.inbox import Inbox, UnwantedError
from isthmus.pacs.spool import spooling

VERIFICATION = UID("1.2.840.10008.1.1")
DIMSE = "dimse"
MOST_ASSOCIATIONS = 50
SECONDS = 60.0  # without a word from the other side
PDU = 1 << 17  # bytes
# Answers to C-STORE (PS3.4, B.2.3).
SUCCESS, OUT_OF_RESOURCES, NO_MATCH, NOT_UNDERSTOOD = 0x0000, 0xA700, 0xA900, 0xC000
Talk = Callable[[str], None]


@contextmanager
def listening(title: str, address: tuple[str, int], inbox: Inbox, say: Talk) -> Iterator[int]:
    """Listens at ``address`` (host, port) for as long as this lasts, and gives the port.

    What is taken up is on disk before its sender is told so. Raises UsageError where the address can't be had.
    """
    logging.getLogger("pynetdicom").addHandler(logging.NullHandler())
    logging.getLogger("pynetdicom").propagate = False  # it repeats what is in a data set
    entity = AE(title)
    entity.maximum_associations = MOST_ASSOCIATIONS
    entity.maximum_pdu_size = PDU
    entity.network_timeout = entity.dimse_timeout = entity.acse_timeout = SECONDS
    entity.add_supported_context(VERIFICATION)
    for named in ACCEPTED:
        entity.add_supported_context(named, ALL_TRANSFER_SYNTAXES)
    handlers: list[Any] = [(evt.EVT_C_STORE, _store, [inbox, say])]
    with spooling(inbox.incoming):
        try:
            server: Any = entity.start_server(address, block=False, evt_handlers=handlers)
        except OSError as error:
            what = f"can't listen on {address[0]}:{address[1]} ({error.strerror or error})"
            raise UsageError(what, remedy="Name another --port, or stop what listens there.") from None
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


def _store(event: Any, inbox: Inbox, say: Talk) -> int:
    """The status with which a C-STORE is answered."""
    path = Path(event.dataset_path)
    try:
        event.request._dataset_file.close()
        if not path.exists():
            raise StorageError("has no space left", where="incoming", remedy="Free some space.")
        inbox.take(path, DIMSE)
        return SUCCESS
    except UnwantedError as error:
        say(f"not taken up: {error}")
        return NO_MATCH
    except DataError as error:
        say(f"not taken up: {error}")
        return NOT_UNDERSTOOD
    except StorageError as error:
        say(f"not taken up: {error}")
        return OUT_OF_RESOURCES
    except Exception as error:  # an association is not to end for what one object brings
        say(f"not taken up: {type(error).__name__}")
        return NOT_UNDERSTOOD
