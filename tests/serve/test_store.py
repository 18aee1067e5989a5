"""What outlives the service: own readings saved once, changed with a reason, kept over restarts, deleted whole."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from isthmus.errors import StorageError
from isthmus.serve import store as stores
from isthmus.serve.pictures import identity
from isthmus.serve.refusals import HttpError
from isthmus.serve.store import DATABASE, Read, Store, backup

CONTENT = b"the bytes of a picture"
OWN = {"probability": 0.4, "tirads": "TR4", "note": ""}


def read(key: str = "key-0001", reader: str = "AB") -> Read:
    return Read(key, reader, identity(CONTENT), 1, {"box": ["1,2,3,4"], "polygon": None}, OWN, "tiny", "0" * 64)


def test_a_reading_sent_twice_at_once_is_saved_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with ThreadPoolExecutor(8) as threads:
        saved = list(threads.map(lambda _: store.save(read(), CONTENT), range(16)))
    store.close()
    assert len({one["id"] for one, _ in saved}) == 1
    assert [is_new for _, is_new in saved].count(True) == 1


def test_of_two_tabs_that_change_it_one_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    name = store.save(read(), CONTENT)[0]["id"]
    store.change(name, "AB", 1, OWN | {"probability": 0.6}, "seen in the other view")
    with pytest.raises(HttpError) as told:
        store.change(name, "AB", 1, OWN | {"probability": 0.9}, "in another tab")
    found = store.read(name)
    store.close()
    assert told.value.status == 409
    assert found["own"] == OWN
    assert [one["own"]["probability"] for one in found["changes"]] == [0.6]


def test_another_reader_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    name = store.save(read(), CONTENT)[0]["id"]
    with pytest.raises(HttpError) as told:
        store.change(name, "CD", 1, OWN, "not mine")
    store.close()
    assert told.value.status == 403


def test_it_is_there_after_a_restart_and_deleted_whole(tmp_path: Path) -> None:
    first = Store(tmp_path / "store")
    name = first.save(read(), CONTENT)[0]["id"]
    first.close()
    store = Store(tmp_path / "store")
    assert store.picture(identity(CONTENT)) == CONTENT
    assert store.reads("AB")[0]["id"] == name
    assert store.forget(identity(CONTENT), "AB") == 1
    assert (store.picture(identity(CONTENT)), store.reads("AB")) == (None, [])
    assert [one["action"] for one in store.events()] == ["saved", "deleted"]
    store.close()


def test_what_is_older_than_it_may_be_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    monkeypatch.setattr(stores, "now", lambda: "2001-01-01T00:00:00+00:00")
    store.save(read(), CONTENT)
    monkeypatch.undo()
    assert (store.forget_before(30), store.forget_before(30), store.reads("AB")) == (1, 0, [])
    store.close()


def test_a_backup_is_one_file_made_while_it_is_in_use(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.save(read(), CONTENT)
    backup(tmp_path / "store", tmp_path / "copy.sqlite")
    store.close()
    copy = sqlite3.connect(tmp_path / "copy.sqlite")
    assert copy.execute("select count(*) from reads").fetchone() == (1,)
    copy.close()
    with pytest.raises(StorageError):
        backup(tmp_path / "nothing", tmp_path / "other.sqlite")


def test_only_its_owner_can_look_into_it(tmp_path: Path) -> None:
    Store(tmp_path / "store").close()
    assert (tmp_path / "store").stat().st_mode & 0o077 == 0
    assert (tmp_path / "store" / DATABASE).is_file()
