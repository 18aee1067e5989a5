"""This processor made out to be another one, for a whole run of the tests. CONTRIBUTING.md says what that reaches."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Pretended:
    """``environment`` restricts the instructions that torch, oneDNN and OpenVINO really use; ``flags`` are what
    /proc/cpuinfo would say. Neither bf16 nor OpenVINO can be added where they are missing."""

    environment: Mapping[str, str]
    flags: str
    bf16: bool = False
    openvino: bool = True


AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}
PRETENDED = {
    "avx2": Pretended(AVX2, "avx2"),
    "avx512-vnni": Pretended({"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_VNNI"}, "avx2 avx512f avx512_vnni"),
    "avx512-bf16": Pretended(
        {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"}, "avx2 avx512f avx512_vnni avx512_bf16", bf16=True
    ),
    "amx": Pretended({}, "avx2 avx512f avx512_vnni avx512_bf16 amx_bf16 amx_int8", bf16=True),
    "arm64": Pretended(AVX2, "asimd asimddp", openvino=False),
}


def pretend(name: str) -> None:
    """Lets this process, and as far as the environment reaches those that it starts, run as on the processor called
    ``name``. Before torch or OpenVINO is imported."""
    if name not in PRETENDED:
        raise pytest.UsageError(f"ISTHMUS_PROCESSOR={name} is none of {', '.join(PRETENDED)}")
    own = PRETENDED[name]
    os.environ.update(own.environment)
    torch = importlib.import_module("torch")
    torch.cpu._is_amx_tile_supported = lambda: "amx_bf16" in own.flags
    if not own.openvino:
        sys.modules["openvino"] = None  # type: ignore[assignment]
    elif not own.bf16:
        _without_bf16()
    cpuinfo = Path(tempfile.mkdtemp(prefix="isthmus-cpuinfo-")) / "cpuinfo"
    cpuinfo.write_text(f"model name : {name}\nflags : {own.flags}\n", encoding="utf-8")
    importlib.import_module("isthmus.runtime.processor").PROCESSOR = cpuinfo


def _without_bf16() -> None:
    try:
        openvino = importlib.import_module("openvino")
    except ModuleNotFoundError:
        return

    class Core(openvino.Core):  # type: ignore[misc, name-defined]
        def get_property(self, *asked: str) -> object:
            found = super().get_property(*asked)
            return [one for one in found if one != "BF16"] if "OPTIMIZATION_CAPABILITIES" in asked else found

    openvino.Core = Core
