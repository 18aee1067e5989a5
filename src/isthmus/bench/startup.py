"""Start-up: a new process for the help and for one prediction by the default model."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isthmus.bench.timing import Timing, timing
from isthmus.errors import UsageError

TORCH = re.compile(r"\|\s+torch$", re.MULTILINE)


@dataclass(frozen=True)
class StartUp:
    """Rows in milliseconds per call, and whether either of the two imports torch."""

    help: Timing
    predict: Timing
    imports_torch: bool


def start_up(image: Path, repeats: int) -> StartUp:
    """Times ``isthmus --help`` and ``isthmus predict`` on one file with the model that ships, each in a new process,
    in turns.

    An untimed call comes first, as the files are in memory and its engine is proved for all but a machine's first.
    Raises UsageError if either fails.
    """
    calls = (("--help",), ("predict", str(image)))
    taken: list[list[float]] = [[], []]
    with tempfile.TemporaryDirectory() as bytecode:
        environment = as_installed(bytecode)
        imports_torch = any(TORCH.search(_run(call, environment, "-X", "importtime")) for call in calls)
        for _ in range(repeats):
            for call, times in zip(calls, taken, strict=True):
                start = time.perf_counter()
                _run(call, environment)
                times.append(1000 * (time.perf_counter() - start))
    shown, read = (timing(f"isthmus {call[0]}", "", 1, times) for call, times in zip(calls, taken, strict=True))
    return StartUp(shown, read, imports_torch)


def as_installed(folder: str) -> dict[str, str]:
    """The environment of a process that finds modules compiled, as an installed package's are: where Python is told to
    keep no bytecode, it is kept in ``folder``."""
    if not sys.dont_write_bytecode:
        return {**os.environ}
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder}


def _run(arguments: Sequence[str], environment: Mapping[str, str], *python: str) -> str:
    command = [sys.executable, *python, "-m", "isthmus", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace")
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise UsageError(f"`isthmus {arguments[0]}` failed: {lines[-1] if lines else done.returncode}", where="bench")
    return done.stderr
