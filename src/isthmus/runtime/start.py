"""Engines by name; an engine's library is imported when it is started."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path

from isthmus.errors import EngineError
from isthmus.runtime.checked import Checked
from isthmus.runtime.kinds import DEFAULT, ENGINES, FASTEST, Engine, EngineKind


def kind(name: str) -> EngineKind:
    """The kind of the engine called ``name``. Raises EngineError."""
    if name not in ENGINES:
        raise EngineError(f"no engine {name!r}", remedy=f"Use {FASTEST}, {', '.join(ENGINES)}, or leave it out.")
    return ENGINES[name]


def is_installed(name: str) -> bool:
    """Whether what the engine called ``name`` runs on is installed."""
    return importlib.util.find_spec(kind(name).package) is not None


def start(name: str, path: Path, threads: int = 0) -> Engine:
    """The engine called ``name`` on the ONNX file ``path``. ``threads`` 0: as many as there are cores. It reads as
    ``Checked`` does.

    Raises EngineError where it isn't installed or the processor can't run it, BundleError for a file that it can't
    load.
    """
    runner = library(name)
    engine: Engine = runner(name, path, threads)
    return Checked(engine)


def library(name: str) -> Callable[[str, Path, int], Engine]:
    """Imports what the engine called ``name`` runs on, and gives what starts it. Raises EngineError where it isn't
    installed."""
    engine_kind = kind(name)
    if not is_installed(name):
        raise EngineError(
            f"{engine_kind.package} isn't installed",
            where=name,
            remedy=f"pip install 'isthmus[{engine_kind.extra}]', or --engine {DEFAULT}.",
        )
    runner: Callable[[str, Path, int], Engine] = importlib.import_module(engine_kind.module).Runner
    return runner
