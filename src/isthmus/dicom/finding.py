"""What an answer in DICOM says: a nodule's reading on a frame of a picture, and the model that read it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata

from pydicom.dataset import Dataset

from isthmus.bundle import ABOUT, Bundle
from isthmus.decision import Decision
from isthmus.dicom.uids import uid_of
from isthmus.errors import DataError
from isthmus.nodule import Box, Point
from isthmus.prediction import Prediction

SIDES = ("right", "left", "isthmus")


@dataclass(frozen=True)
class Model:
    """Who read: a bundle's name, the isthmus that ran it, the SHA-256 of the bundle's description (which seals every
    file of it, in hexadecimal), and the decision that was applied."""

    name: str
    version: str
    sha256: str
    decision: Decision

    @classmethod
    def of(cls, bundle: Bundle, decision: Decision | None = None) -> Model:
        """A bundle's identity; ``decision`` where another than its own was applied."""
        described = hashlib.sha256((bundle.folder / ABOUT).read_bytes()).hexdigest()
        return cls(bundle.name, metadata.version("isthmus"), described, decision or bundle.decision)

    @property
    def parameters(self) -> tuple[str, ...]:
        """What else determines an answer, each as ``name = value``."""
        decision = self.decision
        calibration = decision.calibration
        curve = f"{calibration.kind}({', '.join(f'{value:.6g}' for value in calibration.parameters[:6])})"
        said = [
            f"bundle sha256 = {self.sha256}",
            f"threshold {decision.default} = {decision.threshold:.6g}",
            f"calibration = {curve}",
        ]
        if decision.prevalence:
            said.append(f"prevalence = {decision.prevalence.here:.6g}, fitted at {decision.prevalence.fitted:.6g}")
        if decision.conformal:
            said.append(f"coverage of sets of labels = {decision.conformal.coverage:.6g}")
        return tuple(said)


@dataclass(frozen=True)
class Grade:
    """A TI-RADS result as plain values, see ``isthmus tirads``: ``system`` with its year, ``level`` such as "TR4",
    None where there is none, ``points`` None in systems without, ``answers`` to the chart's questions by name."""

    system: str
    level: str | None
    points: int | None = None
    answers: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, eq=False)
class Finding:
    """One nodule's reading on frame ``frame``, from 1 on, of the picture ``image``.

    ``image`` is the source's Dataset; its pixels aren't looked at. ``nodule`` is its name by which it is the same
    nodule in other views and on other dates; "" where nobody named it. ``contour`` is a polygon in image pixels (x, y),
    () where a box was drawn, which is the prediction's. ``size_mm`` is (horizontal, vertical). ``crops`` are the crops
    of the network in image pixels, (x0, y0, x1, y1), in the order of the prediction's votes. ``side`` is one of SIDES.
    ``notes`` are sentences that a reader has to know. Raises DataError for a region that isn't one, or a frame that the
    picture doesn't have.
    """

    prediction: Prediction
    image: Dataset
    frame: int = 1
    nodule: str = ""
    contour: tuple[Point, ...] = ()
    size_mm: tuple[float, float] | None = None
    grade: Grade | None = None
    crops: tuple[tuple[float, float, float, float], ...] = ()
    side: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        where = self.prediction.image or self.prediction.nodule
        if self.prediction.box is None and not self.contour:
            raise DataError("has no box and no contour to report on", where=where, remedy="Read it with a box.")
        if self.contour and len(self.contour) < 3:
            raise DataError(f"a polygon of {len(self.contour)} points has no area", where=where, remedy="Give three.")
        if self.side and self.side not in SIDES:
            raise DataError(f"side {self.side!r} is none of {', '.join(SIDES)}", where=where, remedy="Use one of them.")
        frames = int(self.image.get("NumberOfFrames") or 1)
        if not 1 <= self.frame <= frames:
            raise DataError(f"has no frame {self.frame} but {frames}", where=where, remedy=f"Use 1 to {frames}.")

    @property
    def box(self) -> Box:
        """The box that was read, or the one around the contour."""
        return self.prediction.box or Box.around(self.contour)

    @property
    def outline(self) -> tuple[Point, ...]:
        """The drawn region's corners in image pixels, closed: the last is the first. 0, 0 is the corner of the first
        pixel (PS3.3, C.18.6.1.2), and a box's right edge is where its last column ends."""
        box = self.box
        corners = self.contour or ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))
        return corners if corners[0] == corners[-1] else (*corners, corners[0])

    @property
    def tracking(self) -> str:
        """The tracking UID. A named nodule of a patient has the same in every view and on every date: it follows from
        PatientID, its issuer and the name; without a PatientID from the study's UID and the name. That of an unnamed
        one follows from picture, frame and region."""
        image = self.image
        if not self.nodule:
            return uid_of("region", image.SOPInstanceUID, self.frame, self.outline)
        if patient := image.get("PatientID"):
            return uid_of("nodule", patient, image.get("IssuerOfPatientID") or "", self.nodule)
        return uid_of("nodule of a study", image.get("StudyInstanceUID") or image.SOPInstanceUID, self.nodule)

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells this reading from all others, for a UID: where and what was read, and what came of it."""
        read = self.prediction
        reasons = read.gate.reasons if read.gate else ()
        seen = (self.image.SOPInstanceUID, self.frame, self.outline, self.nodule, self.side, self.size_mm)
        return (*seen, f"{read.probability:.9f}", read.verdict, reasons, self.grade and _plain(self.grade))


def _plain(grade: Grade) -> tuple[object, ...]:
    return grade.system, grade.level, grade.points, tuple(sorted(grade.answers.items()))


def name_of(finding: Finding, number: int) -> str:
    """What a person calls the nodule: its name, else its number in the report."""
    return finding.nodule or f"nodule {number}"


def all_of_one_patient(findings: tuple[Finding, ...]) -> None:
    """Raises DataError where there is no finding, or the pictures are of several patients."""
    if not findings:
        raise DataError("no nodule to report", remedy="Give a box.")
    patients = {(str(one.image.get("PatientID") or ""), str(one.image.get("PatientName") or "")) for one in findings}
    if len(patients) > 1:
        raise DataError(
            "the pictures are of several patients", where=findings[1].prediction.image, remedy="Report each on its own."
        )
