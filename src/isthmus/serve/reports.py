"""The report of one nodule, to be saved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from pydantic import Json

from isthmus.infer.answer import read_nodules
from isthmus.models.observed import Observed
from isthmus.report.nodule.page import html
from isthmus.report.nodule.pdf import pdf
from isthmus.report.nodule.report import Grading, Interval, Judgement, NoduleReport
from isthmus.serve.bounds import Fields
from isthmus.serve.login.who import User
from isthmus.serve.reader import fitted_at
from isthmus.serve.readings import (
    ONE_FRAME,
    REFUSALS,
    Drawn,
    FrameNumber,
    Here,
    Picture,
    Polygon,
    Prevalence,
    ReadId,
    Service,
    Upload,
    frame_of,
    locked,
    marks_of,
    noted,
    received,
)
from isthmus.serve.tirads import Described
from isthmus.tirads.descriptors import Findings
from isthmus.tirads.systems import assess

router = APIRouter()
FIELDS = Fields(
    *ONE_FRAME,
    *("box", "polygon", "prevalence", "read", "tirads", "form", "whole_frame"),
    blank=("title", "patient", "clinician"),
)
MINUTE = "%Y-%m-%d %H:%M UTC"
FORMS = {"pdf": (pdf, "application/pdf"), "html": (html, "text/html; charset=utf-8")}
Word = Annotated[str, Form(max_length=200)]
Seen = Annotated[
    Json[Described] | None,
    Form(description="The reader's TI-RADS, as JSON: what `POST /tirads` takes, without `verdict` and `set`."),
]


@router.post(
    "/report",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}, "text/html": {}}}, **REFUSALS},
    dependencies=[Depends(FIELDS)],
)
async def report(
    here: Here,
    user: User,
    file: Upload = None,
    picture: Picture = None,
    box: Annotated[str | None, Form(description="`x0,y0,x1,y1` in pixels.")] = None,
    polygon: Polygon = None,
    frame: FrameNumber = 1,
    prevalence: Prevalence = None,
    read: ReadId = None,
    tirads: Seen = None,
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
        locked(here, read, user, content, picture, Drawn(frame, tuple(boxes or ()), polygon), part=True)
        shown = frame_of(here, content, picture, frame, origin)
        predictor = here.reader.at(prevalence)
        moved = predictor.bundle.decision.prevalence
        (reading,) = read_nodules(predictor, shown, marks_of(here.reader, shown, boxes, polygon, None))
        made = NoduleReport.of(
            predictor,
            reading,
            shown,
            prevalence=fitted_at(predictor.bundle, here.reader.facts),
            grading=grading_of(tirads),
            own=judgements(here, read),
            interval=interval_of(here.reader.reliability.near(reading.prediction.probability, moved)),
            at=datetime.now(UTC).strftime(MINUTE),
            title=title,
            patient=patient,
            clinician=clinician,
            whole_frame=whole_frame,
        )
        noted(here, "reported", user, content, picture)
        return FORMS[form][0](made)

    headers = {"Content-Disposition": f'attachment; filename="nodule.{form}"'}
    return Response(await here.pool.run(work), headers=headers, media_type=FORMS[form][1])


def judgements(here: Service, read: str | None) -> tuple[Judgement, ...]:
    """The reader's own reading that was saved, and its changes; () without one."""
    if read is None or here.store is None:
        return ()
    saved = here.store.read(read)
    first = f"{in_words(saved['saved'])}, after the model's" if saved["late"] else in_words(saved["saved"])
    times = [(saved["own"], first, ""), *((one["own"], in_words(one["at"]), one["reason"]) for one in saved["changes"])]
    return tuple(Judgement(own["probability"], own["tirads"], at, reason) for own, at, reason in times)


def in_words(at: str) -> str:
    """A time of the store, to the minute."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime(MINUTE)


def grading_of(seen: Described | None) -> Grading | None:
    """The reader's TI-RADS, None where nothing was answered."""
    if seen is None or seen.findings == Findings():
        return None
    return Grading(seen.findings, assess(seen.findings, seen.system))


def interval_of(observed: Observed | None) -> Interval | None:
    """The interval of a reading, by the nodules with a similar P; None where nobody counted them."""
    if observed is None:
        return None
    moved = "" if observed.here == observed.share else ", moved to this share of malignant nodules"
    what = (
        f"95 % interval of the share of malignant nodules among {observed.n:,} of the model’s data whose "
        f"P(malignant) was {observed.p_low:.2f} to {observed.p_high:.2f}{moved}"
    )
    return Interval(observed.here.low, observed.here.high, what)
