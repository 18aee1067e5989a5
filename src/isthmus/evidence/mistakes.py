"""The mistakes at the main operating point, the most confident first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from isthmus.evidence.decided import Decided
from isthmus.evidence.nodules import Nodules
from isthmus.evidence.operating import HALF, MAIN_POINT
from isthmus.evidence.reasons import shown
from isthmus.judge.intervals import Estimate, share
from isthmus.nodule import Label

EACH = 12  # of a kind, by name
NOT_FITTED = "no calibration could be fitted"


@dataclass(frozen=True)
class One:
    """A nodule by its ``place`` among those judged and its name: what it is, P as it is and calibrated, and what it is
    called."""

    place: int
    nodule: str
    label: Label
    p: float
    calibrated: float | None
    verdict: Label

    def as_json(self) -> dict[str, object]:
        return {
            "nodule": self.nodule,
            "label": str(self.label),
            "p_malignant": self.p,
            "calibrated": self.calibrated,
            "verdict": str(self.verdict),
            "reason": NOT_FITTED if self.calibrated is None else None,
        }


@dataclass(frozen=True)
class Kind:
    """The ``count`` nodules of a class that get the other label, their share of the class, and the most confident."""

    count: int
    share: Estimate
    first: tuple[One, ...]

    def as_json(self) -> dict[str, object]:
        return {"count": self.count, "share": shown(self.share), "first": [one.as_json() for one in self.first]}


@dataclass(frozen=True)
class Mistakes:
    """Malignant nodules that are called benign, lowest P first, and benign ones called malignant, highest P first."""

    point: str
    missed: Kind
    false_alarms: Kind

    def as_json(self) -> dict[str, Any]:
        kinds = {"missed": self.missed, "false_alarms": self.false_alarms}
        return {"point": self.point} | {name: one.as_json() for name, one in kinds.items()}


def mistakes(nodules: Nodules, fitted: Decided | None) -> Mistakes:
    """The mistakes of the nodules tested, at P >= .5 where nothing could be fitted."""
    test = ~nodules.validation
    labels, p = nodules.labels[test], nodules.p[test]
    groups = None if nodules.groups is None else nodules.groups[test]
    called = p >= 0.5 if fitted is None else fitted.called[MAIN_POINT]
    best = p if fitted is None else fitted.p

    def kind(label: Label) -> Kind:
        of_class = labels == label
        wrong = of_class & (called != bool(label))
        order = np.flatnonzero(wrong)[np.argsort(best[wrong] if label else -best[wrong], kind="stable")]
        part = replace(share(wrong, of_class, groups), n=int(of_class.sum()))
        return Kind(int(wrong.sum()), part, tuple(each(nodules, fitted, order[:EACH])))

    point = HALF if fitted is None else MAIN_POINT
    return Mistakes(point, kind(Label.MALIGNANT), kind(Label.BENIGN))


def each(nodules: Nodules, fitted: Decided | None, places: npt.NDArray[np.int64]) -> list[One]:
    """The nodules at those places among the ones tested."""
    rows = np.flatnonzero(~nodules.validation)[places]
    made = []
    for place, row in zip(places.tolist(), rows.tolist(), strict=True):
        p = float(nodules.p[row])
        made.append(
            One(
                place,
                f"line {nodules.lines[row]}" if nodules.names is None else str(nodules.names[row]),
                Label(int(nodules.labels[row])),
                p,
                None if fitted is None else float(fitted.p[place]),
                Label(int(p >= 0.5 if fitted is None else fitted.called[MAIN_POINT][place])),
            )
        )
    return made
