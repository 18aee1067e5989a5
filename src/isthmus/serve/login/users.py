"""Who may sign in: names, and the argon2 hashes of their passwords, in the store's database."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from datetime import UTC, datetime
from functools import cached_property

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Column, Engine, MetaData, String, Table, select

from isthmus.errors import UsageError
from isthmus.text import printable

META = MetaData()
USERS = Table(
    "users",
    META,
    Column("name", String, primary_key=True),
    Column("hash", String, nullable=False),
    Column("added", String, nullable=False),
)
SHORTEST, LONGEST = 12, 1000  # characters of a password
LONGEST_NAME = 100


class Users:
    """The users of a store. Every method may run in many threads, and processes, at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hasher = PasswordHash((Argon2Hasher(),))
        META.create_all(engine)

    def add(self, name: str, password: str) -> bool:
        """Adds a user, or gives one another password, which ends the sessions of before; gives whether it is a new one.
        Raises UsageError for a name or a password that can't be."""
        name = plain(name)
        if not SHORTEST <= len(password) <= LONGEST:
            remedy = f"Take {SHORTEST} characters or more, such as four words."
            raise UsageError(f"a password of {len(password)} characters", where=name, remedy=remedy)
        values = {"hash": self._hasher.hash(password), "added": datetime.now(UTC).isoformat()}
        with self._engine.begin() as connection:
            changed = connection.execute(USERS.update().where(USERS.c.name == name).values(**values)).rowcount
            if not changed:
                connection.execute(USERS.insert().values(name=name, **values))
        return not changed

    def remove(self, name: str) -> None:
        """Removes a user, whose sessions end with it; readings stay. Raises UsageError where there is no such one."""
        with self._engine.begin() as connection:
            if not connection.execute(USERS.delete().where(USERS.c.name == plain(name))).rowcount:
                there = ", ".join(self.names()) or "none"
                raise UsageError(f"no user {printable(name)!r}", remedy=f"There are: {there}.")

    def names(self) -> tuple[str, ...]:
        """All users, in order."""
        with self._engine.connect() as connection:
            return tuple(name for (name,) in connection.execute(select(USERS.c.name).order_by(USERS.c.name)))

    def stamp(self, name: str) -> str | None:
        """What changes with a user's password, None where there is no such user. It tells nothing of the password."""
        found = self._hash(name)
        return None if found is None else hashlib.sha256(found.encode()).hexdigest()[:16]

    def knows(self, name: str, password: str) -> bool:
        """Whether that is the user's password. It takes as long for a name that nobody has."""
        found = self._hash(name)
        try:
            right = self._hasher.verify(password[: LONGEST + 1], found or self._nobody)
        except UnknownHashError:
            return False
        return right and found is not None

    def _hash(self, name: str) -> str | None:
        with self._engine.connect() as connection:
            found: str | None = connection.execute(select(USERS.c.hash).where(USERS.c.name == name)).scalar()
        return found

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_hex())


def plain(name: str) -> str:
    """A user's name without spaces round it, in one form of Unicode. Raises UsageError for one that can't be.

    >>> plain(" Ada ")
    'Ada'
    """
    made = unicodedata.normalize("NFC", name.strip())
    if not 1 <= len(made) <= LONGEST_NAME or not made.isprintable() or ":" in made:
        what = f"{printable(name)!r} can't be a user's name"
        raise UsageError(what, remedy=f"Take 1 to {LONGEST_NAME} printable characters, no colon among them.")
    return made
