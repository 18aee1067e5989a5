"""What outlives the service: readers' own readings, every change of them, the pictures read, and who did what.

SQLite in the folder that --store names. It holds no name of a patient or of a file.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, create_engine, event, select
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from isthmus import files
from isthmus.errors import StorageError
from isthmus.serve.refusals import HttpError

META = MetaData()
MODEL = ("model", "checksum")
READS = Table(
    "reads",
    META,
    Column("id", String, primary_key=True),
    Column("key", String, unique=True, nullable=False),  # the page's: sent twice, it is saved once
    Column("reader", String, nullable=False),
    Column("picture", String, nullable=False, index=True),
    Column("frame", Integer, nullable=False),
    Column("drawn", String, nullable=False),  # JSON
    Column("own", String, nullable=False),  # JSON; what was saved first, and never changed
    *(Column(name, String, nullable=False) for name in ("saved", *MODEL)),
    Column("answer", String),  # JSON, and when it was shown
    Column("shown", String),
)
CHANGES = Table(
    "changes",
    META,
    Column("id", Integer, primary_key=True),
    Column("read", String, nullable=False, index=True),
    Column("number", Integer, nullable=False),
    *(Column(name, String, nullable=False) for name in ("reader", "at", "reason", "own")),
)
EVENTS = Table(
    "events",
    META,
    Column("id", Integer, primary_key=True),
    *(Column(name, String, nullable=False) for name in ("at", "reader", "action", "picture", "read", *MODEL)),
)
DATABASE, PICTURES = "readings.sqlite", "pictures"
LOST_SECONDS = 3600  # after which a picture that no reading names was left by a kill
OURS = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\..+")  # a picture's name, and that of one that isn't whole
VERSION = 1  # of the tables, as PRAGMA user_version; 0 is that of stores from before it was written


@dataclass(frozen=True)
class Read:
    """A reader's own reading of one picture, to be saved before the model's is shown."""

    key: str
    reader: str
    picture: str
    frame: int
    drawn: Mapping[str, Any]
    own: Mapping[str, Any]
    model: str
    checksum: str


class Store:
    """Readings in a folder. Every method may run in many threads, and processes, at once."""

    def __init__(self, folder: Path) -> None:
        is_new = not folder.exists()
        files.make_folder(folder)
        self.folder, self._pictures = folder, folder / PICTURES
        files.make_folder(self._pictures)
        if is_new or not (folder / DATABASE).exists():
            _close_to_others(folder, is_new)
        self.engine = self._engine = create_engine(f"sqlite:///{folder / DATABASE}", connect_args={"timeout": 30})
        self._saving = threading.Lock()
        event.listen(self._engine, "connect", _prepared)
        try:
            _refuse_newer(self._engine, folder)
            META.create_all(self._engine)
            self._sweep()
        except DBAPIError as error:
            raise StorageError(f"can't be opened ({error.orig})", where=str(folder), remedy="Name another.") from None

    def close(self) -> None:
        """Closes the database."""
        self._engine.dispose()

    def save(self, read: Read, content: bytes | None, late: bool = False) -> tuple[dict[str, Any], bool]:
        """Saves a reading, and locks it; gives it and whether it is new. The same key again gives what was saved.
        ``late``: the reader had seen the model's before, which then counts as shown when this is saved."""
        with self._saving:
            try:
                return self._save(read, content, late)
            except (SQLAlchemyError, StorageError):
                if not self.readers(read.picture):  # what isn't saved leaves no picture either
                    self._path(read.picture).unlink(missing_ok=True)
                raise

    def _save(self, read: Read, content: bytes | None, late: bool) -> tuple[dict[str, Any], bool]:
        values = {name: getattr(read, name) for name in Read.__dataclass_fields__}
        values |= {"drawn": json.dumps(read.drawn), "own": json.dumps(read.own)}
        try:
            with self._engine.begin() as connection:
                made = values | {"id": uuid.uuid4().hex, "saved": now()}
                made |= {"shown": made["saved"]} if late else {}
                connection.execute(READS.insert().values(**made))  # from here on nobody else writes, so that
                self._keep(read.picture, content)  # a case that is deleted at this moment takes no picture along
                _note(connection, "saved", made)
                return _as_json(connection, made["id"]), True
        except IntegrityError:
            with self._engine.connect() as connection:
                known = connection.execute(select(READS.c.id, READS.c.reader).where(READS.c.key == read.key)).first()
                if known is None:
                    raise
                if known.reader != read.reader:
                    raise HttpError(409, "this key is another reader's", where="key") from None
                return _as_json(connection, known.id), False

    def _keep(self, picture: str, content: bytes | None) -> None:
        if content is not None and not self._path(picture).exists():
            with files.whole_file(self._path(picture)) as temporary:
                temporary.write_bytes(content)

    def change(self, name: str, reader: str, number: int, own: Mapping[str, Any], reason: str) -> dict[str, Any]:
        """Adds change ``number`` to a reading, whose first version stays. Raises HttpError: 403 for another reader's,
        404, and 409 where another tab changed it meanwhile."""
        with self._engine.begin() as connection:
            row = _row(connection, name)
            if row["reader"] != reader:
                raise HttpError(403, "this reading is another reader's")
            made = {"read": name, "reader": reader, "at": now(), "reason": reason, "own": json.dumps(own)}
            if number != 1 + len(_changes(connection, name)):
                raise HttpError(409, "it was changed meanwhile", remedy="Look at it again, then change it.")
            connection.execute(CHANGES.insert().values(number=number, **made))
            _note(connection, "changed", row)
            return _as_json(connection, name)

    def show(self, name: str, answer: Mapping[str, Any]) -> None:
        """Remembers that the model's answer was shown to the reader of a reading, the first one and when."""
        with self._engine.begin() as connection:
            row = _row(connection, name)
            if row["answer"] is None:
                shown = {"answer": json.dumps(answer), "shown": row["shown"] or now()}
                connection.execute(READS.update().where(READS.c.id == name).values(**shown))
                _note(connection, "shown", row)

    def read(self, name: str) -> dict[str, Any]:
        """A reading with its changes. Raises HttpError (404)."""
        with self._engine.connect() as connection:
            return _as_json(connection, name)

    def reads(self, reader: str) -> list[dict[str, Any]]:
        """The readings of one reader, the latest first."""
        with self._engine.connect() as connection:
            query = select(READS.c.id).where(READS.c.reader == reader).order_by(READS.c.saved.desc())
            return [_as_json(connection, name) for (name,) in connection.execute(query).all()]

    def readers(self, picture: str) -> set[str]:
        """Who has read a picture."""
        with self._engine.connect() as connection:
            query = select(READS.c.reader).where(READS.c.picture == picture)
            return {reader for (reader,) in connection.execute(query)}

    def picture(self, name: str) -> bytes | None:
        """The bytes of a picture that was read, None without."""
        path = self._path(name)
        return path.read_bytes() if path.is_file() else None

    def forget(self, picture: str, reader: str) -> int:
        """Deletes a case whole: the picture, its readings, their changes. Gives how many readings there were.

        The picture goes before this is committed: if it is stopped midway, the readings still say that it has to be
        done again.
        """
        path = self._path(picture)
        with self._engine.begin() as connection:
            blank = {"picture": picture, "id": "", "model": "", "checksum": "", "reader": reader}
            _note(connection, "deleted", blank)  # first, as from a writing statement on nobody else writes
            these = select(READS.c.id).where(READS.c.picture == picture)
            connection.execute(CHANGES.delete().where(CHANGES.c.read.in_(these)))
            count = connection.execute(READS.delete().where(READS.c.picture == picture)).rowcount
            path.unlink(missing_ok=True)
        return count

    def forget_before(self, days: int) -> int:
        """Deletes every case whose latest reading is older than so many days; gives how many cases."""
        limit = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        with self._engine.connect() as connection:
            saved = connection.execute(select(READS.c.picture, READS.c.saved)).all()
        latest: dict[str, str] = {}
        for picture, at in saved:
            latest[picture] = max(at, latest.get(picture, ""))
        old = [picture for picture, at in latest.items() if at < limit]
        for picture in old:
            self.forget(picture, "retention")
        return len(old)

    def note(self, action: str, reader: str, picture: str = "", model: str = "", checksum: str = "") -> None:
        """Adds a line to the log: who did what with which picture, by which model."""
        with self._engine.begin() as connection:
            row = {"reader": reader, "picture": picture, "model": model, "checksum": checksum, "id": ""}
            _note(connection, action, row)

    def events(self) -> list[dict[str, Any]]:
        """Who did what with which model, in order."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(EVENTS).order_by(EVENTS.c.id)).mappings()]

    def _sweep(self) -> None:
        """Deletes what a kill has left: pictures that no reading names, and files that weren't whole."""
        old = time.time() - LOST_SECONDS
        for path in self._pictures.iterdir():
            if not OURS.fullmatch(path.name):
                continue  # the folder may have been somebody's before
            if path.stat().st_mtime < old and (path.name.startswith(".") or not self.readers(path.name)):
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not (len(name) == 64 and name.isalnum()):
            raise HttpError(404, "there is no such picture")
        return self._pictures / name


def opened(folder: Path) -> Store:
    """The store in a folder that holds one. Raises StorageError."""
    if not (folder / DATABASE).is_file():
        raise StorageError("holds no readings", where=str(folder), remedy="Name the folder of `isthmus serve --store`.")
    return Store(folder)


def now() -> str:
    """The time, in UTC."""
    return datetime.now(UTC).isoformat()


def _prepared(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # of a case that is deleted nothing stays in free pages


def _close_to_others(folder: Path, is_new: bool) -> None:
    """Lets only its owner into what the store is kept in; a folder that has been somebody's keeps its own mode."""
    if is_new or {path.name for path in folder.iterdir()} <= {PICTURES}:
        folder.chmod(0o700)
    (folder / PICTURES).chmod(0o700)
    (folder / DATABASE).touch(0o600)


def _refuse_newer(engine: Engine, folder: Path) -> None:
    """Raises StorageError for tables of a later version, whose columns aren't known here."""
    with engine.connect() as connection:
        found = int(connection.exec_driver_sql("PRAGMA user_version").scalar() or 0)
        if found > VERSION:
            what = f"was made by a newer isthmus (version {found} of its tables, {VERSION} is known here)"
            raise StorageError(what, where=str(folder), remedy="Use that isthmus, or name another folder.")
        if found < VERSION:
            connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _row(connection: Connection, name: str) -> Mapping[str, Any]:
    row = connection.execute(select(READS).where(READS.c.id == name)).mappings().first()
    if row is None:
        raise HttpError(404, "there is no such reading")
    return dict(row)


def _changes(connection: Connection, name: str) -> list[dict[str, Any]]:
    query = select(CHANGES).where(CHANGES.c.read == name).order_by(CHANGES.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def _as_json(connection: Connection, name: str) -> dict[str, Any]:
    row = dict(_row(connection, name))
    for field in ("drawn", "own", "answer"):
        row[field] = None if row[field] is None else json.loads(row[field])
    changes = [
        {field: one[field] for field in ("number", "reader", "at", "reason")} | {"own": json.loads(one["own"])}
        for one in _changes(connection, name)
    ]
    return row | {"changes": changes, "late": row["shown"] is not None and row["shown"] <= row["saved"]}


def _note(connection: Connection, action: str, row: Mapping[str, Any]) -> None:
    values = {field: row[field] for field in ("reader", "picture", "model", "checksum")}
    connection.execute(EVENTS.insert().values(at=now(), action=action, read=row["id"], **values))
