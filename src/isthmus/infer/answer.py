"""Readings of one frame, and the JSON document that answers for them: of `isthmus predict --json` and the service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from isthmus.dicom.regions import Size, Spacing, meets_doppler, size_of, spacing_in
from isthmus.infer.predictor import Predictor
from isthmus.nodule import DISCLAIMER, Box, Frame, Mark, Point
from isthmus.prediction import Prediction

if TYPE_CHECKING:  # scipy, which one reading does without
    from isthmus.infer.neighbours.similar import Similar

NOT_DRAWN = "no nodule is drawn: the scan area is read"


@dataclass(frozen=True)
class Reading:
    """A prediction, and what its frame says of the nodule's size. ``contour`` is what was drawn, () for a box.

    ``drawn`` is False where no nodule was marked and the scan area was read; ``proposed``: its box came of a click.
    ``size`` is None where ``size_reason`` says why. ``notes`` are the frame's, ``doppler`` whether the RoI meets one
    of Doppler. ``similar`` are similar cases, where they were asked for and the gate lets the picture through.
    """

    prediction: Prediction
    contour: tuple[Point, ...]
    drawn: bool
    spacing: Spacing
    size: Size | None
    size_reason: str
    doppler: bool
    notes: tuple[str, ...] = ()
    proposed: bool = False
    similar: Similar | None = None

    @property
    def roi(self) -> str:
        """Whose the RoI is: "drawn" by the reader, "proposed" of a click, or the "scan-area"."""
        return ("proposed" if self.proposed else "drawn") if self.drawn else "scan-area"

    def as_json(self) -> dict[str, Any]:
        """The prediction's record with the keys of ``Reading``; millimetres as [row, column], or null and a reason."""
        similar = {} if self.similar is None else {"similar": self.similar.as_json()}
        return self.prediction.as_json() | {
            "polygon": [list(point) for point in self.contour] or None,
            "roi": self.roi,
            "spacing_mm": None if self.spacing.mm is None else list(self.spacing.mm),
            "spacing_reason": self.spacing.reason or None,
            "size_mm": None if self.size is None else asdict(self.size),
            "size_reason": self.size_reason or None,
            "doppler": self.doppler,
            "notes": list(self.notes),
            **similar,
        }


def read_nodules(predictor: Predictor, frame: Frame, marks: Sequence[Box | Mark] = ()) -> list[Reading]:
    """A reading of each mark on a frame, in their order; without one, of its scan area as one RoI, which is the whole
    picture where no file states another. Raises DataError for a mark that leaves the frame, EngineError."""
    drawn = [Mark(one) if isinstance(one, Box) else one for one in marks]
    if len(drawn) < 2:
        return [reading_of(predictor, frame, drawn[0] if drawn else None)]
    return [reading_of(predictor, frame, mark, number) for number, mark in enumerate(drawn, 1)]


def reading_of(predictor: Predictor, frame: Frame, mark: Mark | None, number: int = 0) -> Reading:
    """The reading of one mark; None: of the scan area. Of several nodules of a frame each has a ``number``, from 1 on,
    which goes into its name. Raises DataError, EngineError."""
    placed = None if mark is None else mark.on(frame)
    prediction = predictor.predict(frame, None if placed is None else placed.box)
    if number:
        prediction = replace(prediction, nodule=f"{prediction.nodule}-{number}")
    assert prediction.box is not None  # the predictor states it
    spacing = spacing_in(frame, prediction.box)
    size = None if placed is None or spacing.mm is None else size_of(placed.box, spacing.mm, placed.contour)
    return Reading(
        prediction=prediction,
        contour=() if placed is None else placed.contour,
        drawn=placed is not None,
        spacing=spacing,
        size=size,
        size_reason=NOT_DRAWN if placed is None else spacing.reason,
        doppler=meets_doppler(frame, prediction.box),
        notes=frame.notes,
        proposed=placed is not None and placed.proposed,
    )


def document(
    predictor: Predictor, readings: Iterable[Reading | Prediction], errors: Iterable[Exception] = ()
) -> dict[str, Any]:
    """The answer: who read, each reading, and a line for each file that couldn't be read."""
    return {
        "model": predictor.bundle.name,
        "engine": predictor.engine.name,
        "passed_over": [asdict(engine) for engine in predictor.passed_over],
        "predictions": [reading.as_json() for reading in readings],
        "errors": list(map(str, errors)),
        "disclaimer": DISCLAIMER,
    }
