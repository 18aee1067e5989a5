"""Answers on their way back, again and again until they have arrived."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from isthmus.pacs.inbox import Inbox
from isthmus.pacs.listener import Talk
from isthmus.pacs.queue import FAILED, READ, RECEIVED, SENT, Entry

REPORT = "report.dcm"
LONGEST_DOWN = 60.0  # seconds between two attempts to reach a destination
LONGEST_REFUSED = 600.0  # seconds between two offers of an answer that the destination refuses


class UnreachableError(Exception):
    """The destination can't be reached, or doesn't talk to us; it says why."""


class RefusedError(Exception):
    """The destination was reached and didn't take an answer; it says why."""


class Destination(Protocol):
    """Where answers go."""

    @property
    def origin(self) -> str:
        """The way on which the pictures came that it answers."""

    def deliver(self, answers: Sequence[Sequence[Path]]) -> Iterator[str | RefusedError]:
        """Sends the files of each answer; gives of each what was left out, "" for nothing, or why it was refused.

        Raises UnreachableError. What was sent before is sent again in vain: it has the same UID.
        """


@dataclass
class Sender:
    """Sends what was read to one destination. It is used by one thread."""

    inbox: Inbox
    destination: Destination
    say: Talk
    _failures: int = field(default=0, init=False)
    _not_before: float = field(default=0.0, init=False)

    def work(self) -> int:
        """Sends what is due; gives how many answers have arrived."""
        if time.monotonic() < self._not_before:
            return 0
        queue = self.inbox.queue
        entries = [one for one in queue.due(READ, self.destination.origin) if self._is_whole(one)]
        if not entries:
            return 0
        arrived = 0
        try:
            outcomes = self.destination.deliver([self._files(one) for one in entries])
            for entry, outcome in zip(entries, outcomes, strict=True):
                arrived += self._settle(entry, outcome)
            self._failures = 0
        except UnreachableError as error:
            self._failures = 0 if arrived else self._failures
            pause = pause_after(self._failures, LONGEST_DOWN)
            self._failures += 1
            self._not_before = time.monotonic() + pause
            queue.postpone([one.uid for one in entries], 0, f"the destination can't be reached: {error}")
            self.say(f"the destination can't be reached ({error}); tried again in {pause:g} s")
        return arrived

    def _files(self, entry: Entry) -> list[Path]:
        # The report is first: what else can't be sent is left out, and it can't.
        files = sorted(self.inbox.answers(entry.answers).glob("*.dcm"))
        return sorted(files, key=lambda path: path.name != REPORT)

    def _is_whole(self, entry: Entry) -> bool:
        """Whether the answer is there; one that somebody deleted is made anew."""
        if (self.inbox.answers(entry.answers) / REPORT).is_file():
            return True
        there = self.inbox.place(entry.uid).is_file()
        self.inbox.queue.move(entry, RECEIVED if there else FAILED, note="" if there else "its files were deleted")
        return False

    def _settle(self, entry: Entry, outcome: str | RefusedError) -> bool:
        if isinstance(outcome, RefusedError):
            pause = pause_after(entry.tries, LONGEST_REFUSED)
            self.inbox.queue.postpone([entry.uid], pause, f"the destination refuses it: {outcome}")
            self.say(f"{entry.uid}: the destination refuses its answer ({outcome}); offered again in {pause:g} s")
            return False
        if self.inbox.queue.move(entry, SENT, note=outcome):
            self.inbox.discard(entry.uid, entry.answers)
            self.say(f"{entry.uid}: answered" + (f"; {outcome}" if outcome else ""))
        return True


def pause_after(failures: int, longest: float) -> float:
    """Seconds to wait after so many failures before.

    >>> [pause_after(count, 60) for count in (0, 1, 2, 5, 6, 5000)]
    [1.0, 2.0, 4.0, 32.0, 60.0, 60.0]
    """
    return float(min(2.0 ** min(failures, 20), longest))
