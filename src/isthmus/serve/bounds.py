"""What a request has to pass before any work is done: host, origin, size, time, fields; and each answer's headers."""

from __future__ import annotations

import asyncio
import difflib
import ipaddress
import logging
import time
import traceback
from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isthmus.serve.refusals import HttpError, refusal
from isthmus.serve.settings import Settings

# Nothing is fetched from anywhere else, nothing may frame the page, and nothing of it is cached.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
LOG = logging.getLogger("isthmus")
MOST_WITHOUT_FILE = 1 << 20  # bytes of a request that is no multipart form: JSON of 60 MB takes 2 GB in memory
FAULT = "Nothing of it is known to be saved. Tell who runs this service when it was; its log says where in the program."
SAFE = ("GET", "HEAD", "OPTIONS")
FILE = "file"


class Bounds:
    """Refuses what comes under another name (DNS rebinding), from another page (CSRF), too large, or too slowly."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._hosts = app, {host.lower() for host in settings.hosts}
        self._any_address = settings.any_address
        self._most, self._seconds = settings.most_bytes, settings.seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        refused = self._refused(scope["method"], headers)
        if refused:
            await refusal(refused.status, refused)(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, self._bounded(receive, self._most_of(headers)), send_guarded)
        except Exception as error:
            LOG.error("%s in answering %s", place_of(error), scope["method"])
            if begun:
                raise ConnectionAbortedError from None  # what was sent can't be taken back: the connection ends
            await refusal(500, HttpError(500, "an error of this service", remedy=FAULT))(scope, receive, send_guarded)

    def _refused(self, method: str, headers: Headers) -> HttpError | None:
        host = headers.get("host", "")
        if not self._answers_to(name_of(host)):
            return HttpError(421, "this service doesn't answer to that name", remedy="Start it with --host-name NAME.")
        if method not in SAFE and not _same_page(headers, host):
            return HttpError(403, "the request comes from another page", remedy="Use the page of this service.")
        if headers.get("content-encoding", "identity").lower() != "identity":
            return HttpError(415, "the request is compressed", remedy="Send it as it is, without Content-Encoding.")
        most = self._most_of(headers)
        if (headers.get("content-length") or "0").isdigit() and int(headers.get("content-length") or 0) > most:
            return self._too_large(most)
        return None

    def _most_of(self, headers: Headers) -> int:
        holds_file = headers.get("content-type", "").lower().startswith("multipart/")
        return self._most if holds_file else min(self._most, MOST_WITHOUT_FILE)

    def _answers_to(self, name: str) -> bool:
        return name in self._hosts or (self._any_address and is_address(name))

    def _too_large(self, most: int) -> HttpError:
        remedy = "Send one frame, or a shorter clip." if most == self._most else "Send a file in a multipart form."
        return HttpError(413, f"the request is larger than {most >> 20} MiB", remedy=remedy)

    def _bounded(self, receive: Receive, most: int) -> Receive:
        taken, complete, end = 0, False, time.monotonic() + self._seconds

        async def bounded() -> Message:
            nonlocal taken, complete
            if complete:
                return await receive()  # which waits for the other side to go
            try:
                message = await asyncio.wait_for(receive(), max(end - time.monotonic(), 0))
            except TimeoutError:
                raise HTTPException(408, f"the request took more than {self._seconds:g} s to come") from None
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if taken > most:
                error = self._too_large(most)
                raise HTTPException(error.status, str(error))
            return message

        return bounded


def place_of(error: BaseException) -> str:
    """What kind of error it is and where it was raised; never its words, which may repeat values of a file."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{PurePath(one.filename).name}:{one.lineno}" for one in reversed(frames[-4:]))
    return f"{type(error).__name__} at {where or 'no line'}"


def name_of(host: str) -> str:
    """The name in a header Host, without its port.

    >>> name_of("Localhost:8000"), name_of("[::1]:80"), name_of("127.0.0.1")
    ('localhost', '[::1]', '127.0.0.1')
    """
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()


def is_address(name: str) -> bool:
    """Whether a host is given by its number.

    >>> is_address("192.0.2.1"), is_address("[2001:db8::1]"), is_address("hospital.example")
    (True, True, False)
    """
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _same_page(headers: Headers, host: str) -> bool:
    """Whether a request that changes something comes from this service's page, or from no page at all."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:  # no address at all
        return False


class Fields:
    """Refuses a form in which something would be passed over: an unknown field or query, one given twice, or empty.

    What is passed over gives the answer to another question: the scan area's, say, in place of the nodule's.
    ``several`` may be repeated, ``blank`` may be empty.
    """

    def __init__(self, *names: str, several: Sequence[str] = (), blank: Sequence[str] = ()) -> None:
        self._names, self._several, self._blank = {*names, *several, *blank}, several, blank

    async def __call__(self, request: Request) -> None:
        """Raises HttpError (422)."""
        if request.query_params:
            name = next(iter(request.query_params))
            raise HttpError(422, "is given in the address", where=name, remedy="Send all fields in the form.")
        form = await request.form()
        for name in form:
            self._refuse(name, form.getlist(name))

    def _refuse(self, name: str, values: Sequence[object]) -> None:
        if name not in self._names:
            near = difflib.get_close_matches(name, self._names, n=1)
            meant = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(self._names))}."
            raise HttpError(422, "is no field of this form", where=name, remedy=meant)
        if len(values) > 1 and name not in self._several:
            raise HttpError(422, f"is given {len(values)} times", where=name, remedy="Give it once.")
        if "" in values and name not in self._blank:
            raise HttpError(422, "is given empty", where=name, remedy="Give a value, or leave the field out.")
        if name == FILE and any(isinstance(one, str) for one in values):
            raise HttpError(422, "is text, and no file", where=name, remedy="Send a file, with its file name.")
