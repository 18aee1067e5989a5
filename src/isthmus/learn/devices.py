"""The device that a network is trained on, by name, and the precision that it computes in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import torch

from isthmus.errors import UsageError

NAME = re.compile(r"auto|cpu|mps|cuda(?::(?P<index>[0-9]{1,4}))?")
NAMES = "auto, cpu, cuda, cuda:N or mps"
Precision = Literal["32-true", "bf16-mixed"]


@dataclass(frozen=True)
class Device:
    """``kind`` is cpu, cuda or mps; ``index`` is the number of the GPU, None for the first that is free."""

    kind: str
    index: int | None = None

    def __str__(self) -> str:
        return self.kind if self.index is None else f"{self.kind}:{self.index}"


def device(name: str = "auto", processes: int = 1) -> Device:
    """The device of that name, for so many ``processes`` on this machine; ``auto`` is a GPU where there is one.

    Raises UsageError for an unknown name, and for a device that isn't here.
    """
    match = NAME.fullmatch(name)
    if match is None:
        raise UsageError(f"no device {name!r}", where="--device", remedy=f"Use {NAMES}.")
    if name == "auto":
        name = "mps" if torch.backends.mps.is_available() else "cuda" if torch.cuda.is_available() else "cpu"
    index = match["index"] and int(match["index"])
    chosen = Device(name.partition(":")[0], index or (0 if index == 0 else None))
    if lacking := _lacking(chosen, processes):
        raise UsageError(lacking, where=f"--device {name}", remedy="Use cpu, or a device that is here.")
    return chosen


def _lacking(chosen: Device, processes: int) -> str:
    """Why the device can't be used by so many processes, "" where it can."""
    if chosen.kind == "mps":
        if not torch.backends.mps.is_available():
            return "no GPU that torch reaches by mps is here"
        return "several processes can't share one GPU by mps" if processes > 1 else ""
    if chosen.kind == "cpu":
        return ""
    if not torch.cuda.is_available():
        return "no GPU that torch reaches by cuda is here"
    count = torch.cuda.device_count()
    if chosen.index is not None and chosen.index >= count:
        return f"the GPUs that are here are numbered 0 to {count - 1}"
    if chosen.index is not None and processes > 1:
        return f"{processes} processes can't share one GPU"
    return f"{processes} processes need as many GPUs, and {count} can be used" if processes > count else ""


def precision(setting: Literal["auto", "fp32", "bf16"], chosen: Device) -> Precision:
    """What a network is trained in on a device, as Fabric names it, where a recipe has ``setting``.

    Raises UsageError for bf16 on a device without it.
    """
    if setting == "auto":
        return "bf16-mixed" if _is_fast_in_bf16(chosen) else "32-true"
    if setting == "bf16" and not _has_bf16(chosen):
        raise UsageError(
            "doesn't compute in bf16, as the recipe asks", where=f"--device {chosen}", remedy="Set precision = fp32."
        )
    return "bf16-mixed" if setting == "bf16" else "32-true"


def trains_faster_in_bf16() -> bool:
    """Whether this processor multiplies bf16 in tiles (AMX). With AVX512-BF16 alone a step takes as long as in fp32 or
    longer (decision 25)."""
    return torch.cpu._is_amx_tile_supported()


def _is_fast_in_bf16(chosen: Device) -> bool:
    if chosen.kind == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return chosen.kind == "cpu" and trains_faster_in_bf16()


def _has_bf16(chosen: Device) -> bool:
    """Whether a product under autocast comes out in bf16: where it can't, torch warns and stays in fp32."""
    if chosen.kind != "mps":
        return True  # cpu and cuda convert where they can't compute in it
    try:
        with torch.autocast(chosen.kind, torch.bfloat16):
            one = torch.ones(1, 1, device=chosen.kind)
            return (one @ one).dtype is torch.bfloat16
    except (RuntimeError, UserWarning):
        return False


def description(chosen: Device, computed_in: Precision) -> str:
    """Device and precision in words: "cpu in fp32"."""
    return f"{chosen} in {'bf16' if computed_in == 'bf16-mixed' else 'fp32'}"
