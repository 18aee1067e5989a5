"""`isthmus pacs` as a process of its own, which may be stopped and killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from make.orthanc import free_port, wait_for

STARTS = 120.0  # seconds, on a busy machine
LISTENS = re.compile(r"listens on .*:(\d+)")


@dataclass
class Link:
    """A process that works on ``store`` and sends to a port of this machine; ``log`` has all that it printed."""

    store: Path
    log: Path
    to: int
    port: int = 0
    more: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = self.port or free_port()

    @property
    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def start(self, listens: bool = True) -> None:
        """Starts it, and waits until it ``listens``."""
        before = len(LISTENS.findall(self.said)) if listens else 0
        way = ["--send", f"PEER@127.0.0.1:{self.to}", "--port", str(self.port), "--store", str(self.store)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "isthmus", "pacs", *way, *self.more], stdout=log, stderr=log, env=environment
            )
        if listens:
            wait_for(lambda: len(LISTENS.findall(self.said)) > before or self._ended(), STARTS, "it doesn't start")
            assert not self._ended(), self.said

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stops or kills it; gives its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Waits until it has ended; gives its exit code."""
        assert self.process is not None
        code = self.process.wait(timeout=STARTS)
        self.process = None
        return code

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


@contextmanager
def linked(folder: Path, to: int, **more: object) -> Iterator[Link]:
    """A process that isn't started yet; it is killed at the end."""
    made = Link(folder / "store", folder / "log", to, **more)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.stop(signal.SIGKILL)
