"""What the model's input gate makes of nodules that it should let through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from isthmus.evidence.pictured.pictures import LARGEST, Pictures
from isthmus.evidence.reasons import shown
from isthmus.infer.gate.gate import REASONS
from isthmus.judge.intervals import Estimate, share
from isthmus.judge.scorecard import scorecard
from isthmus.nodule import Label, Pixels
from isthmus.prediction import Passage
from isthmus.progress import Progress, silent

NO_GATE = "the model carries no input gate"

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Gated:
    """Of ``n`` nodules: the share that the gate ``refused``, in all, of benign and of malignant ones, and for each
    reason; the AUC of all and of those accepted. ``about`` says what the gate was fitted on. Where the model carries
    none, ``reason`` says so, and there is nothing else."""

    n: int
    reason: str = ""
    about: str = ""
    refused: Mapping[str, Estimate] = field(default_factory=dict)
    reasons: Mapping[str, Estimate] = field(default_factory=dict)
    auc: Mapping[str, Estimate] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """JSON's types."""
        if self.reason:
            return {"value": None, "reason": self.reason}
        figures = {"refused": self.refused, "reasons": self.reasons, "auc": self.auc}
        return {"n": self.n, "about": self.about} | {
            key: {name: shown(one) for name, one in several.items()} for key, several in figures.items()
        }


def gated(pictures: Pictures, progress: Progress = silent) -> Gated:
    """Judges every RoI by the model's gate, and reads it. Raises DataError, EngineError."""
    gate, n = pictures.model.gate, len(pictures)
    if gate is None:
        return Gated(n, NO_GATE)
    passages, p = [Passage()] * n, np.empty(n)
    rois: dict[int, Pixels] = {}
    for position, frame in pictures.frames("the input gate", progress):
        rois[position] = pictures.roi(position, frame)
        passages[position] = gate.judge(rois[position], pictures.nodules[position].box)
        if len(rois) == LARGEST:
            p[list(rois)] = pictures.read(list(rois.values()))
            rois.clear()
    p[list(rois)] = pictures.read(list(rois.values()))
    refused = np.array([not one.accepted for one in passages])

    def part(of: Mask, whole: Mask) -> Estimate:
        one = share(of, whole, pictures.groups)
        return Estimate(one.value, one.low, one.high, one.method, int(whole.sum()))

    def auc(inside: Mask) -> Estimate:
        if not inside.any():
            return Estimate.undefined("no nodule is accepted")
        groups = None if pictures.groups is None else pictures.groups[inside]
        one = scorecard(pictures.labels[inside], p[inside], groups).metrics["auc"]
        return Estimate(one.value, one.low, one.high, one.method, int(inside.sum()))

    every = np.ones(n, bool)
    classes = {str(label): pictures.labels == label for label in Label}
    given = {name: np.array([text in one.reasons for one in passages]) for name, text in REASONS.items()}
    return Gated(
        n,
        about=gate.about,
        refused={name: part(refused, whole) for name, whole in {"all": every, **classes}.items()},
        reasons={name: part(one, every) for name, one in given.items()},
        auc={"all": auc(every), "accepted": auc(~refused)},
    )
