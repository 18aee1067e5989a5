"""Work off the event loop, so much at once, so much waiting, and none for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from isthmus.serve.refusals import HttpError

Result = TypeVar("Result")
LATER = "Try again in a moment."


class Pool:
    """Threads that do the work of requests: ``threads`` at once, with ``waiting`` more in line."""

    def __init__(self, threads: int, waiting: int, seconds: float) -> None:
        self._threads, self._most, self._seconds = threads, threads + waiting, seconds
        self.pending = 0
        self.open()

    def open(self) -> None:
        """Takes up work, also after it was closed."""
        self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="reading")

    async def run(self, work: Callable[..., Result], *arguments: object) -> Result:
        """What ``work`` gives. Raises HttpError (503) where the line is full, or the work takes too long; what ``work``
        raises."""
        if self.pending >= self._most:
            raise HttpError(503, f"{self.pending} readings are in line already", remedy=LATER)
        self.pending += 1
        future = asyncio.wrap_future(self._executor.submit(work, *arguments))
        future.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(future), self._seconds)
        except TimeoutError:
            raise HttpError(503, f"took more than {self._seconds:g} s", remedy=LATER) from None

    def _done(self, future: asyncio.Future[Result]) -> None:
        self.pending -= 1
        if not future.cancelled():
            future.exception()  # of a request that has gone nobody asks

    def close(self) -> None:
        """Lets what runs finish, and starts nothing more."""
        self._executor.shutdown(wait=True, cancel_futures=True)
