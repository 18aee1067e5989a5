"""The proofs that engines passed on this machine, remembered, so that the next process need not repeat them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from dataclasses import asdict
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from isthmus import files
from isthmus.bundle import ABOUT, Bundle
from isthmus.errors import StorageError
from isthmus.runtime.kinds import ENGINES
from isthmus.runtime.processor import PROCESSOR

VARIABLE = "ISTHMUS_CACHE"  # the folder of what is remembered; "": nothing is
VARYING = ("cpu MHz", "bogomips")  # in the description of a processor
HEEDED = ("ORT_", "OMP_", "KMP_", "OV_", "ONEDNN_", "DNNL_", "MKL_")  # variables that engines heed begin so
PACKAGE = Path(__file__).parents[1]
PROVING = (PACKAGE / "decision.py", PACKAGE / "infer" / "engines.py", *sorted((PACKAGE / "runtime").glob("*.py")))


class Proofs:
    """A folder with a file for each proof that was passed: the text of all that it depends on.

    A proof holds only where every letter of that text is the same now. Where the folder can't be read or written, or
    the system doesn't describe the processor, nothing is remembered, and engines are proved at each start.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @classmethod
    def of_user(cls) -> Proofs:
        """Those in the folder that ISTHMUS_CACHE names, else in the user's cache."""
        named = os.environ.get(VARIABLE)
        if named is not None:
            return cls(Path(named) / "proofs" if named else None)
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        with contextlib.suppress(RuntimeError):  # without a home
            folder = Path(home).expanduser()
            return cls(folder / "isthmus" / "proofs" if folder.is_absolute() else None)
        return cls(None)

    def has(self, bundle: Bundle, engine: str, threads: int) -> bool:
        """Whether the engine, which is started, was proved on this bundle just as it would be now."""
        if self._folder:
            with contextlib.suppress(OSError, ValueError):
                text = _dependences(bundle, engine, threads)
                path = _path(self._folder, text)
                return path.is_file() and path.read_bytes() == text.encode()
        return False

    def add(self, bundle: Bundle, engine: str, threads: int) -> None:
        """Remembers that the engine was proved, if that can be."""
        if self._folder:
            with contextlib.suppress(OSError, ValueError, StorageError):
                text = _dependences(bundle, engine, threads)
                files.write_text(_path(self._folder, text), text)


def _path(folder: Path, text: str) -> Path:
    return folder / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"


def _dependences(bundle: Bundle, engine: str, threads: int) -> str:
    """All that an engine's proof depends on, as JSON in ASCII. Raises OSError where the system doesn't say it."""
    processor = _processor()  # first: a system that doesn't describe it may lack the rest, too
    system, package = os.uname(), ENGINES[engine].package
    return files.json_text(
        {
            "bundle": hashlib.sha256((bundle.folder / ABOUT).read_bytes()).hexdigest(),  # it has that of each file
            "decision": asdict(bundle.decision),
            "engine": engine,
            "threads": [threads, len(os.sched_getaffinity(0))],
            "versions": {name: getattr(sys.modules.get(name), "__version__", "") for name in ("numpy", package)},
            "libraries": [_stamp(path) for path in _libraries(package)],
            "isthmus": [_stamp(path) for path in PROVING],
            "python": sys.version,
            "processor": processor,
            "system": [system.sysname, system.release, system.version, system.machine],
            "environment": {name: value for name, value in sorted(os.environ.items()) if name.startswith(HEEDED)},
        }
    )


def _libraries(package: str) -> list[Path]:
    """The compiled modules of a package that are loaded."""
    modules = [module for name, module in [*sys.modules.items()] if name.partition(".")[0] == package]
    files_of = {str(getattr(module, "__file__", None)) for module in modules}
    return [Path(name) for name in sorted(files_of) if name.endswith(tuple(EXTENSION_SUFFIXES))]


def _stamp(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def _processor() -> list[str]:
    """What the system says of its first processor: model, microcode, instruction sets. Raises OSError."""
    first = PROCESSOR.read_text(encoding="ascii", errors="replace").strip().split("\n\n")[0]
    return [line for line in first.splitlines() if not line.startswith(VARYING)]
