"""Health, the model, and readings: the part of the service that other programs call, too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Path, Request, UploadFile
from fastapi.responses import Response

from isthmus.dicom.regions import scan_area, spacing_in
from isthmus.nodule import DISCLAIMER, Box, Frame, Mark, ScanRegion, parse_point
from isthmus.serve import forms
from isthmus.serve.bounds import Fields
from isthmus.serve.login.who import User, own
from isthmus.serve.pictures import NAMELESS, Pictures, as_png, decode, identity
from isthmus.serve.pool import Pool
from isthmus.serve.reader import Asked, Reader
from isthmus.serve.refusals import HttpError, json_response, responses
from isthmus.serve.settings import Settings
from isthmus.serve.store import Store
from isthmus.text import printable

router = APIRouter()
MOST_BOXES = 50
REFUSALS = responses(400, 403, 404, 408, 413, 415, 422, 503)
ONE_FRAME = ("file", "picture", "frame")


@dataclass(frozen=True)
class Service:
    """What every request works with."""

    reader: Reader
    pictures: Pictures
    pool: Pool
    settings: Settings
    store: Store | None = None


def service_of(request: Request) -> Service:
    """The service of the application that a request came to."""
    service: Service = request.app.state.service
    return service


Here = Annotated[Service, Depends(service_of)]
Upload = Annotated[UploadFile | None, File(description="A picture, or a DICOM file.")]
Picture = Annotated[
    str | None, Form(pattern="^[0-9a-f]{64}$", description="In place of `file`: what POST /pictures gave.")
]
Boxes = Annotated[list[str] | None, Form(description="`x0,y0,x1,y1` in pixels; repeated for several nodules.")]
Polygon = Annotated[str | None, Form(description="`x,y;x,y;...` in pixels, in place of a box.")]
Click = Annotated[str | None, Form(description="`x,y` inside the nodule: the box is proposed.")]
FrameNumber = Annotated[int, Form(ge=1, le=1_000_000, description="Which frame; 1 is the first.")]
Prevalence = Annotated[
    float | None, Form(gt=0, lt=1, description="The site's share of malignant nodules, that P(malignant) is moved to.")
]

ReadId = Annotated[
    str | None, Form(pattern="^[0-9a-f]{32}$", description="The reader's own reading of this, from POST /reads.")
]


@router.get("/health", responses={200: {"model": forms.Health}})
async def health(here: Here) -> Response:
    """That the service stands, and with which model."""
    return json_response({"status": "ok", "model": here.reader.bundle.name, "disclaimer": DISCLAIMER})


@router.get("/model", responses={200: {"model": forms.Model}})
async def model(here: Here, user: User) -> Response:
    """What is known of the model: its decision, figures with n and intervals, and failures."""
    about = await here.pool.run(here.reader.about)
    told = about | {"user": user}
    return json_response(told | {"store": here.store is not None, "own_first": here.settings.own_first})


@router.post(
    "/predict",
    responses={200: {"model": forms.Answer}, **REFUSALS},
    dependencies=[Depends(Fields(*ONE_FRAME, "polygon", "click", "prevalence", "read", several=("box",)))],
)
async def predict(
    here: Here,
    user: User,
    file: Upload = None,
    picture: Picture = None,
    box: Boxes = None,
    polygon: Polygon = None,
    click: Click = None,
    frame: FrameNumber = 1,
    prevalence: Prevalence = None,
    read: ReadId = None,
) -> Response:
    """Reads nodules of one frame: the JSON of `isthmus predict --json`. Without box, polygon or click the scan area
    is read as the nodule."""
    content, origin = await received(file, picture)

    def work() -> dict[str, Any]:
        locked(here, read, user, content, picture, Drawn(frame, tuple(box or ()), polygon, click))
        shown = frame_of(here, content, picture, frame, origin)
        answer = here.reader.answer(Asked(shown, marks_of(here.reader, shown, box, polygon, click), prevalence))
        if here.store and read:
            here.store.show(read, answer)
        noted(here, "read", user, content, picture)
        return answer

    return json_response(await here.pool.run(work))


@router.post(
    "/explain",
    responses={200: {"model": forms.Explained}, **REFUSALS},
    dependencies=[Depends(Fields(*ONE_FRAME, "polygon", "prevalence", "map", "read", several=("box",)))],
)
async def explain(
    here: Here,
    user: User,
    file: Upload = None,
    picture: Picture = None,
    box: Boxes = None,
    polygon: Polygon = None,
    frame: FrameNumber = 1,
    prevalence: Prevalence = None,
    map: Annotated[bool, Form(description="With the map, which takes 82 more readings.")] = False,
    read: ReadId = None,
) -> Response:
    """Where the network looked: its window, the crops with their votes, and the map if it passed its check."""
    content, origin = await received(file, picture)

    def work() -> dict[str, Any]:
        locked(here, read, user, content, picture, Drawn(frame, tuple(box or ()), polygon))
        shown = frame_of(here, content, picture, frame, origin)
        noted(here, "explained", user, content, picture)
        return here.reader.explain(Asked(shown, marks_of(here.reader, shown, box, polygon, None), prevalence), map)

    return json_response(await here.pool.run(work))


@router.post(
    "/propose",
    responses={200: {"model": forms.Proposed}, **responses(400, 404, 408, 413, 415, 422, 503)},
    dependencies=[Depends(Fields(*ONE_FRAME, "click"))],
)
async def propose(
    here: Here,
    click: Annotated[str, Form(description="`x,y` inside the nodule.")],
    file: Upload = None,
    picture: Picture = None,
    frame: FrameNumber = 1,
) -> Response:
    """Proposes the box of the nodule at a click, for a reader to correct."""
    content, origin = await received(file, picture)

    def work() -> dict[str, Any]:
        box = here.reader.propose(frame_of(here, content, picture, frame, origin), parse_point(click))
        return {"box": [box.x0, box.y0, box.x1, box.y1], "disclaimer": DISCLAIMER}

    return json_response(await here.pool.run(work))


@router.post(
    "/pictures",
    responses={200: {"model": forms.Kept}, **responses(400, 408, 413, 415, 422, 503)},
    dependencies=[Depends(Fields("file"))],
)
async def add_picture(here: Here, file: Annotated[UploadFile, File()]) -> Response:
    """Takes a file up for the page, in memory, and says what is in it."""
    return json_response(await here.pool.run(taken_up, here, await file.read(), name_of(file)))


def taken_up(here: Service, content: bytes, origin: str) -> dict[str, Any]:
    """Keeps a file for the page, in memory; gives what is in it. Raises HttpError for what is no picture."""
    first = decode(content, origin, 1)
    area = scan_area(first)
    return {
        "picture": here.pictures.add(content),
        "frames": first.pages,
        "width": first.width,
        "height": first.height,
        "spacing_mm": spacing_in(first, area).mm,
        "scan_area": [area.x0, area.y0, area.x1, area.y1],
        "regions": [region_as_json(one) for one in first.regions if one.kind == "tissue"],
        "disclaimer": DISCLAIMER,
    }


@router.get(
    "/pictures/{picture}/frames/{frame}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **responses(404, 422, 503)},
)
async def show_frame(
    here: Here, picture: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], frame: Annotated[int, Path(ge=1, le=1_000_000)]
) -> Response:
    """One frame of a file as PNG."""

    def work() -> bytes:
        return as_png(here.pictures.frame(picture, frame))

    headers = {"Cache-Control": "private, max-age=3600", "ETag": f'"{picture}-{frame}"'}
    return Response(await here.pool.run(work), headers=headers, media_type="image/png")


def region_as_json(region: ScanRegion) -> dict[str, Any]:
    """A region of tissue: its box, and its millimetres a pixel as (row, column), or null and why."""
    box = region.box
    return {"box": [box.x0, box.y0, box.x1, box.y1], "spacing_mm": region.spacing, "reason": region.reason or None}


async def received(file: UploadFile | None, picture: str | None) -> tuple[bytes | None, str]:
    """The bytes that came, None where a picture is named, and what they are called. Raises HttpError (422)."""
    if (file is None) == (picture is None):
        raise HttpError(422, "give one of file and picture", where="file", remedy="Send one file, in multipart form.")
    return (None, NAMELESS) if file is None else (await file.read(), name_of(file))


def name_of(file: UploadFile) -> str:
    """What a file is called, without folders."""
    return printable(PurePosixPath((file.filename or "").replace("\\", "/")).name) or NAMELESS


def marks_of(
    reader: Reader, frame: Frame, boxes: list[str] | None, polygon: str | None, click: str | None
) -> tuple[Mark, ...]:
    """The nodules that a request names, () for the scan area. Raises DataError, HttpError."""
    if sum(map(bool, (boxes, polygon, click))) > 1:
        raise HttpError(422, "give one of box, polygon and click", where="box", remedy="Leave the others out.")
    if len(boxes or ()) > MOST_BOXES:
        raise HttpError(
            422, f"{len(boxes or ())} boxes of one frame", where="box", remedy=f"Send {MOST_BOXES} at most."
        )
    if polygon is not None:
        return (Mark.parse(polygon),)
    if click is not None:
        return (Mark(reader.propose(frame, parse_point(click)), proposed=True),)
    return tuple(Mark(Box.parse(one)) for one in boxes or ())


@dataclass(frozen=True)
class Drawn:
    """What a reader drew, and on which frame, as text."""

    frame: int
    box: tuple[str, ...]
    polygon: str | None
    click: str | None = None  # a reading that is saved has none


def noted(here: Service, action: str, user: str | None, content: bytes | None, picture: str | None) -> None:
    """Adds to the log who had what read, by which model, where a store has one."""
    if here.store:
        name = picture if content is None else identity(content)
        here.store.note(action, user or "", name or "", here.reader.bundle.name, here.reader.checksum)


def locked(
    here: Service,
    read: str | None,
    user: str | None,
    content: bytes | None,
    picture: str | None,
    drawn: Drawn,
    part: bool = False,
) -> None:
    """Raises HttpError (403) where the study's readers save their own reading first, and none of this is saved; with
    ``part`` one of several nodules that were saved together is enough."""
    if not here.settings.own_first and read is None:
        return
    first = "Save your own reading of this nodule first."
    if read is None or here.store is None:
        raise HttpError(403, "the reader's own reading comes before the model's", where="read", remedy=first)
    saved = here.store.read(read)
    own(user, saved["reader"])
    there = Drawn(saved["frame"], tuple(saved["drawn"]["box"]), saved["drawn"]["polygon"])
    if part and drawn.box and set(drawn.box) < set(there.box):
        drawn = replace(drawn, box=there.box)
    name = picture if content is None else identity(content)
    if (saved["picture"], there) != (name, drawn):
        raise HttpError(403, "the reading that was saved is of something else", where="read", remedy=first)


def frame_of(here: Service, content: bytes | None, picture: str | None, number: int, origin: str) -> Frame:
    """The frame of what came, or of a picture that is kept. Raises DataError, HttpError."""
    if content is not None:
        return decode(content, origin, number)
    return here.pictures.frame(picture or "", number, origin)
