"""What this processor multiplies in, as its system says."""

from __future__ import annotations

from pathlib import Path

# Instruction sets that matter to these networks, by their names in Linux; the comment says what they multiply.
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
PROCESSOR = Path("/proc/cpuinfo")


def instructions() -> tuple[str, ...]:
    """Those of INSTRUCTIONS that the processor has; none where the system doesn't say."""
    flags = (stated("flags") or stated("Features")).split()
    return tuple(name for name in INSTRUCTIONS if name in flags)


def native(precision: str) -> bool | None:
    """Whether the processor has instructions for ``precision`` (fp32, bf16, int8); None: the system doesn't say."""
    if precision == "fp32":
        return True
    available = instructions()
    return bool(NATIVE[precision] & set(available)) if available else None


def stated(field: str) -> str:
    """What the system says of the first core under that name; "" where it says nothing."""
    try:
        lines = PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == field), "")
