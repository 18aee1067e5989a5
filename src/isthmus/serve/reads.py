"""Readers' own readings: saved and locked before the model's are shown, changed only with a reason."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Header, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from isthmus.nodule import DISCLAIMER
from isthmus.serve import forms
from isthmus.serve.login.who import User, named, own
from isthmus.serve.pictures import NAMELESS
from isthmus.serve.readings import Here, Service, taken_up
from isthmus.serve.refusals import HttpError, json_response, responses
from isthmus.serve.saved import as_grades, with_agreement
from isthmus.serve.store import Read, Store

router = APIRouter(prefix="/reads", tags=["reads"])
Name = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
OF_LOGIN = "Who reads: a name or initials. Where one signs in, it may be left out."
Reader = Annotated[str | None, Field(min_length=1, max_length=100, description=OF_LOGIN)]
InHeader = Annotated[
    str | None,
    Header(alias="X-Reader", min_length=1, max_length=900, description=f"{OF_LOGIN} Beyond ASCII as %XX of UTF-8."),
]


def reader_of(name: InHeader = None) -> str | None:
    """The reader that a header names."""
    return None if name is None else unquote(name)


ReaderHeader = Annotated[str | None, Depends(reader_of)]


class Own(BaseModel):
    """A reader's own judgement of a nodule."""

    model_config = ConfigDict(extra="forbid")
    probability: float = Field(ge=0, le=1, description="P(malignant), in the reader's mind.")
    tirads: str = Field(max_length=20, description="The TI-RADS level, as written.")
    note: str = Field("", max_length=1000)


class NewRead(BaseModel):
    """A reading to be saved. ``key`` is made by who sends it: the same key twice is one reading."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=8, max_length=64)
    reader: Reader = None
    picture: str = Field(pattern="^[0-9a-f]{64}$")
    frame: int = Field(1, ge=1, le=1_000_000)
    box: list[str] = Field([], max_length=50)
    polygon: str | None = Field(None, max_length=10_000)
    own: Own
    late: bool = Field(False, description="The reader had seen the model's reading of it before this one was made.")


class Change(BaseModel):
    """A later judgement, with its reason; ``number`` is one more than the changes that the reader has seen."""

    model_config = ConfigDict(extra="forbid")
    reader: Reader = None
    number: int = Field(ge=1, le=10_000)
    own: Own
    reason: str = Field(min_length=3, max_length=1000)


def store_of(here: Service) -> Store:
    """The store. Raises HttpError (404) where the service keeps nothing."""
    if here.store is None:
        raise HttpError(404, "this service keeps no readings", remedy="Start it with --store DIR.")
    return here.store


@router.post(
    "", responses={200: {"model": forms.Saved}, 201: {"model": forms.Saved}, **responses(403, 404, 409, 422, 503, 507)}
)
async def save(here: Here, user: User, new: NewRead) -> Response:
    """Saves and locks a reader's own reading; 200 in place of 201 where it was saved before."""
    store, reader, who = store_of(here), here.reader, named(user, new.reader)

    def work() -> tuple[dict[str, Any], bool]:
        content = here.pictures.content(new.picture)
        drawn = {"box": new.box, "polygon": new.polygon}
        about = (reader.bundle.name, reader.checksum)
        read = Read(new.key, who, new.picture, new.frame, drawn, new.own.model_dump(), *about)
        return store.save(read, content, new.late)

    saved, is_new = await here.pool.run(work)
    return json_response(saved | {"disclaimer": DISCLAIMER}, 201 if is_new else 200)


@router.get("", responses={200: {"model": forms.SavedList}, **responses(403, 404, 422, 503)})
async def listed(here: Here, user: User, reader: ReaderHeader) -> Response:
    """The readings of one reader, the latest first."""
    found = await here.pool.run(store_of(here).reads, named(user, reader))
    return json_response({"reads": [with_agreement(one) for one in found], "disclaimer": DISCLAIMER})


@router.get(
    "/grades.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **responses(403, 404, 422, 503)},
)
async def grades(here: Here, user: User, reader: ReaderHeader) -> Response:
    """The readings of one reader in the long form of `isthmus readers`, the column label empty."""
    found = await here.pool.run(store_of(here).reads, named(user, reader))
    headers = {"Content-Disposition": 'attachment; filename="readings.csv"', "Cache-Control": "no-store"}
    return Response(as_grades(found), headers=headers, media_type="text/csv; charset=utf-8")


@router.get("/{name}", responses={200: {"model": forms.Saved}, **responses(403, 404, 422, 503)})
async def one(here: Here, user: User, name: Name) -> Response:
    """A reading with its changes, and the model's answer if it was shown."""
    found = await here.pool.run(store_of(here).read, name)
    own(user, found["reader"])
    return json_response(found | {"disclaimer": DISCLAIMER})


@router.get("/{name}/picture", responses={200: {"model": forms.Kept}, **responses(403, 404, 422, 503)})
async def again(here: Here, user: User, name: Name) -> Response:
    """Takes the picture of a reading up for the page again, as POST /pictures does."""
    store = store_of(here)

    def work() -> dict[str, Any]:
        found = store.read(name)
        own(user, found["reader"])
        content = store.picture(found["picture"])
        if content is None:
            remedy = "Open the file itself: its reading is found again."
            raise HttpError(404, "the store no longer has this picture", remedy=remedy)
        return taken_up(here, content, NAMELESS)

    return json_response(await here.pool.run(work))


@router.post("/{name}/changes", responses={200: {"model": forms.Saved}, **responses(403, 404, 409, 422, 503, 507)})
async def change(here: Here, user: User, name: Name, new: Change) -> Response:
    """Adds a later judgement with its reason and time; the first stays as it was saved."""
    arguments = (name, named(user, new.reader), new.number, new.own.model_dump(), new.reason)
    found = await here.pool.run(store_of(here).change, *arguments)
    return json_response(found | {"disclaimer": DISCLAIMER})


@router.delete("/pictures/{picture}", responses={200: {"model": forms.Deleted}, **responses(403, 404, 422, 503, 507)})
async def forget(
    here: Here, user: User, picture: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], reader: ReaderHeader
) -> Response:
    """Deletes a case whole: its picture, readings and changes. The audit log says who did it. Who has signed in
    deletes no case that others have read."""
    store, who = store_of(here), named(user, reader)

    def work() -> int:
        if user is not None and store.readers(picture) - {user}:
            remedy = "Ask who runs this service for `isthmus store --delete`."
            raise HttpError(403, "others have read this case, too", remedy=remedy)
        here.pictures.forget(picture)
        return store.forget(picture, who)

    return json_response({"deleted": await here.pool.run(work), "disclaimer": DISCLAIMER})
