"""Others that speak DIMSE: one that sends, one that receives, and takes or refuses what it gets."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.association import Association

from isthmus.pacs.classes import ACCEPTED, ANSWERS


def associated(port: int, *datasets: Dataset) -> Association:
    """An association with ``port`` for objects of these classes and transfer syntaxes."""
    entity = AE("PEER")
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
    for one in datasets:
        entity.add_requested_context(one.SOPClassUID, one.file_meta.TransferSyntaxUID)
    return entity.associate("127.0.0.1", port)


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
    classes: Sequence[str] = tuple(ANSWERS), statuses: Sequence[int] = (), port: int = 0
) -> Iterator[tuple[int, queue.Queue[Dataset]]]:
    """A destination: its port, and what it has taken. It answers with ``statuses`` first, one after the other."""
    taken: queue.Queue[Dataset] = queue.Queue()
    said = list(statuses)

    def store(event: Any) -> int:
        status = said.pop(0) if said else 0
        if status == 0:
            taken.put(event.dataset)
        return status

    entity = AE("PEER")
    for one in classes or ACCEPTED:
        entity.add_supported_context(one, ALL_TRANSFER_SYNTAXES)
    server: Any = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    try:
        yield server.server_address[1], taken
    finally:
        server.shutdown()
