"""The report of one nodule, to be saved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from isthmus.infer.answer import read_nodules
from isthmus.report.nodule.page import html
from isthmus.report.nodule.pdf import pdf
from isthmus.report.nodule.report import Grading, NoduleReport
from isthmus.serve.login.who import User
from isthmus.serve.reader import fitted_at
from isthmus.serve.readings import (
    REFUSALS,
    Drawn,
    FrameNumber,
    Here,
    Picture,
    Polygon,
    Prevalence,
    ReadId,
    Upload,
    frame_of,
    locked,
    marks_of,
    noted,
    received,
)
from isthmus.serve.refusals import HttpError
from isthmus.tirads import descriptors, systems

router = APIRouter()
FORMS = {"pdf": (pdf, "application/pdf"), "html": (html, "text/html; charset=utf-8")}
Word = Annotated[str, Form(max_length=200)]
System = Literal["acr-2017", "eu-2017", "k-2021", "c-2020"]


def grading_of(
    composition: Word = "",
    echogenicity: Word = "",
    shape: Word = "",
    margin: Word = "",
    foci: Annotated[str, Form(max_length=200, description="Several with `;` between.")] = "",
    size_cm: Word = "",
    system: Annotated[System, Form()] = "acr-2017",
) -> Grading | None:
    """The reader's TI-RADS, None where nothing was answered. Raises HttpError (422) for an unknown word."""
    texts = (composition, echogenicity, shape, margin, foci, size_cm)
    words = {name: text for name, text in zip(descriptors.COLUMNS, texts, strict=True) if text.strip()}
    if not words:
        return None
    findings, unknown = descriptors.read(words)
    if unknown:
        raise HttpError(422, "; ".join(unknown).rstrip("?"), where="TI-RADS", remedy="Use the words of the chart.")
    return Grading(findings, systems.assess(findings, system))


@router.post(
    "/report",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}, "text/html": {}}}, **REFUSALS},
)
async def report(
    here: Here,
    user: User,
    grading: Annotated[Grading | None, Depends(grading_of)],
    file: Upload = None,
    picture: Picture = None,
    box: Annotated[str | None, Form(description="`x0,y0,x1,y1` in pixels.")] = None,
    polygon: Polygon = None,
    frame: FrameNumber = 1,
    prevalence: Prevalence = None,
    read: ReadId = None,
    form: Annotated[Literal["pdf", "html"], Form()] = "pdf",
    title: Word = "",
    patient: Word = "",
    clinician: Word = "",
    whole_frame: Annotated[bool, Form(description="With all of the picture, names burnt into it too.")] = False,
) -> Response:
    """One nodule's report on one sheet, with TI-RADS if its words are given. No name but those given here is in it."""
    content, origin = await received(file, picture)

    def work() -> bytes:
        boxes = [box] if box else None
        locked(here, read, user, content, picture, Drawn(frame, tuple(boxes or ()), polygon))
        shown = frame_of(here, content, picture, frame, origin)
        predictor = here.reader.at(prevalence)
        (reading,) = read_nodules(predictor, shown, marks_of(here.reader, shown, boxes, polygon, None))
        made = NoduleReport.of(
            predictor,
            reading,
            shown,
            prevalence=fitted_at(predictor.bundle, here.reader.facts),
            grading=grading,
            at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            title=title,
            patient=patient,
            clinician=clinician,
            whole_frame=whole_frame,
        )
        noted(here, "reported", user, content, picture)
        return FORMS[form][0](made)

    headers = {"Content-Disposition": f'attachment; filename="nodule.{form}"'}
    return Response(await here.pool.run(work), headers=headers, media_type=FORMS[form][1])
