"""The default engine, started in a thread while its bundle is being opened: neither waits for the other."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from pathlib import Path

from isthmus.bundle_files import ABOUT, LARGEST, ONNX
from isthmus.runtime.kinds import DEFAULT, Engine
from isthmus.runtime.start import is_installed, library, start


class Ahead:
    """Gives engines as ``start`` does, and has been starting one since it was made.

    That one is the default engine, on a file with the checksum that its bundle states: ``open_engine`` refuses or
    proves it like any other. What can't be started ahead is started when it is called for, and fails then.
    """

    def __init__(self, folder: Path, name: str, threads: int) -> None:
        self._call = (name, folder / ONNX, threads)
        self._started: list[Engine] = []
        self._thread = threading.Thread(target=self._start, name="ahead")
        if name == DEFAULT and is_installed(name):
            library(name)  # not in the thread: of two that import at once, each waits for the other
            self._thread.start()

    def __call__(self, name: str, path: Path, threads: int) -> Engine:
        """The engine called ``name`` on the ONNX file ``path``. Raises what ``start`` raises."""
        if self._thread.is_alive():
            self._thread.join()
        if self._started and self._call == (name, path, threads):
            return self._started.pop()
        return start(name, path, threads)

    def _start(self) -> None:
        _, path, _ = self._call
        with contextlib.suppress(Exception):  # it is started again, and what raised this is raised there
            if _is_stated(path, path.with_name(ABOUT)):
                self._started.append(start(*self._call))


def _is_stated(path: Path, about: Path) -> bool:
    """Whether a file has the checksum that a bundle's description states. Raises anything where that is none."""
    if not (path.is_file() and about.is_file() and about.stat().st_size <= LARGEST):  # a pipe would be waited for
        return False
    # At one go: after each piece of the file this thread would wait for the one that imports.
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    return bool(json.loads(about.read_bytes())["files"][path.name] == actual)
