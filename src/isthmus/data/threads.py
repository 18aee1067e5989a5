"""Work in threads, a few pieces ahead of the results: Pillow and OpenCV compute in parallel there."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

AHEAD = 2  # pending pieces for each thread

Made = TypeVar("Made")


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Ahead(Generic[Made]):
    """A context in which threads do the work, and results are taken in the order of the calls of ``give``.

    At most ``AHEAD`` pieces a thread wait at a time. The error of a piece is raised in its turn, by ``give`` or at the
    end; what was not begun by then is dropped. With one thread a piece is done at once.
    """

    def __init__(self, take: Callable[[Made], object], threads: int | None = None) -> None:
        self.threads = threads or cores()
        self._take = take
        self._made: deque[Future[Made]] = deque()
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="ahead") if self.threads > 1 else None

    def give(self, work: Callable[[], Made]) -> None:
        """Has ``work`` done; takes the oldest result where enough are pending."""
        if self._pool is None:
            self._take(work())
            return
        self._made.append(self._pool.submit(work))
        if len(self._made) > AHEAD * self.threads:
            self._take(self._made.popleft().result())

    def finish(self) -> None:
        """Waits for the pending work, and takes its results."""
        while self._made:
            self._take(self._made.popleft().result())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
