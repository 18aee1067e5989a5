"""What the page of a study asks: who reads, what is next, and to lock a read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from isthmus.serve import page_files
from isthmus.serve.forms import Told
from isthmus.serve.login.who import User, named
from isthmus.serve.pictures import as_png
from isthmus.serve.readings import Here
from isthmus.serve.reads import Reader, ReaderHeader
from isthmus.serve.refusals import json_response, responses
from isthmus.serve.studies.running import RunningStudy
from isthmus.serve.studies.store import Opinion

router = APIRouter(tags=["study"])
LEVELS = ("TR1", "TR2", "TR3", "TR4", "TR5")


class About(Told):
    """A study, as a reader may know it before."""

    name: str
    design: str
    nodules: int
    washout_days: int
    readers: list[dict[str, str]]
    user: str | None


class State(Told):
    """Where a reader is."""

    reader: str
    step: dict[str, Any] | None
    answer: dict[str, Any] | None
    own: dict[str, Any] | None
    wait: str | None
    debrief: dict[str, Any] | None


class NewRead(BaseModel):
    """A read to be locked, of the step that was shown; ``reason`` is why a second look changes the first."""

    model_config = ConfigDict(extra="forbid")
    reader: Reader = None
    nodule: str = Field(pattern="^[0-9a-f]{16}$")
    mode: str = Field(pattern="^(before|after|aided|unaided)$")
    tirads: str = Field(pattern=f"^({'|'.join(LEVELS)})$")
    p_malignant: float = Field(ge=0, le=1)
    seconds: float = Field(ge=0, lt=1e6)
    reason: str = Field("", max_length=1000)


def study_of(request: Request) -> RunningStudy:
    """The study that is read here."""
    study: RunningStudy = request.app.state.study
    return study


ThisStudy = Annotated[RunningStudy, Depends(study_of)]


@router.get("/", include_in_schema=False)
async def index() -> Response:
    """The page of the study, in place of the plain one: that would give the model's answers to whoever asks."""
    return page_files.page("study/index.html")


@router.get("/study", responses={200: {"model": About}})
async def about(study: ThisStudy, user: User) -> Response:
    """The study: its name, design and readers."""
    return json_response(study.about() | {"user": user})


@router.get("/study/next", responses={200: {"model": State}, **responses(403, 422, 503)})
async def following(here: Here, study: ThisStudy, user: User, reader: ReaderHeader) -> Response:
    """What a reader has to do next."""
    return json_response(await here.pool.run(study.state, named(user, reader)))


@router.post("/study/reads", responses={200: {"model": State}, **responses(403, 404, 409, 422, 503, 507)})
async def lock(here: Here, study: ThisStudy, user: User, new: NewRead) -> Response:
    """Locks a read, for good, and says what is next."""
    opinion = Opinion(new.tirads, new.p_malignant)
    arguments = (named(user, new.reader), new.nodule, new.mode, opinion, new.seconds, new.reason)
    return json_response(await here.pool.run(study.lock, *arguments))


@router.get(
    "/study/pictures/{nodule}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **responses(404, 422, 503)},
)
async def picture(here: Here, study: ThisStudy, nodule: Annotated[str, Path(pattern="^[0-9a-f]{16}$")]) -> Response:
    """The picture of a nodule as PNG."""
    content = await here.pool.run(lambda: as_png(study.picture(nodule)))
    return Response(content, headers={"Cache-Control": "private, max-age=3600"}, media_type="image/png")
