"""`isthmus store`: a copy of what is kept, and a case deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from isthmus.cli.main import main
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


def with_input(text: str, *arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=text)


def test_a_user_is_added_with_a_password_from_the_input_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    assert with_input("four words and more\n", "store", folder, "--add-user", "Ada").stdout == "Ada may sign in.\n"
    assert with_input("other words and more\n", "store", folder, "--add-user", "Ada").exit_code == 0
    assert json.loads(isthmus("store", folder, "--users", "--json").stdout) == {"users": ["Ada"]}
    assert isthmus("store", folder, "--remove-user", "Ada").exit_code == 0
    events = json.loads(isthmus("store", folder, "--log", "--json").stdout)["events"]
    assert [one["action"] for one in events] == ["user added", "password changed", "user removed"]
    assert "user removed" in isthmus("store", folder, "--log").stdout


@pytest.mark.parametrize(("name", "text"), [("Ada", ""), ("Ada", "short\n"), ("a:b", "four words and more\n")])
def test_a_user_that_cant_be_is_refused(tmp_path: Path, name: str, text: str) -> None:
    assert isinstance(with_input(text, "store", tmp_path / "store", "--add-user", name).exception, UsageError)
