"""`isthmus serve` as a process of its own, started and stopped."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from isthmus.models.names import DEFAULT_MODEL

ADDRESS = re.compile(r"http://[\w.]+:(\d+)/")


class Running:
    """The service of a model on a port of this machine; ``restart`` keeps the port."""

    def __init__(self, model: str = DEFAULT_MODEL, options: Sequence[str] = ()) -> None:
        self._model, self._options, self.port = model, options, 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        command = [sys.executable, "-m", "isthmus", "serve", "--port", str(self.port), "--model", self._model]
        self._process = subprocess.Popen([*command, *self._options], stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if found := ADDRESS.search(line):
                self.port = int(found[1])
                return
        raise AssertionError("".join(said))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> str:
        """Stops it; gives what it wrote on stderr since it stood."""
        self._process.send_signal(how)
        self._process.wait(20)
        assert self._process.stderr is not None
        with self._process.stderr as written:
            return written.read()

    def restart(self) -> None:
        self.stop()
        time.sleep(0.1)
        self.start()
