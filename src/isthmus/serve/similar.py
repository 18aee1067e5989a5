"""Similar cases of the nodules on a frame: training nodules by features and label, no picture."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi import Path as InPath
from fastapi.responses import Response
from PIL import Image

from isthmus.dicom.regions import scan_area
from isthmus.errors import DataError, UsageError
from isthmus.infer.neighbours.pictures import TrainingPictures
from isthmus.infer.neighbours.similar import NOT_EVIDENCE, SHOWN, Finder
from isthmus.nodule import DISCLAIMER
from isthmus.serve import forms
from isthmus.serve.bounds import Fields
from isthmus.serve.login.who import User
from isthmus.serve.reader import Reader
from isthmus.serve.readings import (
    ONE_FRAME,
    REFUSALS,
    Boxes,
    Drawn,
    FrameNumber,
    Here,
    Picture,
    Polygon,
    ReadId,
    Upload,
    frame_of,
    locked,
    marks_of,
    noted,
    received,
)
from isthmus.serve.refusals import HttpError, json_response, responses

router = APIRouter()


class Cases:
    """The finder of a service's model, opened when it is first asked for, and the pictures of its training data, if the
    user has them. Raises DataError where ``training_data`` is another data set."""

    def __init__(self, reader: Reader, training_data: Path | None = None) -> None:
        self._reader, self._lock = reader, threading.Lock()
        self._finder: Finder | None = None
        self.pictures = (
            None if training_data is None else TrainingPictures(reader.bundle, self.finder().known, training_data)
        )

    def finder(self) -> Finder:
        """The finder. Raises HttpError (404) where the model keeps no features, BundleError."""
        with self._lock:
            if self._finder is None:
                try:
                    self._finder = Finder(self._reader.bundle)
                except UsageError as error:
                    raise HttpError(404, error.what, where="similar", remedy=error.remedy) from None
            return self._finder


@router.post(
    "/similar",
    responses={200: {"model": forms.SimilarCases}, **REFUSALS},
    dependencies=[Depends(Fields(*ONE_FRAME, "polygon", "count", "read", several=("box",)))],
)
async def similar(
    request: Request,
    here: Here,
    user: User,
    file: Upload = None,
    picture: Picture = None,
    box: Boxes = None,
    polygon: Polygon = None,
    frame: FrameNumber = 1,
    count: Annotated[int, Form(ge=1, le=50, description="How many cases of each nodule.")] = SHOWN,
    read: ReadId = None,
) -> Response:
    """The training nodules nearest to each nodule by the network's features, with their labels: what `isthmus predict
    --similar --json` has under `similar`, null where the input gate refuses the picture."""
    content, origin = await received(file, picture)

    def work() -> dict[str, Any]:
        locked(here, read, user, content, picture, Drawn(frame, tuple(box or ()), polygon))
        shown = frame_of(here, content, picture, frame, origin)
        noted(here, "similar", user, content, picture)
        whole = here.pictures.content(picture or "") if content is None else content
        marks = marks_of(here.reader, shown, box, polygon, None)
        boxes = [mark.on(shown).box for mark in marks] or [scan_area(shown)]
        cases: Cases = request.app.state.cases
        finder, predictor = cases.finder(), here.reader.at(None)
        found = [finder.of(shown, predictor.predict(shown, one), count, whole) for one in boxes]
        return {
            "nodules": [None if one is None else one.as_json() for one in found],
            "pictures": cases.pictures is not None,
            "not_evidence": NOT_EVIDENCE,
            "disclaimer": DISCLAIMER,
        }

    return json_response(await here.pool.run(work))


@router.get(
    "/similar/{row}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **responses(404, 422, 503)},
)
async def show_case(request: Request, here: Here, user: User, row: Annotated[int, InPath(ge=0, le=10**9)]) -> Response:
    """The RoI of a training nodule, where the service has the training data."""
    cases: Cases = request.app.state.cases

    def work() -> bytes:
        if cases.pictures is None:
            remedy = "Start the service with --training-data."
            raise HttpError(404, "the service has no training data", where="similar", remedy=remedy)
        try:
            roi = cases.pictures.roi(row)
        except DataError as error:
            raise HttpError(404, error.what, where=error.where, remedy=error.remedy) from None
        buffer = io.BytesIO()
        Image.fromarray(roi).save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()

    return Response(await here.pool.run(work), headers={"Cache-Control": "private"}, media_type="image/png")
