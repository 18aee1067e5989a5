"""The worklist: pictures from a PACS that wait for a reader to draw the nodule. Its answer goes back to the PACS."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from isthmus.dicom.finding import Grade
from isthmus.nodule import DISCLAIMER
from isthmus.pacs.marks import FrameMark
from isthmus.pacs.queue import DISMISSED
from isthmus.pacs.reading import answer
from isthmus.serve import forms
from isthmus.serve.login.who import User
from isthmus.serve.pictures import decode
from isthmus.serve.readings import Drawn, Here, locked, marks_of, noted, taken_up
from isthmus.serve.refusals import HttpError, json_response, responses
from isthmus.serve.tirads import Described
from isthmus.serve.worklist.desk import Desk
from isthmus.tirads.descriptors import Findings
from isthmus.tirads.systems import assess

router = APIRouter(prefix="/worklist", tags=["worklist"])
Uid = Annotated[str, Path(pattern=r"^[0-9.]{1,64}$", description="The SOP instance UID.")]


def desk_of(request: Request) -> Desk:
    """The desk of the application that a request came to."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(desk_of)]


class Drawing(BaseModel):
    """What a reader drew on one frame of a picture that waits, and sees of it."""

    model_config = ConfigDict(extra="forbid")
    frame: int = Field(1, ge=1, le=1_000_000)
    box: list[str] = Field([], max_length=20, description="`x0,y0,x1,y1` in pixels.")
    polygon: str | None = Field(None, max_length=10_000, description="`x,y;x,y;...` in pixels, in place of boxes.")
    tirads: Described | None = Field(None, description="The reader's TI-RADS, of a nodule alone on its frame.")
    read: str | None = Field(None, pattern="^[0-9a-f]{32}$", description="The reader's own reading, from POST /reads.")
    prevalence: float | None = Field(None, gt=0, lt=1, description="As in `POST /predict`.")


@router.get("", responses={200: {"model": forms.Waiting}, **responses(503)})
async def listed(here: Here, desk: TheDesk) -> Response:
    """The pictures that wait, those first that came first."""
    found = await here.pool.run(lambda: list(desk.waiting()))
    return json_response({"objects": found, "disclaimer": DISCLAIMER})


@router.get("/{uid}", responses={200: {"model": forms.Kept}, **responses(404, 409, 422, 503)})
async def take(here: Here, desk: TheDesk, uid: Uid) -> Response:
    """Takes a picture that waits up for the page, as POST /pictures does."""

    def work() -> dict[str, Any]:
        _, _, content = desk.one(uid)
        return taken_up(here, content, uid)

    return json_response(await here.pool.run(work))


@router.post("/{uid}", responses={200: {"model": forms.Queued}, **responses(403, 404, 409, 422, 503, 507)})
async def send(here: Here, desk: TheDesk, user: User, uid: Uid, drawn: Drawing) -> Response:
    """Reads what was drawn and queues the answer, which `isthmus pacs` sends."""

    def work() -> dict[str, Any]:
        inbox, entry, content = desk.one(uid)
        locked(here, drawn.read, user, content, None, Drawn(drawn.frame, tuple(drawn.box), drawn.polygon))
        shown = decode(content, uid, drawn.frame)
        marks = marks_of(here.reader, shown, drawn.box, drawn.polygon, None)
        if not marks:
            raise HttpError(422, "no nodule is drawn", where="box", remedy="Give a box or a polygon.")
        if drawn.tirads and len(marks) > 1:
            remedy = "Leave it out, or answer with one nodule."
            raise HttpError(422, "TI-RADS is of one nodule, and several are drawn", where="tirads", remedy=remedy)
        placed = [FrameMark(drawn.frame, mark.on(shown)) for mark in marks]
        if not answer(inbox, here.reader.at(drawn.prevalence), entry, placed, grade_of(drawn.tirads)):
            raise HttpError(409, "somebody else has answered it meanwhile")
        noted(here, "answered", user, content, None)
        return {"uid": uid, "state": "read", "disclaimer": DISCLAIMER}

    return json_response(await here.pool.run(work))


@router.delete("/{uid}", responses={200: {"model": forms.Queued}, **responses(404, 409, 422, 503, 507)})
async def dismiss(here: Here, desk: TheDesk, user: User, uid: Uid) -> Response:
    """Takes a picture off the list that shows no nodule: it is not answered."""

    def work() -> dict[str, Any]:
        inbox, entry, content = desk.one(uid)
        if not inbox.queue.move(entry, DISMISSED, note="a reader saw nothing to be read"):
            raise HttpError(409, "somebody else has answered it meanwhile")
        inbox.discard(uid, "")
        noted(here, "dismissed", user, content, None)
        return {"uid": uid, "state": DISMISSED, "disclaimer": DISCLAIMER}

    return json_response(await here.pool.run(work))


def grade_of(seen: Described | None) -> Grade | None:
    """The reader's TI-RADS as a report has it, None where nothing was answered."""
    if seen is None or seen.findings == Findings():
        return None
    made = assess(seen.findings, seen.system)
    told = seen.model_dump(exclude={"system"}, exclude_none=True)
    answers = {
        name: ", ".join(sorted(value)) if isinstance(value, list) else str(value) for name, value in told.items()
    }
    return Grade(made.system, made.level, made.points, answers)
