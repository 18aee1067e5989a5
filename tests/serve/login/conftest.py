"""A service that asks who one is, and its users."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pwdlib.hashers.argon2 import Argon2Hasher

from isthmus.serve.login.users import Users
from isthmus.serve.store import Store
from make.served import client
from make.users import PASSWORDS


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take little time and memory."""
    cheap = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr("isthmus.serve.login.users.Argon2Hasher", lambda: cheap)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "store")
    users = Users(one.engine)
    for name, password in PASSWORDS.items():
        users.add(name, password)
    yield one
    one.close()


@pytest.fixture
def guarded(bundle: Path, store: Store) -> Iterator[TestClient]:
    with client(bundle, store=store.folder, login=True) as one:
        yield one
