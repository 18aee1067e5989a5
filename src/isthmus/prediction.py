"""What a model answers: probabilities of many RoIs as arrays, and the record of one nodule's reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from isthmus.decision import Decision
from isthmus.errors import DataError
from isthmus.nodule import Box, Label

if TYPE_CHECKING:  # `--help` of a verb needs the nouns, and no numpy
    import numpy as np
    import numpy.typing as npt

Floats: TypeAlias = "npt.NDArray[np.floating]"

PROBABILITIES = {"p_malignant": "probability", "p_whole": "whole", "p_crops": "crops"}  # in files -> in code
ABSTAIN = "abstain"  # in files, where there is no verdict
# Keys in files that are no field by that name; the second line is of a reading (``infer/answer.py``).
DERIVED = (*PROBABILITIES, "verdict", "set", "gate")
BESIDE = ("polygon", "roi", "spacing_mm", "spacing_reason", "size_mm", "size_reason", "doppler", "notes", "similar")
SIDES = ("x0", "y0", "x1", "y1")


@dataclass(frozen=True, eq=False)
class Probabilities:
    """P(malignant) of n RoIs: ``fused`` (n,), ``whole`` (n,), ``crops`` (n, N) or None without a cropping branch.

    ``maps`` is the trunk's feature map (n, channels, h, w), None where the export doesn't give it.
    """

    fused: Floats
    whole: Floats
    crops: Floats | None
    maps: Floats | None = None

    def prediction(
        self, index: int, nodule: str, image: str, box: Box, decision: Decision, page: int = 1, pages: int = 1
    ) -> Prediction:
        """The record of RoI ``index``: the decision's calibration gives the probability, its default threshold the
        verdict. No other code applies a decision to a reading. Raises DataError for a number outside 0 .. 1."""
        votes = () if self.crops is None else tuple(float(vote) for vote in self.crops[index])
        probability = decision.probability(self.fused[index])
        return Prediction(
            nodule=nodule,
            image=image,
            probability=float(probability),
            whole=float(self.whole[index]),
            crops=None if self.crops is None else float(self.crops[index].mean(dtype="float64")),
            threshold=decision.threshold,
            operating_point=decision.default,
            box=box,
            votes=votes,
            page=page,
            pages=pages,
            label_set=None if decision.conformal is None else _labels_in(*decision.conformal.holds(probability)),
        )


def _labels_in(benign: object, malignant: object) -> tuple[Label, ...]:
    return tuple(label for label, holds in zip(Label, (benign, malignant), strict=True) if holds)


@dataclass(frozen=True)
class Passage:
    """What the input gate says of a RoI: the ``reasons`` why it is refused, () where it is accepted."""

    reasons: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        return not self.reasons

    def as_json(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {"accepted": self.accepted, "reasons": list(self.reasons)}


@dataclass(frozen=True)
class Prediction:
    """The record of one nodule's reading. Every probability is P(malignant), in 0 .. 1; raises DataError otherwise.

    ``whole`` is the global branch's, ``crops`` the cropping branch's mean (None without that branch), ``votes`` each
    crop's. ``verdict`` is malignant where ``probability`` >= ``threshold``, which is called ``operating_point``. Page
    ``page`` of the image's ``pages`` was read; 1 is the first. ``label_set`` are the labels that the reading doesn't
    rule out at the bundle's coverage, one, both or none; None where the bundle has no conformal limits. In records of
    before they were stored ``box`` is None and ``operating_point`` "".
    """

    nodule: str
    image: str
    probability: float
    whole: float
    crops: float | None
    threshold: float
    box: Box | None = None
    votes: tuple[float, ...] = ()
    page: int = 1
    pages: int = 1
    operating_point: str = ""
    label_set: tuple[Label, ...] | None = None
    gate: Passage | None = None  # of a bundle that has a gate

    def __post_init__(self) -> None:
        for column, name in PROBABILITIES.items():
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise DataError(f"{column} = {value} is not a probability in 0 .. 1", where=f"nodule {self.nodule}")

    @property
    def verdict(self) -> Label | None:
        """The label; None where the gate refuses, as the number then means nothing."""
        return self.side if self.gate is None or self.gate.accepted else None

    @property
    def side(self) -> Label:
        """The label by the threshold alone, whatever the gate says."""
        return Label.MALIGNANT if self.probability >= self.threshold else Label.BENIGN

    def as_json(self) -> dict[str, Any]:
        """The record as it stands in every JSON file and answer, probabilities named as in PROBABILITIES."""
        numbers = {column: getattr(self, name) for column, name in PROBABILITIES.items()}
        return {
            "nodule": self.nodule,
            "image": self.image,
            "page": self.page,
            "pages": self.pages,
            "box": None if self.box is None else [getattr(self.box, side) for side in SIDES],
            **{column: None if value is None else float(value) for column, value in numbers.items()},
            "votes": list(self.votes),
            "threshold": self.threshold,
            "operating_point": self.operating_point,
            "set": None if self.label_set is None else [str(label) for label in self.label_set],
            "verdict": ABSTAIN if self.verdict is None else str(self.verdict),
            "gate": self.gate and self.gate.as_json(),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The record that ``as_json`` gave. Raises KeyError, TypeError or DataError for anything else."""
        values = {name: value for name, value in record.items() if name not in DERIVED + BESIDE}
        values |= {name: record[column] for column, name in PROBABILITIES.items()}
        gate = record.get("gate")
        values["gate"] = None if gate is None else Passage(tuple(gate["reasons"]))
        box, votes = record.get("box"), record.get("votes", ())
        names = record.get("set")
        values["label_set"] = None if names is None else tuple(Label.named(name) for name in names)
        return cls(**values | {"box": None if box is None else Box(*box), "votes": tuple(votes)})

    def as_cells(self) -> dict[str, str]:
        """The record as cells of a CSV, by column: as in JSON, but the box as x0, y0, x1, y1, the set as labels with a
        blank between them or "none", and without the votes.

        Floats read back equal; None is "".
        """
        record = self.as_json()
        del record["votes"]
        if self.label_set is not None:
            record["set"] = " ".join(record["set"]) or "none"
        if self.gate:
            record["gate"] = "; ".join(self.gate.reasons) or "accepted"
        sides = record.pop("box") or (None,) * len(SIDES)
        record |= dict(zip(SIDES, sides, strict=True))
        return {column: "" if value is None else str(value) for column, value in record.items()}
