"""A start is timed as that of an installed package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from isthmus.bench.startup import as_installed


def test_bytecode_is_kept_where_python_is_told_to_keep_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "mine.py").touch()
    environment = as_installed(str(tmp_path / "bytecode"))
    subprocess.run([sys.executable, "-c", "import mine"], cwd=tmp_path, env=environment, check=True)
    assert [path.suffix for path in (tmp_path / "bytecode").rglob("mine*")] == [".pyc"]
    assert not (tmp_path / "__pycache__").exists()


def test_else_the_environment_is_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert as_installed("anywhere") == os.environ
