"""What a processor multiplies in is read from its flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.runtime import processor

CPUINFO = """processor	: 0
model name	: A Processor
flags		: fpu avx2 avx512f {}
"""


def pretend(monkeypatch: pytest.MonkeyPatch, path: Path, flags: str) -> None:
    path.write_text(CPUINFO.format(flags), encoding="utf-8")
    monkeypatch.setattr(processor, "PROCESSOR", path)


@pytest.mark.parametrize(
    ("flags", "bf16", "int8"),
    [("", False, False), ("avx512_vnni", False, True), ("amx_bf16 amx_int8", True, True), ("avx512_bf16", True, False)],
)
def test_what_the_processor_multiplies_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flags: str, bf16: bool, int8: bool
) -> None:
    pretend(monkeypatch, tmp_path / "cpuinfo", flags)
    assert processor.stated("model name") == "A Processor"
    assert (processor.native("fp32"), processor.native("bf16"), processor.native("int8")) == (True, bf16, int8)


def test_a_system_that_does_not_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processor, "PROCESSOR", tmp_path / "missing")
    assert processor.native("bf16") is None
    assert processor.instructions() == ()
