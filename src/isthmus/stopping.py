"""Ctrl-C, whenever it comes: one line on stderr and exit code 130, never a traceback."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import NoReturn

CODE = 130
LINE = b"isthmus: stopped.\n"


class Stopping:
    """Notes whether Ctrl-C came. The first raises KeyboardInterrupt, so that what is under way is put in order.

    Until ``begun`` and from ``over`` on, and by the second, the process ends at once: an import would survive the
    exception or turn it into another, and what waits for threads at the end would print it.
    """

    def __init__(self) -> None:
        self.came = False
        self.waits = False
        ignored = signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, None)  # by nohup, or a shell's &
        if not ignored and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._stop)

    def begun(self) -> None:
        """From now on something is under way."""
        self.waits = True

    def over(self) -> None:
        """Everything is in order; the process may end."""
        self.waits = False

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.came or not self.waits:
            at_once()
        self.came = True
        raise KeyboardInterrupt


def at_once() -> NoReturn:
    """Says that it was stopped, and ends the process."""
    os.write(2, LINE)
    os._exit(CODE)
