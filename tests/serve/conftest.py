"""A tiny bundle with facts, and a client of its service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from make.served import client


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from make.bundle import make  # torch, which the tests of the page do without
    from make.shipped import with_facts

    folder = tmp_path_factory.mktemp("served")
    return with_facts(make(folder / "plain"), folder / "tiny")


@pytest.fixture(scope="module")
def service(bundle: Path) -> Iterator[TestClient]:
    with client(bundle) as one:
        yield one
