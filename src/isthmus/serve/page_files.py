"""The page: files of this package, each by its name, nothing else of the disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from isthmus.serve.refusals import HttpError, responses

ROOM = Path(__file__).parent / "page"
TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
FILES: Mapping[str, Path] = {
    path.relative_to(ROOM).as_posix(): path for path in sorted(ROOM.rglob("*")) if path.suffix in TYPES
}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index() -> Response:
    """The page."""
    return page("index.html")


@router.get("/page/{name:path}", responses=responses(404))
async def file(name: str) -> Response:
    """A file of the page."""
    return page(name)


def page(name: str) -> Response:
    """A file of the page by its name. Raises HttpError (404)."""
    if name not in FILES:
        raise HttpError(404, "there is no such file of the page")
    return FileResponse(FILES[name], media_type=TYPES[FILES[name].suffix], headers={"Cache-Control": "no-cache"})
