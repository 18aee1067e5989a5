"""What the report of one nodule is made of: a reading, its picture, the model, and TI-RADS beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from isthmus.bundle import Bundle
from isthmus.description import Provenance
from isthmus.dicom.finding import Model
from isthmus.errors import DataError
from isthmus.infer.answer import Reading
from isthmus.infer.explain import CropVote, crop_votes, placement_of
from isthmus.infer.predictor import Predictor
from isthmus.models.facts import Facts, facts_of
from isthmus.nodule import Box, Frame, Point
from isthmus.prediction import Prediction
from isthmus.tirads.assessment import Assessment
from isthmus.tirads.descriptors import Findings

NO_SIZE = "the file states no millimetres"


@dataclass(frozen=True)
class Interval:
    """An interval of P(malignant), and ``what`` it is, as a clause: "95 % interval of the share of malignant nodules
    among 212 with a similar P"."""

    low: float
    high: float
    what: str


@dataclass(frozen=True)
class Origin:
    """The model that read: its identity with the decision that was applied, where it comes from, and what is known of
    its errors, None where its bundle holds none. ``engine`` ran it."""

    model: Model
    provenance: Provenance
    facts: Facts | None = None
    engine: str = ""

    @classmethod
    def of(cls, bundle: Bundle, engine: str = "") -> Origin:
        """The model in a bundle, whose decision is the one that was applied. Raises BundleError."""
        return cls(Model.of(bundle), bundle.provenance, facts_of(bundle), engine)


@dataclass(frozen=True)
class Grading:
    """TI-RADS of the nodule: what a reader saw, and what a system makes of it."""

    findings: Findings
    assessment: Assessment


@dataclass(frozen=True)
class Judgement:
    """What a reader thought of the nodule without the model, or with it: P(malignant), a TI-RADS level, when, in
    words, and of a change its ``reason``."""

    probability: float
    tirads: str
    at: str
    reason: str = ""


@dataclass(frozen=True, eq=False)
class NoduleReport:
    """One nodule's reading on ``frame``, whose pixels are those that were read.

    ``crops`` are in the order of the prediction's votes, in pixels of the frame. ``contour`` is the polygon that was
    drawn, () for a box. ``size_mm`` is (width, height), None where ``no_size`` says why not. ``prevalence`` is the
    share of malignant nodules at which P(malignant) holds, None where nobody knows. ``at`` is when it was read, in
    words. ``own`` is the reader's own reading that was saved before the model's, then each change of it.

    A name of the nodule, file, patient or clinician stands in the report only where ``title``, ``picture``,
    ``patient`` or ``clinician`` gives it: the prediction's own names, which follow from a file's, are not shown. The
    whole frame, in which a name may be burnt in, is shown with ``whole_frame`` only; else what is round the nodule.
    Raises DataError for a prediction without a box, or one that leaves the frame.
    """

    prediction: Prediction
    frame: Frame
    origin: Origin
    crops: tuple[CropVote, ...] = ()
    contour: tuple[Point, ...] = ()
    size_mm: tuple[float, float] | None = None
    no_size: str = NO_SIZE
    interval: Interval | None = None
    prevalence: float | None = None
    grading: Grading | None = None
    own: tuple[Judgement, ...] = ()
    at: str = ""
    title: str = ""
    picture: str = ""
    patient: str = ""
    clinician: str = ""
    whole_frame: bool = False

    def __post_init__(self) -> None:
        box = self.prediction.box
        if box is None:
            raise DataError("has no box to report on", where="nodule", remedy="Read it with a box.")
        if box.x0 < 0 or box.y0 < 0 or box.x1 > self.frame.width or box.y1 > self.frame.height:
            what = f"its box leaves the picture of {self.frame.width} x {self.frame.height} pixels"
            raise DataError(what, where="nodule", remedy="Give the frame that was read.")

    @classmethod
    def of(cls, predictor: Predictor, reading: Reading, frame: Frame, **given: Any) -> Self:
        """The report of a reading by ``predictor``: crops, size and model are found, the other fields given. Raises
        DataError, BundleError."""
        prediction, size = reading.prediction, reading.size
        box = prediction.box or Box(0, 0, frame.width, frame.height)
        placement = placement_of(frame, box, predictor.bundle.recipe.preparation)
        return cls(
            prediction,
            frame,
            Origin.of(predictor.bundle, predictor.engine.name),
            crop_votes(predictor.bundle, prediction, placement),
            reading.contour,
            None if size is None else (size.width, size.height),
            reading.size_reason or NO_SIZE,
            **given,
        )

    @property
    def box(self) -> Box:
        """The box that was read."""
        assert self.prediction.box is not None
        return self.prediction.box

    @property
    def answered(self) -> bool:
        """Whether the model gives an answer; if not, no number of its reading may be shown."""
        return self.prediction.verdict is not None
