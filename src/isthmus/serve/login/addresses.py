"""The addresses of the login: its page, signing in and signing out."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from isthmus.nodule import DISCLAIMER
from isthmus.serve import page_files
from isthmus.serve.login.guard import COOKIE, address_of
from isthmus.serve.login.login import Login
from isthmus.serve.login.users import LONGEST, LONGEST_NAME
from isthmus.serve.refusals import json_response, responses

router = APIRouter(tags=["login"])
SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "What POST /login sets."},
    "password": {"type": "http", "scheme": "basic", "description": "For programs: name and password of a user."},
}
OPEN = (("/health", "get"), ("/login", "post"))


class SignedIn(BaseModel):
    """Who has signed in, and until when, in seconds since 1970."""

    name: str
    until: float
    disclaimer: str


class SignedOut(BaseModel):
    """That the session is over."""

    disclaimer: str


@router.get("/login", include_in_schema=False)
async def login_page() -> Response:
    """The page of the login."""
    return await page_files.file("login/login.html")


@router.post("/login", responses={200: {"model": SignedIn}, **responses(401, 403, 413, 422, 429, 503)})
async def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=LONGEST_NAME)],
    password: Annotated[str, Form(max_length=LONGEST)],
) -> Response:
    """Begins a session, in a cookie that scripts can't read and other sites' pages don't send."""
    login: Login = request.app.state.login
    name = await login.by_password(name, password, address_of(request))
    await run_in_threadpool(login.store.note, "signed in", name)
    session, until = await run_in_threadpool(login.sessions.begin, name), time.time() + login.sessions.seconds
    response = json_response({"name": name, "until": until, "disclaimer": DISCLAIMER})
    secure = request.url.scheme == "https"
    seconds = int(login.sessions.seconds)
    response.set_cookie(COOKIE, session, max_age=seconds, httponly=True, samesite="strict", secure=secure)
    return response


@router.post("/logout", responses={200: {"model": SignedOut}, **responses(401, 403)})
async def sign_out(request: Request) -> Response:
    """Ends the session."""
    login: Login = request.app.state.login
    await run_in_threadpool(login.sessions.end, request.cookies.get(COOKIE, ""))
    response = json_response({"disclaimer": DISCLAIMER})
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return response


def describe(app: FastAPI) -> None:
    """Says in OpenAPI how one signs in, and what is open."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        told = plain()
        told["components"]["securitySchemes"] = SCHEMES
        told["security"] = [{name: []} for name in SCHEMES]
        for path, method in OPEN:
            told["paths"][path][method]["security"] = []
        return told

    app.openapi = described  # type: ignore[method-assign]
