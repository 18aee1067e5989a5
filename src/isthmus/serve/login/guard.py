"""Lets in who has signed in, by the cookie of a session or by HTTP Basic; all others reach the page of the login."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from isthmus.serve.login.login import Login
from isthmus.serve.refusals import HttpError, refusal

COOKIE = "isthmus"
# What is open to everybody: that the service stands, and what the page of the login is made of.
FILES = ("login/login.css", "login/login.js", "style.css", "words.js", "words.json", "api.js", "icon.svg")
OPEN = frozenset({"/health", "/login", *(f"/page/{name}" for name in FILES)})


class Guard:
    """Refuses with 401 what nobody who is known asks; on the way to the page it leads to the login."""

    def __init__(self, app: ASGIApp, login: Login) -> None:
        self._app, self._login = app, login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            user = await self._user(request)
        except HttpError as error:
            await _refused(request, error)(scope, receive, send)
            return
        if user is None and scope["path"] not in OPEN:
            if scope["path"] == "/" and request.method in ("GET", "HEAD"):
                await RedirectResponse("login", 303)(scope, receive, send)
                return
            remedy = "Sign in at /login in another tab, then try again."
            await _refused(request, HttpError(401, "nobody has signed in", remedy=remedy))(scope, receive, send)
            return
        scope.setdefault("state", {})["user"] = user
        await self._app(scope, receive, send)

    async def _user(self, request: Request) -> str | None:
        header = request.headers.get("authorization", "")
        if header.lower().startswith("basic "):
            return await self._login.by_basic(header, address_of(request))
        session = request.cookies.get(COOKIE)
        return await run_in_threadpool(self._login.sessions.user, session) if session else None


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def user_of(request: Request) -> str | None:
    """Who has signed in; None in a service without a login."""
    user: str | None = getattr(request.state, "user", None)
    return user


def _refused(request: Request, error: HttpError) -> Response:
    response = refusal(error.status, error)
    if error.status == 401 and "sec-fetch-mode" not in request.headers:  # a browser would ask by a window of its own
        response.headers["WWW-Authenticate"] = 'Basic realm="isthmus", charset="UTF-8"'
    return response
