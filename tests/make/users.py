"""Users of a service with a login, and how they sign in."""

from __future__ import annotations

from fastapi.testclient import TestClient
from httpx import Response

PASSWORDS = {"Ada": "correct horse battery", "Bo": "four words of another"}
BASIC = ("Ada", PASSWORDS["Ada"])


def sign_in(service: TestClient, name: str = "Ada", password: str | None = None) -> Response:
    """Signs in, with the user's own password unless another is given."""
    return service.post("/login", data={"name": name, "password": password or PASSWORDS.get(name, "")})
