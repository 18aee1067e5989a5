"""`isthmus store`: a copy of what is kept, and a case deleted."""

from __future__ import annotations

from pathlib import Path

from isthmus.errors import StorageError, UsageError
from isthmus.serve.pictures import identity
from isthmus.serve.store import Read, Store
from make.commands import isthmus

NAME = identity(b"picture")


def kept(folder: Path) -> Path:
    store = Store(folder)
    store.save(Read("key-0001", "AB", NAME, 1, {"box": [], "polygon": None}, {}, "tiny", "0" * 64), b"picture")
    store.close()
    return folder


def test_a_backup_and_a_case_deleted(tmp_path: Path) -> None:
    folder = kept(tmp_path / "store")
    assert isthmus("store", folder, "--backup", tmp_path / "copy.sqlite").exit_code == 0
    assert (tmp_path / "copy.sqlite").stat().st_size > 0
    assert isthmus("store", folder, "--delete", NAME).stdout.startswith("1 readings")
    assert not (folder / "pictures" / NAME).exists()


def test_wrong_use_is_told(tmp_path: Path) -> None:
    assert isinstance(isthmus("store", tmp_path).exception, UsageError)
    assert isinstance(isthmus("store", tmp_path, "--delete", NAME).exception, StorageError)
    assert list(tmp_path.iterdir()) == []
    assert isinstance(isthmus("serve", "--own-first").exception, UsageError)
