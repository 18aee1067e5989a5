"""Readers' own readings: saved and locked before the model's are shown, changed only with a reason."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from isthmus.nodule import DISCLAIMER
from isthmus.serve import forms
from isthmus.serve.readings import Here, Service
from isthmus.serve.refusals import HttpError, json_response, responses
from isthmus.serve.store import Read, Store

router = APIRouter(prefix="/reads", tags=["reads"])
Name = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Reader = Annotated[str, Field(min_length=1, max_length=100, description="Who reads: a name or initials.")]
ReaderHeader = Annotated[str, Header(alias="X-Reader", min_length=1, max_length=100)]


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
    reader: Reader
    picture: str = Field(pattern="^[0-9a-f]{64}$")
    frame: int = Field(1, ge=1, le=1_000_000)
    box: list[str] = Field([], max_length=50)
    polygon: str | None = Field(None, max_length=10_000)
    own: Own


class Change(BaseModel):
    """A later judgement, with its reason; ``number`` is one more than the changes that the reader has seen."""

    model_config = ConfigDict(extra="forbid")
    reader: Reader
    number: int = Field(ge=1, le=10_000)
    own: Own
    reason: str = Field(min_length=3, max_length=1000)


def store_of(here: Service) -> Store:
    """The store. Raises HttpError (404) where the service keeps nothing."""
    if here.store is None:
        raise HttpError(404, "this service keeps no readings", remedy="Start it with --store DIR.")
    return here.store


@router.post("", responses={200: {"model": forms.Saved}, 201: {"model": forms.Saved}, **responses(404, 409, 422, 503)})
async def save(here: Here, new: NewRead) -> Response:
    """Saves and locks a reader's own reading; 200 in place of 201 where it was saved before."""
    store, reader = store_of(here), here.reader

    def work() -> tuple[dict[str, Any], bool]:
        content = here.pictures.content(new.picture)
        drawn = {"box": new.box, "polygon": new.polygon}
        about = (reader.bundle.name, reader.checksum)
        read = Read(new.key, new.reader, new.picture, new.frame, drawn, new.own.model_dump(), *about)
        return store.save(read, content)

    saved, is_new = await here.pool.run(work)
    return json_response(saved | {"disclaimer": DISCLAIMER}, 201 if is_new else 200)


@router.get("", responses={200: {"model": forms.SavedList}, **responses(404, 422, 503)})
async def listed(here: Here, reader: ReaderHeader) -> Response:
    """The readings of one reader, the latest first."""
    found = await here.pool.run(store_of(here).reads, reader)
    return json_response({"reads": found, "disclaimer": DISCLAIMER})


@router.get("/{name}", responses={200: {"model": forms.Saved}, **responses(404, 422, 503)})
async def one(here: Here, name: Name) -> Response:
    """A reading with its changes, and the model's answer if it was shown."""
    found = await here.pool.run(store_of(here).read, name)
    return json_response(found | {"disclaimer": DISCLAIMER})


@router.post("/{name}/changes", responses={200: {"model": forms.Saved}, **responses(403, 404, 409, 422, 503)})
async def change(here: Here, name: Name, new: Change) -> Response:
    """Adds a later judgement with its reason and time; the first stays as it was saved."""
    arguments = (name, new.reader, new.number, new.own.model_dump(), new.reason)
    found = await here.pool.run(store_of(here).change, *arguments)
    return json_response(found | {"disclaimer": DISCLAIMER})


@router.delete("/pictures/{picture}", responses={200: {"model": forms.Deleted}, **responses(404, 422, 503)})
async def forget(here: Here, picture: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], reader: ReaderHeader) -> Response:
    """Deletes a case whole: its picture, readings and changes. The audit log says who did it."""
    store = store_of(here)

    def work() -> int:
        here.pictures.forget(picture)
        return store.forget(picture, reader)

    return json_response({"deleted": await here.pool.run(work), "disclaimer": DISCLAIMER})
