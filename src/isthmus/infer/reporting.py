"""Readings as what an answer in DICOM is made of: of `isthmus predict`, the service and the link to a PACS."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataset import Dataset

from isthmus.data.prepare import placed
from isthmus.dicom.finding import Finding, Grade, Model
from isthmus.infer.answer import Reading
from isthmus.infer.explain import Placement, Rectangle, crop_places
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Frame

NOT_DRAWN = "No nodule was drawn: the scan area was read as one."
DOPPLER = "The region lies in Doppler; the model knows grey images only."


def model_of(predictor: Predictor) -> Model:
    """Who reads, as a report names it."""
    return Model.of(predictor.bundle)


def finding_of(
    predictor: Predictor,
    reading: Reading,
    frame: Frame,
    header: Dataset,
    nodule: str = "",
    grade: Grade | None = None,
    side: str = "",
) -> Finding:
    """A reading of ``frame`` as a finding on the picture whose ``header`` it is, with the network's crops in their
    places. ``nodule`` is its name by which it is tracked, "" for none. Raises DataError for a header of no picture."""
    notes = [*reading.notes, *(() if reading.drawn else (NOT_DRAWN,)), *((DOPPLER,) if reading.doppler else ())]
    return Finding(
        prediction=reading.prediction,
        image=header,
        frame=reading.prediction.page,
        nodule=nodule,
        contour=reading.contour,
        size_mm=None if reading.size is None else (reading.size.width, reading.size.height),
        grade=grade,
        crops=crops_on(predictor, reading, frame),
        side=side,
        notes=tuple(notes),
    )


def crops_on(predictor: Predictor, reading: Reading, frame: Frame) -> tuple[Rectangle, ...]:
    """The network's crops in image pixels, x0, y0, x1, y1, in the order of the votes; () where none has a place."""
    box, places = reading.prediction.box, crop_places(predictor.bundle)
    if box is None or len(places) != len(reading.prediction.votes):
        return ()
    corners: Sequence[Sequence[float]] = placed(
        [(0, 0), (1, 1)], box, frame, predictor.bundle.recipe.preparation
    ).tolist()
    (x0, y0), (x1, y1) = corners
    placement = Placement((x0, y0), (x1 - x0, y1 - y0), frame.width, frame.height)
    return tuple(map(placement.in_image, places))
