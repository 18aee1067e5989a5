"""The model that ships, open; an inbox, and a listener that takes into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from isthmus.infer.predictor import Predictor
from isthmus.models.names import find
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.listener import listening
from isthmus.pacs.queue import Queue
from isthmus.pacs.reading import Office
from make.peers import Ear


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    return Predictor.load(find(), threads=1)


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    """An empty one."""
    queue = Queue(tmp_path / "store")
    one = Inbox(tmp_path / "store", queue, settle=0.0)
    one.open()
    yield one
    queue.close()


@pytest.fixture
def ear(inbox: Inbox) -> Iterator[Ear]:
    said: list[str] = []
    with listening("ISTHMUS", ("127.0.0.1", 0), inbox, said.append) as port:
        yield Ear(port, said)


@pytest.fixture
def office(inbox: Inbox, predictor: Predictor) -> Office:
    return Office(inbox, predictor, print)
