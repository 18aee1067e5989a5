"""The link to a PACS at work: a listener, a reader, and a sender for each way, each in its thread."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from isthmus import files
from isthmus.errors import IsthmusError, UsageError
from isthmus.infer.predictor import Predictor
from isthmus.pacs.dimse import hang_up
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.listener import Talk
from isthmus.pacs.reading import Office
from isthmus.pacs.sending import Destination, Sender

IDLE = 0.5  # seconds between two looks at the queue
TROUBLED = 5.0  # seconds after a look that failed, as of a database that is down
LEAVING = 4.0  # seconds to end what was begun; whatever is cut short is done again next time
LOCK = "pacs.lock"
Work = Callable[[], int]


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds the store for this process. Raises UsageError where another holds it, StorageError where it can't be
    written."""
    place = folder / LOCK
    try:
        lock = place.open("w")
    except OSError as error:
        raise files.refusal(place, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            remedy = "Stop it, or name another --store."
            raise UsageError("another `isthmus pacs` works on this store", where=str(folder), remedy=remedy) from None
        except OSError as error:
            raise files.refusal(place, error) from error
        yield


@contextlib.contextmanager
def working(
    inbox: Inbox, predictor: Predictor, destinations: Sequence[Destination], say: Talk, more: Sequence[Work] = ()
) -> Iterator[None]:
    """Reads what comes into an inbox and sends the answers, for as long as this lasts. ``more`` is other work that is
    done again and again, as to look for new objects; each piece says how much it did."""
    warnings.simplefilter("ignore")  # those of pydicom repeat values of a file
    logging.getLogger("pydicom").addHandler(logging.NullHandler())
    logging.getLogger("pydicom").propagate = False
    pieces: list[Work] = [Office(inbox, predictor, say).work]
    pieces += [Sender(inbox, one, say).work for one in destinations]
    stop = threading.Event()
    threads = [threading.Thread(target=_again, args=(one, stop, say), daemon=True) for one in (*pieces, *more)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        _join(threads, LEAVING)
        hang_up()
        _join(threads, LEAVING)


def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(timeout=max(0.0, end - time.monotonic()))


def _again(work: Work, stop: threading.Event, say: Talk) -> None:
    told = ""
    while not stop.is_set():
        try:
            if not work():
                stop.wait(IDLE)
            told = ""
        except Exception as error:  # of a database that is down, for one: work goes on when it is back
            trouble = str(error) if isinstance(error, IsthmusError) else type(error).__name__
            if trouble != told:
                say(f"in trouble: {trouble}")
            told = trouble
            stop.wait(TROUBLED)
