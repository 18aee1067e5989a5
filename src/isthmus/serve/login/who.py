"""Who reads: the user who has signed in; where nobody has to, the name that a request gives."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from isthmus.serve.login.guard import user_of
from isthmus.serve.refusals import HttpError

User = Annotated[str | None, Depends(user_of)]


def named(user: str | None, given: str | None) -> str:
    """The reader's name. Raises HttpError: 403 where another one has signed in, 422 without any."""
    if user is None and given is None:
        raise HttpError(422, "it isn't said who reads", where="reader", remedy="Give a name or initials.")
    if user is not None and given not in (None, user):
        raise HttpError(403, "another reader has signed in", where="reader", remedy="Leave the name out.")
    return user or given or ""


def own(user: str | None, reader: str) -> None:
    """Raises HttpError (403) where what is asked for is of another reader than has signed in."""
    if user is not None and user != reader:
        raise HttpError(403, "this reading is another reader's")
