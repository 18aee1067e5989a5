"""The kind of machine that the figures were measured on; nothing that identifies it."""

from __future__ import annotations

import contextlib
import os
import platform
from importlib import metadata
from pathlib import Path

from isthmus.data.threads import cores
from isthmus.runtime.processor import instructions, stated

PACKAGES = ("isthmus", "numpy", "onnxruntime", "openvino", "torch", "timm")
STATISTICS = Path("/proc/stat")


def describe() -> dict[str, object]:
    """Processor, cores that may be used, memory, instruction sets, system and versions."""
    return {
        "processor": stated("model name") or platform.processor() or "unknown",
        "cores": cores(),
        "memory_gb": _memory(),
        "instructions": list(instructions()),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {"python": platform.python_version(), **_versions()},
    }


def busy() -> tuple[float, float, float] | None:
    """Seconds of all cores since the system started: in all, used by any program, and used by this one and its
    children; None where the system doesn't say. The difference of two calls is what was used between them."""
    try:
        ticks = [int(field) for field in STATISTICS.read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
        second = os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, AttributeError):
        return None
    idle = ticks[3] + ticks[4]
    return sum(ticks) / second, (sum(ticks) - idle) / second, sum(os.times()[:4])


def others(before: tuple[float, float, float] | None) -> float | None:
    """The share of all cores, in 0 .. 1, that other programs used since ``before``."""
    after = busy()
    if before is None or after is None:
        return None
    whole, used, ours = (now - then for now, then in zip(after, before, strict=True))
    return min(1.0, max(0.0, used - ours) / whole) if whole else 0.0


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _versions() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions
