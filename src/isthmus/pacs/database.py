"""The database of the queue: SQLite in the store, or PostgreSQL by URL. Its errors are told as StorageError."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from isthmus import files
from isthmus.errors import StorageError, UsageError

DATABASE = "pacs.sqlite"
BUSY = 30.0  # seconds that are waited for another process that writes
CONNECTING = 10  # seconds
# What SQLAlchemy raises, and sqlite3 itself while a connection is prepared.
ERRORS = (DBAPIError, NoConnectionError, sqlite3.Error)
OPENED = "Check --store and --database."
USED = "Free some space, or see that the database runs; it is tried again."


def opened_database(folder: Path, url: str, tables: MetaData) -> Engine:
    """The database of a store, with its tables. Raises StorageError, UsageError for what is no URL of one."""
    engine = _engine(folder, url)
    try:
        _create(engine, tables)
        _refuse_damage(engine)
        _refuse_other_versions(engine, tables)
    except ERRORS as error:
        engine.dispose()
        raise StorageError(f"the queue can't be opened ({first_line(error)})", remedy=OPENED) from None
    return engine


@contextlib.contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction. Raises StorageError where the database is down, full or locked: nothing has changed then."""
    try:
        with engine.begin() as connection:
            yield connection
    except ERRORS as error:
        raise StorageError(f"the queue can't be used ({first_line(error)})", remedy=USED) from None


def first_line(error: Exception) -> str:
    """What the database says, without the statement and its values."""
    return (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0]


def _engine(folder: Path, url: str) -> Engine:
    if url:
        try:
            return create_engine(_with_driver(url), pool_pre_ping=True)
        except (ArgumentError, ImportError) as error:
            remedy = "Name it as postgresql://USER@HOST/DATABASE, or leave it out: SQLite then."
            raise UsageError(f"is no database ({first_line(error)})", where="--database", remedy=remedy) from None
    files.make_folder(folder)
    engine = create_engine(f"sqlite:///{folder / DATABASE}", connect_args={"timeout": BUSY, "isolation_level": None})
    event.listen(engine, "connect", _prepared)
    event.listen(engine, "begin", _immediate)
    return engine


def _with_driver(url: str) -> URL:
    """The URL with the driver that the extra `serve` installs. Raises UsageError for what is no PostgreSQL."""
    made = make_url(url)
    if made.get_backend_name() != "postgresql":
        raise UsageError(
            "is no PostgreSQL", where=f"--database {made.drivername}", remedy="SQLite needs no --database."
        )
    made = made.set(drivername="postgresql+psycopg")
    return made if "connect_timeout" in made.query else made.update_query_dict({"connect_timeout": str(CONNECTING)})


def _prepared(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _immediate(connection: Connection) -> None:
    # A transaction that reads first and writes then would be refused, not kept waiting, where another wrote meanwhile.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _create(engine: Engine, tables: MetaData) -> None:
    try:
        tables.create_all(engine)
    except DBAPIError as error:
        if "exist" not in str(error) and "unique" not in str(error):
            raise
        tables.create_all(engine)  # another process made it meanwhile


def _refuse_damage(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        said = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    if said != "ok":
        # Whoever deletes it loses what the pictures of the store have come to.
        remedy = f"Keep a copy of it, and mend it with `sqlite3 {DATABASE} .recover`."
        raise StorageError("the queue is damaged", where=DATABASE, remedy=remedy)


def _refuse_other_versions(engine: Engine, tables: MetaData) -> None:
    """Raises StorageError for tables with other columns than ours."""
    seen = inspect(engine)
    for table in tables.sorted_tables:
        there, ours = {str(column["name"]) for column in seen.get_columns(table.name)}, set(table.columns.keys())
        if there != ours:
            version = "a newer" if there - ours else "an older"
            remedy = "Use that version, or name another --store."
            raise StorageError(f"the queue was made by {version} isthmus", where=table.name, remedy=remedy)
