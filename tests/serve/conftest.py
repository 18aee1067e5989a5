"""A tiny bundle with facts, and a client of its service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from make.bundle import make
from make.served import client
from make.shipped import with_facts


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    return with_facts(make(folder / "plain"), folder / "tiny")


@pytest.fixture(scope="module")
def service(bundle: Path) -> Iterator[TestClient]:
    with client(bundle) as one:
        yield one
