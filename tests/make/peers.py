"""Others that speak DIMSE: one that sends, one that receives, and takes or refuses what it gets."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from pydicom.dataset import Dataset
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.association import Association

from isthmus.pacs.classes import ANSWERS

ABORTS: Literal["aborts"] = "aborts"
DIES: Literal["dies"] = "dies"
HANGS: Literal["hangs"] = "hangs"
Says = int | Literal["aborts", "dies", "hangs"]


def associated(port: int, *datasets: Dataset, title: str = "ISTHMUS") -> Association:
    """An association with ``title`` at ``port`` for objects of these classes and transfer syntaxes."""
    entity = AE("PEER")
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
    for one in datasets:
        entity.add_requested_context(one.SOPClassUID, one.file_meta.TransferSyntaxUID)
    return entity.associate("127.0.0.1", port, ae_title=title)


def send(port: int, dataset: Dataset) -> int | None:
    """Sends an object; gives the status, None where its class was refused."""
    association = associated(port, dataset)
    try:
        if not association.is_established:
            return None
        return int(association.send_c_store(dataset).Status)
    finally:
        association.release()


@contextmanager
def receiving(
    classes: Sequence[str] = tuple(ANSWERS), says: Sequence[Says] = (), port: int = 0, title: str = ""
) -> Iterator[tuple[int, queue.Queue[Dataset]]]:
    """A destination: its port, and what it has taken. It ``says`` first, one after the other: a status; ABORTS;
    DIES, which takes the object and aborts before its answer; HANGS. Where ``title`` is given it wants to be called so.
    """
    taken: queue.Queue[Dataset] = queue.Queue()
    left, over = list(says), threading.Event()

    def store(event: Any) -> int:
        said = left.pop(0) if left else 0
        if said in (0, DIES) or (isinstance(said, int) and 0xB000 <= said < 0xC000):
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
