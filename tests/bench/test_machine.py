"""The machine is told by kind, never by name."""

from __future__ import annotations

import getpass
import json
import os
import platform
from pathlib import Path

import pytest

from isthmus.bench import machine


def test_a_system_that_does_not_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("isthmus.runtime.processor.PROCESSOR", tmp_path / "missing")
    assert machine.describe()["instructions"] == []


STAT = "cpu  {} 0 100 {} 0 0 0 0 0 0\ncpu0 1 2 3 4\n"


def test_what_others_took(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "stat"
    monkeypatch.setattr(machine, "STATISTICS", path)
    monkeypatch.setattr("os.sysconf", lambda name: 100)
    monkeypatch.setattr("os.times", lambda: os.times_result((0.0, 0.0, 0.0, 0.0, 0.0)))
    path.write_text(STAT.format(1000, 1000), encoding="ascii")
    before = machine.busy()
    path.write_text(STAT.format(1700, 1300), encoding="ascii")  # 7 s busy, 3 s idle
    monkeypatch.setattr("os.times", lambda: os.times_result((2.0, 1.0, 1.0, 1.0, 0.0)))  # 5 s of them our own
    assert machine.others(before) == pytest.approx(0.2)
    monkeypatch.setattr(machine, "STATISTICS", tmp_path / "missing")
    assert machine.others(before) is None


def test_nothing_names_the_machine() -> None:
    told = json.dumps(machine.describe())
    names = [platform.node(), str(Path.home()), getpass.getuser()]
    assert not [name for name in names if len(name) > 4 and name in told]
