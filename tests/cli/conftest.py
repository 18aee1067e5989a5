"""One small simulated data set and one small model for all tests of the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.data.phantom import write_phantom
from make.commands import SMALL, isthmus


@pytest.fixture(scope="session")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("phantom") / "data"
    write_phantom(root, patients=24, seed=3)
    return root


@pytest.fixture(scope="session")
def model(phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("models") / "small"
    result = isthmus("train", phantom, "--as", "phantom", "--to", to, *SMALL)
    assert result.exit_code == 0, result.exception
    return to
