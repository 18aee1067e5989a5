"""A database that is locked, damaged, full, of another version or away: said clearly, and nothing is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from isthmus.errors import StorageError, UsageError
from isthmus.pacs import database
from isthmus.pacs.database import DATABASE
from isthmus.pacs.queue import READ, RECEIVED, Queue
from make.postgres import Postgres, running


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A folder with a queue of some objects."""
    with closing(Queue(tmp_path)) as queue:
        for number in range(300):
            queue.receive(f"1.2.{number}", "dimse")
    return tmp_path


def refusal(folder: Path, url: str = "") -> StorageError:
    with pytest.raises(StorageError) as raised:
        Queue(folder, url)
    return raised.value


def test_what_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"nothing" * 999)
    assert "file is not a database" in str(refusal(tmp_path))


def test_a_database_that_is_damaged_inside_is_found_out_when_it_is_opened(store: Path) -> None:
    content = bytearray((store / DATABASE).read_bytes())
    content[8192:20480] = b"\xa5" * 12288
    (store / DATABASE).write_bytes(content)
    error = refusal(store)
    assert error.what == "the queue is damaged"
    assert ".recover" in error.remedy


def test_a_database_that_another_holds_is_said_to_be_locked(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY", 0.1)
    with closing(sqlite3.connect(store / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "database is locked" in str(refusal(store))
    Queue(store).close()


@pytest.mark.parametrize(
    ("change", "told"),
    [("ADD COLUMN urgency TEXT", "made by a newer isthmus"), ("DROP COLUMN note", "made by an older isthmus")],
)
def test_a_queue_of_another_version_is_refused_and_kept(store: Path, change: str, told: str) -> None:
    with closing(sqlite3.connect(store / DATABASE)) as other:
        other.execute(f"ALTER TABLE pacs_objects {change}")
        assert told in refusal(store).what
        assert other.execute("SELECT count(*) FROM pacs_objects").fetchone() == (300,)


def test_a_full_disk_changes_nothing_and_the_queue_goes_on_when_there_is_room(store: Path) -> None:
    with closing(Queue(store)) as queue:
        full = True

        def bound(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {1 if full else 2**30}")

        event.listen(queue._engine, "checkout", bound)
        taken = 0
        with pytest.raises(StorageError, match="database or disk is full"):  # noqa: PT012
            for taken in range(10_000):
                queue.receive(f"1.3.{taken}", "dimse")
        assert not queue.knows(f"1.3.{taken}")
        full = False
        assert queue.receive(f"1.3.{taken}", "dimse")


def test_a_server_that_goes_away_in_the_middle_of_the_work_is_missed_and_found_again(
    server: Postgres, tmp_path: Path
) -> None:
    with closing(Queue(tmp_path, server.url)) as queue:
        assert queue.receive("1.2.1", "dimse")
        entry = queue.entry("1.2.1")
        assert entry is not None
        server.stop()
        for change in (
            lambda: queue.receive("1.2.2", "dimse"),
            lambda: queue.move(entry, READ),
            lambda: queue.begin(entry),
            lambda: queue.due(RECEIVED),
            lambda: queue.take("1.2.3", "dimse", {}, 0),
        ):
            with pytest.raises(StorageError, match="can't be used"):
                change()
        server.start()
        assert not queue.knows("1.2.2")
        assert queue.receive("1.2.2", "dimse")
        assert queue.move(entry, READ)


def test_a_database_is_that_of_one_store(server: Postgres, tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    with closing(Queue(tmp_path / "one", server.url)) as queue:
        queue.claim(tmp_path / "one")
        queue.claim(tmp_path / "one")
        with pytest.raises(UsageError, match="another --store"):
            queue.claim(tmp_path / "other")
