"""Sessions: a signed text that names the user and ends by itself; it is worthless after a change of the password."""

from __future__ import annotations

import hashlib
import secrets
import time
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Column, Engine, Float, MetaData, String, Table, select

from isthmus import files
from isthmus.serve.login.users import Users

HOURS = 12
META = MetaData()
ENDED = Table(
    "ended_sessions",
    META,
    Column("session", String, primary_key=True),  # its SHA-256
    Column("until", Float, nullable=False),
)
SECRET = "secret"  # in the store's folder; not in a backup
SECRET_BYTES = 32


class Sessions:
    """Gives sessions out, and says whose one is."""

    def __init__(self, engine: Engine, users: Users, secret: bytes, hours: float = HOURS) -> None:
        self._engine, self._users, self.seconds = engine, users, 3600 * hours
        self._signed = URLSafeSerializer(
            secret, salt="isthmus session", signer_kwargs={"digest_method": hashlib.sha256}
        )
        META.create_all(engine)

    def begin(self, name: str) -> str:
        """A session of a user."""
        about = [name, self._users.stamp(name), time.time() + self.seconds, secrets.token_hex(8)]
        return str(self._signed.dumps(about))

    def user(self, session: str) -> str | None:
        """Whose session it is; None for one that is forged, over, ended, or of before the password was changed."""
        try:
            name, stamp, until, _ = self._signed.loads(session)
        except (BadData, ValueError):
            return None
        if until < time.time() or stamp is None or stamp != self._users.stamp(name) or self._ended(session):
            return None
        return str(name)

    def end(self, session: str) -> None:
        """Ends a session before its time."""
        if self.user(session) is None:
            return
        with self._engine.begin() as connection:
            connection.execute(ENDED.delete().where(ENDED.c.until < time.time()))
            connection.execute(ENDED.insert().values(session=_digest(session), until=time.time() + self.seconds))

    def _ended(self, session: str) -> bool:
        with self._engine.connect() as connection:
            return (
                connection.execute(select(ENDED.c.until).where(ENDED.c.session == _digest(session))).first() is not None
            )


def secret_of(folder: Path) -> bytes:
    """The secret that sessions of a store are signed with, made where there is none. Raises StorageError."""
    path = folder / SECRET
    if path.is_file() and len(found := path.read_bytes()) == SECRET_BYTES:
        return found
    with files.whole_file(path) as temporary:
        temporary.chmod(0o600)
        temporary.write_bytes(made := secrets.token_bytes(SECRET_BYTES))
    return made


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()
