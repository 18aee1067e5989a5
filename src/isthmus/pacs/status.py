"""What waits, what was sent, and what failed and why: for a person and for a program that watches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from isthmus.nodule import DISCLAIMER
from isthmus.pacs.listener import DIMSE
from isthmus.pacs.queue import FAILED, READ, RECEIVED, WAITING, Entry, Queue
from isthmus.pacs.stow import DICOMWEB

MOST = 1000  # objects that are listed


def status_of(queue: Queue) -> dict[str, Any]:
    """How many objects are in each state, and each that isn't done, by its SOP instance UID: since when it is in its
    state, why, and when it is tried again."""
    on_their_way = queue.entries((RECEIVED, WAITING, READ, FAILED), MOST)
    return {
        "counts": queue.counts(),
        "objects": [_as_json(entry) for entry in on_their_way],
        "disclaimer": DISCLAIMER,
    }


def _as_json(entry: Entry) -> dict[str, Any]:
    later = datetime.fromtimestamp(entry.due, UTC).isoformat(timespec="seconds")
    return {
        "uid": entry.uid,
        "state": entry.state,
        "note": entry.note or None,
        "origin": entry.origin,
        "received": entry.received,
        "since": entry.changed,
        "tries": entry.tries,
        "next_try": later if entry.state == READ and entry.note else None,
    }


def unsent(queue: Queue, origins: Collection[str]) -> list[str]:
    """What has to be said where there is no destination for what came on one of both ways."""
    lines = []
    for origin, option in ((DIMSE, "--send"), (DICOMWEB, "--dicomweb")):
        if origin in origins:
            continue
        held = sum(one.origin == origin for one in queue.entries((READ,), MOST))
        if held:
            lines.append(f"answers wait for {option}, which isn't given: {held}")
        elif origin == DIMSE:
            lines.append("what comes by C-STORE is read, and its answers wait until --send is given")
    return lines


def line_of(told: Mapping[str, Any]) -> str:
    """What ``status_of`` tells of an object, for a person."""
    line = f"{told['uid']}: {told['state']} since {told['since'][:19]}Z"
    if told["note"]:
        line += f": {told['note']}"
    return line + (f" (tried again at {told['next_try'][:19]}Z)" if told["next_try"] else "")
