"""Answers on their way back, again and again until they have arrived."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from isthmus.pacs.inbox import Inbox
from isthmus.pacs.listener import Talk
from isthmus.pacs.queue import FAILED, READ, RECEIVED, SENT, Entry

REPORT = "report.dcm"
LONGEST_DOWN = 60.0  # seconds between two attempts to reach a destination
LONGEST_REFUSED = 600.0  # seconds between two offers of an answer that the destination refuses
AGAIN = "offered again by `isthmus pacs --again`"


class UnreachableError(Exception):
    """The destination can't be reached, or stopped talking to us; it says why.

    Args:
        why: for a person.
        reached: whether it had talked to us before; then the answer that was being sent may be what it stumbles over.
        wait: seconds that it asked to be left alone.
    """

    def __init__(self, why: str, *, reached: bool = False, wait: float = 0.0) -> None:
        super().__init__(why)
        self.reached, self.wait = reached, wait


class RefusedError(Exception):
    """The destination was reached and didn't take an answer; it says why. ``hopeless``: nor will it take it later."""

    def __init__(self, why: str, *, hopeless: bool = False) -> None:
        super().__init__(why)
        self.hopeless = hopeless


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
    """Sends what was read to one destination. It is used by one thread. ``clock``: seconds, which never go back."""

    inbox: Inbox
    destination: Destination
    say: Talk
    clock: Callable[[], float] = time.monotonic
    _failures: int = field(default=0, init=False)
    _not_before: float = field(default=0.0, init=False)
    _trouble: str = field(default="", init=False)
    _unrecorded: list[tuple[Entry, str | RefusedError]] = field(default_factory=list, init=False)

    def work(self) -> int:
        """Sends what is due; gives how many answers have arrived."""
        if self.clock() < self._not_before:
            return 0
        arrived = self._record()
        due = self.inbox.queue.due(READ, self.destination.origin)
        entries = [one for one in due if self._is_whole(one)]
        settled = 0
        try:
            outcomes = self.destination.deliver([self._files(one) for one in entries]) if entries else ()
            for entry, outcome in zip(entries, outcomes, strict=True):
                self._reached()
                settled += 1
                self._unrecorded.append((entry, outcome))
                arrived += self._record()
        except UnreachableError as error:
            self._put_off(entries[settled], error)
        return arrived

    def _record(self) -> int:
        """Records what became of answers; gives how many have arrived. What the database has no room for now isn't
        sent anew, but recorded when it has."""
        arrived = 0
        while self._unrecorded:
            arrived += self._settle(*self._unrecorded[0])
            del self._unrecorded[0]
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

    def _reached(self) -> None:
        if self._trouble:
            self.say("the destination is reached again")
        self._failures, self._trouble = 0, ""

    def _put_off(self, entry: Entry, error: UnreachableError) -> None:
        """Leaves the destination alone for a while, and says so once. Who had talked to us and stopped at ``entry``
        gets others before it next time: it may be this one that it can't bear."""
        pause = min(max(pause_after(self._failures, LONGEST_DOWN), error.wait), LONGEST_REFUSED)
        self._failures += 1
        note = f"the destination can't be reached: {error}"
        self.inbox.queue.hold(self.destination.origin, pause, note)
        if error.reached:
            longer = pause_after(entry.tries + 1, LONGEST_DOWN)
            self.inbox.queue.postpone([entry.uid], pause + longer, f"the destination stopped talking: {error}")
        self._not_before = self.clock() + pause
        if note != self._trouble:
            self.say(
                f"the destination can't be reached ({error}); tried again in {pause:g} s, then at longer intervals"
            )
        self._trouble = note

    def _settle(self, entry: Entry, outcome: str | RefusedError) -> bool:
        queue = self.inbox.queue
        if isinstance(outcome, RefusedError):
            note = f"the destination refuses it: {outcome}"
            if outcome.hopeless:
                queue.move(entry, FAILED, note=f"{note}; {AGAIN}")
                self.say(f"{entry.uid}: the destination refuses its answer ({outcome}); {AGAIN}")
                return False
            pause = pause_after(entry.tries, LONGEST_REFUSED)
            queue.postpone([entry.uid], pause, note)
            if note != entry.note:
                self.say(f"{entry.uid}: the destination refuses its answer ({outcome}); offered again in {pause:g} s")
            return False
        if queue.move(entry, SENT, note=outcome):
            self.inbox.discard(entry.uid, entry.answers)
            self.say(f"{entry.uid}: answered" + (f"; {outcome}" if outcome else ""))
        return True


def pause_after(failures: int, longest: float) -> float:
    """Seconds to wait after so many failures before.

    >>> [pause_after(count, 60) for count in (0, 1, 2, 5, 6, 5000)]
    [1.0, 2.0, 4.0, 32.0, 60.0, 60.0]
    """
    return float(min(2.0 ** min(failures, 20), longest))
