"""A backup holds all that is kept, is made while the store is in use, and a store comes back from it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from isthmus.errors import DataError, StorageError, UsageError
from isthmus.serve.backup import backup, restore
from isthmus.serve.login.sessions import SECRET, secret_of
from isthmus.serve.login.users import Users
from isthmus.serve.pictures import identity
from isthmus.serve.store import Read, Store
from make.users import BASIC

CONTENT = b"the bytes of a picture"
NAME = identity(CONTENT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "store")
    one.save(Read("key-0001", "AB", NAME, 1, {"box": [], "polygon": None}, {}, "tiny", "0" * 64), CONTENT)
    Users(one.engine).add(*BASIC)
    secret_of(one.folder)
    yield one
    one.close()


def test_readings_pictures_users_and_log_come_back(store: Store, tmp_path: Path) -> None:
    assert backup(store.folder, tmp_path / "kept.zip") == 1
    store.forget(NAME, "AB")
    restore(tmp_path / "kept.zip", tmp_path / "again")
    again = Store(tmp_path / "again")
    assert (again.picture(NAME), [one["reader"] for one in again.reads("AB")]) == (CONTENT, ["AB"])
    assert Users(again.engine).knows(*BASIC)
    assert [one["action"] for one in again.events()] == ["saved"]
    again.close()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_copy_is_its_owners_and_signs_no_sessions(store: Store, tmp_path: Path) -> None:
    backup(store.folder, tmp_path / "kept.zip")
    assert (tmp_path / "kept.zip").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(tmp_path / "kept.zip") as made:
        assert set(made.namelist()) == {"readings.sqlite", f"pictures/{NAME}"}
    assert (store.folder / SECRET).exists()


def test_other_databases_and_files_of_the_folder_are_in_it(store: Store, tmp_path: Path) -> None:
    (store.folder / "objects").mkdir()
    for name in ("objects/1.dcm", "incoming", "pacs.lock", ".left"):
        (store.folder / name).write_bytes(b"x")
    backup(store.folder, tmp_path / "kept.zip")
    with zipfile.ZipFile(tmp_path / "kept.zip") as made:
        assert set(made.namelist()) == {"readings.sqlite", f"pictures/{NAME}", "objects/1.dcm"}


def test_where_it_cant_be_put_is_said(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="in the store itself"):
        backup(store.folder, store.folder / "kept.zip")
    with pytest.raises(StorageError):
        backup(tmp_path / "nothing", tmp_path / "kept.zip")
    assert not (tmp_path / "kept.zip").exists()


@pytest.mark.parametrize("names", [("../outside",), ("/outside",), ("a.txt",), ()])
def test_what_is_no_backup_makes_nothing(tmp_path: Path, names: tuple[str, ...]) -> None:
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as made:
        for name in names:
            made.writestr(name, b"x")
    with pytest.raises(DataError):
        restore(tmp_path / "some.zip", tmp_path / "folder" / "again")
    assert not (tmp_path / "folder" / "again").exists()
    assert not (tmp_path / "outside").exists()


def test_a_damaged_one_and_a_folder_in_use_are_refused(store: Store, tmp_path: Path) -> None:
    backup(store.folder, tmp_path / "kept.zip")
    with pytest.raises(UsageError, match="isn't empty"):
        restore(tmp_path / "kept.zip", store.folder)
    content = (tmp_path / "kept.zip").read_bytes()
    for number, damaged in enumerate((content[: len(content) // 2], content[:40] + b"?" + content[41:], b"no zip")):
        (tmp_path / "bad.zip").write_bytes(damaged)
        with pytest.raises(DataError):
            restore(tmp_path / "bad.zip", tmp_path / str(number))
        assert not (tmp_path / str(number)).exists()
