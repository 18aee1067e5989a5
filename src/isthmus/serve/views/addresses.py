"""What is asked of several views of one nodule."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from isthmus.infer.answer import document, read_nodules
from isthmus.infer.together import LEAST, together
from isthmus.serve import forms
from isthmus.serve.login.who import User
from isthmus.serve.readings import Drawn, Here, frame_of, locked, marks_of, noted
from isthmus.serve.refusals import json_response, responses

router = APIRouter()
MOST = 10


class View(BaseModel):
    """One view: a picture of `POST /pictures`, its frame, and the nodule's box or outline on it; none is the scan
    area. `read` is the reader's own reading of it, where that comes first."""

    model_config = ConfigDict(extra="forbid")
    picture: str = Field(pattern="^[0-9a-f]{64}$")
    frame: int = Field(1, ge=1, le=1_000_000)
    box: str | None = Field(None, max_length=200, description="`x0,y0,x1,y1` in pixels.")
    polygon: str | None = Field(None, max_length=10_000)
    read: str | None = Field(None, pattern="^[0-9a-f]{32}$")


class Views(BaseModel):
    """Views of one nodule."""

    model_config = ConfigDict(extra="forbid")
    views: list[View] = Field(min_length=LEAST, max_length=MOST)
    prevalence: float | None = Field(None, gt=0, lt=1)


class Joined(forms.Answer):
    """The document of `isthmus predict --together --json`."""

    together: dict[str, Any]


@router.post("/together", responses={200: {"model": Joined}, **responses(403, 404, 408, 413, 422, 503)})
async def read_together(here: Here, user: User, asked: Views) -> Response:
    """Reads each view of one nodule, and joins the answers: their mean, lowest and highest. It is an average, and not
    validated."""

    def work() -> dict[str, Any]:
        predictor = here.reader.at(asked.prevalence)
        readings = []
        for view in asked.views:
            boxes = [view.box] if view.box else None
            drawn = Drawn(view.frame, tuple(boxes or ()), view.polygon)
            locked(here, view.read, user, None, view.picture, drawn, part=True)
            frame = frame_of(here, None, view.picture, view.frame, "")
            readings += read_nodules(predictor, frame, marks_of(here.reader, frame, boxes, view.polygon, None))
            noted(here, "read", user, None, view.picture)
        joined = together([one.prediction for one in readings])
        observed = [
            here.reader.reliability.near(one.prediction.probability, predictor.bundle.decision.prevalence)
            for one in readings
        ]
        return document(predictor, readings) | {
            "together": joined.as_json(),
            "observed": [None if one is None else one.as_json() for one in observed],
        }

    return json_response(await here.pool.run(work))
