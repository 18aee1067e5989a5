"""The work that outlives the program: a row for each object, by its SOP instance UID, and the steps that it has taken.

SQLite or PostgreSQL. It holds no name of a patient or of a file.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, or_, select
from sqlalchemy import func as sql
from sqlalchemy.dialects import postgresql, sqlite

from isthmus import files
from isthmus.errors import StorageError, UsageError
from isthmus.pacs.database import DATABASE, opened_database, transaction
from isthmus.pacs.marks import FrameMark, as_text, from_text, joined

# The steps of a picture. EXPECTED: regions of it are here, and it isn't.
EXPECTED, RECEIVED, WAITING, READ, SENT, FAILED = "expected", "received", "waiting", "read", "sent", "failed"
TAKEN = "taken"  # an object that is no picture: its regions were taken over, or it is an answer of ours
DISMISSED = "dismissed"  # a reader saw nothing to be read: it isn't answered
STATES = (EXPECTED, RECEIVED, WAITING, READ, SENT, DISMISSED, FAILED, TAKEN)

META = MetaData()
OBJECTS = Table(
    "pacs_objects",
    META,
    Column("uid", String(64), primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("origin", String(16), nullable=False),  # dimse or dicomweb: the answer goes the same way
    Column("marks", String, nullable=False, default=""),  # JSON
    Column("answers", String(64), nullable=False, default=""),  # the folder of the answers
    Column("note", String, nullable=False, default=""),  # why it waits or failed
    Column("begun", Integer, nullable=False, default=0),  # how often its reading was begun
    Column("tries", Integer, nullable=False, default=0),  # how often its answers were offered in vain
    Column("due", Float, nullable=False, default=0.0),  # seconds since 1970: not before
    Column("received", String(40), nullable=False, default=""),
    Column("changed", String(40), nullable=False),
)
CONTENTS = Table(
    "pacs_contents",
    META,
    Column("uid", String(64), primary_key=True),
    Column("content", String(160), nullable=False),  # a checksum
)
STORES = Table("pacs_store", META, Column("id", Integer, primary_key=True), Column("store", String(64), nullable=False))
IDENTITY = "pacs.id"  # a file of the store with its name in a database elsewhere
AFTER = "its picture was answered before"
FAR = 3600.0  # seconds: longer than anything is put off


@dataclass(frozen=True)
class Entry:
    """A row: an object and how far it has come. ``marks`` are the regions to be read, ``text`` as they are stored."""

    uid: str
    state: str
    origin: str
    text: str
    answers: str
    note: str
    begun: int
    tries: int
    due: float
    received: str
    changed: str

    @property
    def marks(self) -> tuple[FrameMark, ...]:
        return from_text(self.text)


class Queue:
    """The rows. Every method may run in many threads, and processes, at once, and is one transaction."""

    def __init__(self, folder: Path, url: str = "", clock: Callable[[], float] = time.time) -> None:
        """Opens the queue of a store: SQLite in ``folder``, or the database at ``url``. ``clock``: seconds since 1970.

        Raises StorageError where it is down, locked, damaged or of another version.
        """
        self._engine = opened_database(folder, url, META)
        self._clock = clock

    def claim(self, folder: Path) -> None:
        """Makes a database elsewhere that of this store alone. Raises UsageError where it is another's: the pictures
        of that one aren't here, and would be taken for lost."""
        place = folder / IDENTITY
        if not place.is_file():
            files.write_text(place, uuid.uuid4().hex)
        ours = files.read_text(place, StorageError).strip()
        with transaction(self._engine) as connection:
            connection.execute(_dialect(connection).insert(STORES).values(id=1, store=ours).on_conflict_do_nothing())
            theirs = connection.execute(select(STORES.c.store)).scalar()
        if theirs != ours:
            remedy = "Name that store, or another database."
            raise UsageError("is that of another --store", where="--database", remedy=remedy)

    def close(self) -> None:
        """Closes the database."""
        self._engine.dispose()

    def receive(self, uid: str, origin: str) -> bool:
        """Takes a picture up whose file is in its place; False where it was here before."""
        with transaction(self._engine) as connection:
            if _insert(connection, uid=uid, state=RECEIVED, origin=origin, received=now()):
                return True
            came = {"state": RECEIVED, "origin": origin, "received": now(), "due": self._clock()}
            return _update(connection, uid, (EXPECTED,), **came) == 1

    def take(self, uid: str, origin: str, regions: Mapping[str, Sequence[FrameMark]], settle: float) -> bool:
        """Takes up an object with regions of pictures, each by its UID, which are read ``settle`` seconds later; False
        where it was here before. Regions of a picture that was answered already come too late, and are noted so."""
        with transaction(self._engine) as connection:
            if not _insert(connection, uid=uid, state=TAKEN, origin=origin, received=now()):
                return False
            # Always in the same order, so that two of them never wait for each other.
            due = self._clock() + settle
            late = [not _add(connection, picture, origin, regions[picture], due) for picture in sorted(regions)]
            if any(late):
                _update(connection, uid, STATES, note=AFTER)
            return True

    def refuse(self, uid: str, origin: str, why: str) -> None:
        """Lists an object that isn't read, and why."""
        with transaction(self._engine) as connection:
            _insert(connection, uid=uid, state=FAILED, origin=origin, note=why, received=now())

    def knows(self, uid: str) -> bool:
        """Whether an object was here: of one that is expected only its regions were."""
        found = self.entry(uid)
        return found is not None and found.state != EXPECTED

    def content(self, uid: str) -> str:
        """The checksum by which an object is known again, "" where none is kept."""
        with transaction(self._engine) as connection:
            return connection.execute(select(CONTENTS.c.content).where(CONTENTS.c.uid == uid)).scalar() or ""

    def remember(self, uid: str, content: str) -> None:
        """Keeps the checksum of an object, in place of one that was kept before."""
        with transaction(self._engine) as connection:
            connection.execute(CONTENTS.delete().where(CONTENTS.c.uid == uid))
            connection.execute(CONTENTS.insert().values(uid=uid, content=content))

    def entry(self, uid: str) -> Entry | None:
        """The row of an object, None without."""
        with transaction(self._engine) as connection:
            row = connection.execute(select(OBJECTS).where(OBJECTS.c.uid == uid)).mappings().first()
            return None if row is None else _entry(row)

    def entries(self, states: Iterable[str], most: int = 100) -> list[Entry]:
        """Objects in any of some states, those that came first before others."""
        query = select(OBJECTS).where(OBJECTS.c.state.in_(tuple(states))).order_by(OBJECTS.c.received, OBJECTS.c.uid)
        with transaction(self._engine) as connection:
            return [_entry(row) for row in connection.execute(query.limit(most)).mappings()]

    def due(self, state: str, origin: str | None = None, most: int = 20) -> list[Entry]:
        """Objects in a state whose time has come, also where it is so far off that the clock was set back."""
        at = self._clock()
        query = select(OBJECTS).where(OBJECTS.c.state == state, or_(OBJECTS.c.due <= at, OBJECTS.c.due > at + FAR))
        if origin is not None:
            query = query.where(OBJECTS.c.origin == origin)
        with transaction(self._engine) as connection:
            found = connection.execute(query.order_by(OBJECTS.c.due, OBJECTS.c.uid).limit(most)).mappings()
            return [_entry(row) for row in found]

    def begin(self, entry: Entry) -> Entry:
        """Counts that the reading of an object begins: one that stops the program is not begun for ever."""
        with transaction(self._engine) as connection:
            _update(connection, entry.uid, (RECEIVED,), begun=entry.begun + 1, changed=entry.changed)
        return replace(entry, begun=entry.begun + 1)

    def defer(self, entry: Entry, seconds: float, note: str) -> None:
        """Has a picture read so much later, as if its reading had not begun, and says why."""
        with transaction(self._engine) as connection:
            later = {"begun": entry.begun - 1, "due": self._clock() + seconds, "note": note}
            _update(connection, entry.uid, (RECEIVED,), changed=entry.changed, **later)

    def move(self, entry: Entry, to: str, *, note: str = "", answers: str = "") -> bool:
        """Takes an object a step on, unless its state or its regions have changed since ``entry`` was read; whether
        it did. Of two who answer an object one succeeds."""
        with transaction(self._engine) as connection:
            same = (OBJECTS.c.uid == entry.uid, OBJECTS.c.state == entry.state, OBJECTS.c.marks == entry.text)
            values = {"state": to, "note": note, "changed": now(), "due": self._clock(), "tries": 0}
            if answers:
                values["answers"] = answers
            return bool(connection.execute(OBJECTS.update().where(*same).values(**values)).rowcount)

    def postpone(self, uids: Sequence[str], seconds: float, note: str) -> None:
        """Has answers offered again so much later, and says why."""
        with transaction(self._engine) as connection:
            those = (OBJECTS.c.uid.in_(uids), OBJECTS.c.state == READ)
            later = {"tries": OBJECTS.c.tries + 1, "due": self._clock() + seconds, "note": note}
            connection.execute(OBJECTS.update().where(*those).values(**later))

    def hold(self, origin: str, seconds: float, note: str) -> None:
        """Has all answers that are due on a way offered so much later, as their destination is away, and says why."""
        with transaction(self._engine) as connection:
            at = self._clock()
            those = (OBJECTS.c.state == READ, OBJECTS.c.origin == origin, OBJECTS.c.due <= at)
            connection.execute(OBJECTS.update().where(*those).values(due=at + seconds, note=note))

    def again(self) -> int:
        """Has objects that failed and whose file is kept read again, or offered again what was read of them; gives how
        many. What a reader has drawn and said isn't read anew."""
        with transaction(self._engine) as connection:
            fresh = {"note": "", "begun": 0, "tries": 0, "due": 0.0, "changed": now()}
            kept = (OBJECTS.c.state == FAILED, OBJECTS.c.answers != "")
            offered = connection.execute(OBJECTS.update().where(*kept).values(state=READ, **fresh)).rowcount
            failed = (OBJECTS.c.state == FAILED, OBJECTS.c.begun > 0)
            reread = connection.execute(OBJECTS.update().where(*failed).values(state=RECEIVED, **fresh)).rowcount
            return int(offered + reread)

    def counts(self) -> dict[str, int]:
        """How many objects are in each state."""
        query = select(OBJECTS.c.state, sql.count()).group_by(OBJECTS.c.state)
        with transaction(self._engine) as connection:
            found = {state: int(count) for state, count in connection.execute(query)}
        return {state: found.get(state, 0) for state in STATES}


def opened(folder: Path, url: str = "") -> Queue:
    """The queue of a store that is there. Raises StorageError."""
    if not url and not (folder / DATABASE).is_file():
        raise StorageError("holds no queue", where=str(folder), remedy="Name the folder of `isthmus pacs --store`.")
    return Queue(folder, url)


def now() -> str:
    """The time, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _add(connection: Connection, uid: str, origin: str, marks: Sequence[FrameMark], due: float) -> bool:
    """Adds regions to a picture that is here or is expected; False where it has its answer."""
    _insert(connection, uid=uid, state=EXPECTED, origin=origin)
    found = connection.execute(select(OBJECTS).where(OBJECTS.c.uid == uid).with_for_update()).mappings().one()
    if found["state"] not in (EXPECTED, RECEIVED, WAITING):
        return False
    state = EXPECTED if found["state"] == EXPECTED else RECEIVED
    text = as_text(joined(from_text(found["marks"]), marks))
    _update(connection, uid, STATES, state=state, marks=text, due=due, note="")
    return True


def _insert(connection: Connection, **values: Any) -> bool:
    """Inserts a row; False where there is one of that UID."""
    query = _dialect(connection).insert(OBJECTS).values(changed=now(), **values).on_conflict_do_nothing()
    # PostgreSQL's driver doesn't count the rows of an insertion, so the row itself is asked for.
    return connection.execute(query.returning(OBJECTS.c.uid)).first() is not None


def _dialect(connection: Connection) -> Any:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def _update(connection: Connection, uid: str, states: Sequence[str], **values: Any) -> int:
    those = (OBJECTS.c.uid == uid, OBJECTS.c.state.in_(states))
    return connection.execute(OBJECTS.update().where(*those).values({"changed": now(), **values})).rowcount


def _entry(row: Mapping[Any, Any]) -> Entry:
    values = dict(row)
    return Entry(text=values.pop("marks"), **values)
