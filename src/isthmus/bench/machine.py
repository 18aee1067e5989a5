"""What the figures were measured on: the kind of machine, nothing that tells which one it is."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

from isthmus.data.threads import cores

# What bears on the arithmetic of these networks, by its name in Linux; the comment says what it multiplies.
INSTRUCTIONS = (
    "avx2",  # fp32, 8 at a time
    "avx512f",  # fp32, 16 at a time
    "avx_vnni",  # int8
    "avx512_vnni",  # int8
    "avx512_bf16",  # bf16
    "amx_bf16",  # bf16, in tiles
    "amx_int8",  # int8, in tiles
    "asimddp",  # int8 on ARM
    "bf16",  # bf16 on ARM
    "i8mm",  # int8 on ARM
)
NATIVE = {
    "fp32": frozenset(INSTRUCTIONS),
    "bf16": frozenset(("avx512_bf16", "amx_bf16", "bf16")),
    "int8": frozenset(("avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm")),
}
PACKAGES = ("isthmus", "numpy", "onnxruntime", "openvino", "torch", "timm")
PROCESSOR, STATISTICS = Path("/proc/cpuinfo"), Path("/proc/stat")


def describe() -> dict[str, object]:
    """Processor, cores that may be used, memory, instruction sets, system and versions."""
    return {
        "processor": _field("model name") or platform.processor() or "unknown",
        "cores": cores(),
        "memory_gb": _memory(),
        "instructions": list(instructions()),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {"python": platform.python_version(), **_versions()},
    }


def instructions() -> tuple[str, ...]:
    """Those of INSTRUCTIONS that the processor has; none where the system doesn't say."""
    flags = (_field("flags") or _field("Features")).split()
    return tuple(name for name in INSTRUCTIONS if name in flags)


def native(precision: str) -> bool | None:
    """Whether the processor multiplies in ``precision`` (fp32, bf16, int8) itself; None: the system doesn't say."""
    if precision == "fp32":
        return True
    found = instructions()
    return bool(NATIVE[precision] & set(found)) if found else None


def busy() -> tuple[float, float, float] | None:
    """Seconds since the start, of all cores: the whole, what any program had of it, and what this one and its children
    had; None where the system doesn't say. Two calls tell what others took between them."""
    try:
        ticks = [int(field) for field in STATISTICS.read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
        second = os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, AttributeError):
        return None
    own = os.times()
    idle = ticks[3] + ticks[4]
    return sum(ticks) / second, (sum(ticks) - idle) / second, own.user + own.system + own[2] + own[3]


def others(before: tuple[float, float, float] | None) -> float | None:
    """What share of all cores other programs took since ``before``, from 0 to 1."""
    after = busy()
    if before is None or after is None:
        return None
    whole, used, own = (now - then for now, then in zip(after, before, strict=True))
    return min(1.0, max(0.0, used - own) / whole) if whole else 0.0


def _field(name: str) -> str:
    try:
        lines = PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == name), "")


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
