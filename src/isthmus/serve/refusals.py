"""Every refusal of the service as JSON: what is wrong, where, and what to do about it."""

from __future__ import annotations

import errno
import math
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from isthmus import files
from isthmus.errors import DataError, EngineError, IsthmusError, StorageError
from isthmus.nodule import DISCLAIMER

BUSY_SECONDS = 2
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
# What an expected error of the house is in HTTP, where nobody says it better.
STATUSES: Mapping[type[IsthmusError], int] = {DataError: 422, EngineError: 500, StorageError: 507}


class Refusal(BaseModel):
    """A refusal: one line for a person in ``error``, and its parts."""

    error: str
    what: str
    where: str
    remedy: str
    disclaimer: str


class HttpError(IsthmusError):
    """A request that isn't answered, with the status of HTTP that says why."""

    def __init__(
        self, status: int, what: str, *, where: str = "", remedy: str = "", after: float | None = None
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.status = status
        self.after = float(BUSY_SECONDS) if status == 503 and after is None else after  # seconds to wait


def refusal(status: int, error: IsthmusError) -> Response:
    """The response for an error."""
    told = {"error": str(error), "what": error.what, "where": error.where, "remedy": error.remedy}
    parts = {name: shortened(text) for name, text in told.items()}
    after = error.after if isinstance(error, HttpError) else None
    headers = None if after is None else {"Retry-After": str(math.ceil(after))}
    return json_response(parts | {"disclaimer": DISCLAIMER}, status, headers)


def shortened(text: str) -> str:
    """A text of at most 600 characters: what was sent may be repeated in it, of any length.

    >>> shortened("short"), len(shortened("9" * 5000))
    ('short', 505)
    """
    return text if len(text) <= 600 else f"{text[:300]} ... {text[-200:]}"


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value as the house writes JSON: in ASCII, what is not finite as null."""
    return Response(files.json_text(value) + "\n", status, dict(headers or {}), "application/json")


def of_house(_request: Request, error: Exception) -> Response:
    """The response for an error of the house."""
    assert isinstance(error, IsthmusError)
    if isinstance(error, HttpError):
        return refusal(error.status, error)
    return refusal(next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500), error)


def of_fields(_request: Request, error: Exception) -> Response:
    """The response for fields that are missing or of another kind."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    return refusal(422, HttpError(422, str(first["msg"]), where=where, remedy="See /openapi.json for the fields."))


def of_disk(_request: Request, error: Exception) -> Response:
    """The response where a file or the store's database can't be written: 507 for a full disk, 503 where it is busy."""
    if "locked" in str(getattr(error, "orig", "")):
        return refusal(503, HttpError(503, "the store is busy", remedy="Try again in a moment."))
    if isinstance(error, OSError) and error.errno not in FULL:
        return refusal(500, HttpError(500, f"a file can't be used ({error.strerror})", remedy="Tell who runs it."))
    cause = getattr(error, "orig", None) or getattr(error, "strerror", None) or type(error).__name__
    remedy = "Nothing of this request was kept. Ask who runs this service to free some space, then send it again."
    return refusal(507, HttpError(507, f"the disk can't be written ({cause})", remedy=remedy))


def of_http(request: Request, error: Exception) -> Response:
    """The response for what the router or the parser of forms refuses."""
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, OSError) and error.__cause__.errno in FULL:  # an upload passes through a file
        return of_disk(request, error.__cause__)
    response = refusal(error.status_code, HttpError(error.status_code, str(error.detail)))
    response.headers.update(error.headers or {})
    return response


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: that these statuses come with a Refusal."""
    return {status: {"model": Refusal} for status in statuses}
