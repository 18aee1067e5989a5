"""Signing in with a password, on the page or by HTTP Basic: checked off the event loop, and not tried for ever."""

from __future__ import annotations

import base64
import binascii
import hmac
import math
import time
from collections import OrderedDict

from isthmus.errors import UsageError
from isthmus.serve.login.attempts import Attempts, origin_of
from isthmus.serve.login.sessions import Sessions, secret_of
from isthmus.serve.login.users import Users, plain
from isthmus.serve.pool import Pool
from isthmus.serve.refusals import HttpError
from isthmus.serve.store import Store

MINUTES = 15
OF_ONE_NAME, OF_ONE_ADDRESS, OF_ONE_NAME_ANYWHERE = 5, 20, 100  # attempts within MINUTES
REMEMBERED, REMEMBERED_SECONDS = 1000, 300.0  # passwords of HTTP Basic, which come with every request
WRONG = "the name or the password is wrong"


class Login:
    """Who is who. A password is hashed one at a time, with a few in line, as each takes 64 MiB."""

    def __init__(self, store: Store) -> None:
        self.store, self.users = store, Users(store.engine)
        self._secret = secret_of(store.folder)
        self.sessions = Sessions(store.engine, self.users, self._secret)
        self._pool = Pool(1, 20, 20.0)
        self._limits = (
            (Attempts(OF_ONE_NAME, 60 * MINUTES), lambda name, origin: (name, origin)),
            (Attempts(OF_ONE_ADDRESS, 60 * MINUTES), lambda _name, origin: origin),
            (Attempts(OF_ONE_NAME_ANYWHERE, 60 * MINUTES), lambda name, _origin: name),
        )
        self._remembered: OrderedDict[bytes, tuple[str, str, float]] = OrderedDict()

    async def by_password(self, name: str, password: str, address: str) -> str:
        """The name of the user whose password it is. Raises HttpError: 401, 429 after too many, 503."""
        try:
            name = plain(name)
        except UsageError:
            raise HttpError(401, WRONG, remedy="Try again.") from None
        keys = [(attempts, key(name, origin_of(address))) for attempts, key in self._limits]
        wait = max(attempts.begin(key) for attempts, key in keys)
        if wait > 0:
            what = f"too many attempts: the next one is in {math.ceil(wait / 60)} min"
            raise HttpError(429, what, remedy="Wait, or ask who runs this service for another password.", after=wait)
        if not await self._pool.run(self.users.knows, name, password):
            known = await self._pool.run(self.users.stamp, name)
            await self._pool.run(self.store.note, "sign-in refused", name if known else "somebody")
            raise HttpError(401, WRONG, remedy="Try again.")
        for attempts, key in keys:
            attempts.clear(key)
        return name

    async def by_basic(self, header: str, address: str) -> str:
        """The name of the user of HTTP Basic. Raises HttpError: 401, 429, 503."""
        mark = hmac.digest(self._secret, header.encode(), "sha256")
        known = self._remembered.get(mark)
        if known and known[2] > time.monotonic() and known[1] == self.users.stamp(known[0]):
            return known[0]
        try:
            name, colon, password = base64.b64decode(header.split(" ", 1)[1], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, IndexError):
            name, colon, password = "", "", ""
        if not colon:
            raise HttpError(401, "no name and password in Authorization", remedy="Give both by HTTP Basic.")
        name = await self.by_password(name, password, address)
        self._remembered[mark] = (name, self.users.stamp(name) or "", time.monotonic() + REMEMBERED_SECONDS)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return name

    def close(self) -> None:
        """Lets the last password be hashed."""
        self._pool.close()
