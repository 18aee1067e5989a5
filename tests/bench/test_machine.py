"""The machine is told by kind, never by name."""

from __future__ import annotations

import getpass
import json
import os
import platform
from pathlib import Path

import pytest

from isthmus.bench import machine

CPUINFO = """processor	: 0
model name	: A Processor
flags		: fpu avx2 avx512f {}
"""


def pretend(monkeypatch: pytest.MonkeyPatch, path: Path, flags: str) -> None:
    path.write_text(CPUINFO.format(flags), encoding="utf-8")
    monkeypatch.setattr(machine, "PROCESSOR", path)


@pytest.mark.parametrize(
    ("flags", "bf16", "int8"),
    [("", False, False), ("avx512_vnni", False, True), ("amx_bf16 amx_int8", True, True), ("avx512_bf16", True, False)],
)
def test_what_the_processor_multiplies_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flags: str, bf16: bool, int8: bool
) -> None:
    pretend(monkeypatch, tmp_path / "cpuinfo", flags)
    assert machine.describe()["processor"] == "A Processor"
    assert (machine.native("fp32"), machine.native("bf16"), machine.native("int8")) == (True, bf16, int8)


def test_a_system_that_does_not_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "PROCESSOR", tmp_path / "missing")
    assert machine.native("bf16") is None
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
