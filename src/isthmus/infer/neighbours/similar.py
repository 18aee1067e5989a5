"""The training nodules nearest to one, with their labels, and in words how near they are."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from isthmus.bundle import Bundle
from isthmus.data.prepare import prepare
from isthmus.errors import UsageError
from isthmus.infer.neighbours.known import DIGEST, Known, cells_of, opened
from isthmus.judge.intervals import Estimate, wilson
from isthmus.nodule import Box, Frame, Label
from isthmus.prediction import Prediction

SHOWN, COUNTED = 5, 20
FAR = 0.01  # of the training nodules have their own nearest farther: nothing is near
SAME = 0.25  # of the least distance of a hundredth of the training nodules: the same picture
NOT_EVIDENCE = "Similar to the network, which may heed other things than a reader; not evidence."


@dataclass(frozen=True)
class Case:
    """The training nodule ``row``, from 0 on. ``farther`` is the share of training nodules whose own nearest lies
    farther than this one."""

    label: Label
    distance: float
    farther: float
    row: int

    def as_json(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return asdict(self) | {"label": str(self.label)}


@dataclass(frozen=True)
class Similar:
    """The ``cases`` nearest to a nodule, and the share of malignant ones among the ``counted`` nearest, its interval as
    if they were independent; ``known`` where its picture is in the training data, and left out of them. ``benign`` and
    ``malignant`` count the training nodules."""

    cases: tuple[Case, ...]
    counted: Estimate
    known: bool
    benign: int
    malignant: int

    @property
    def near(self) -> bool:
        """Whether any training nodule is near."""
        return bool(self.cases) and self.cases[0].farther >= FAR

    @property
    def sentences(self) -> tuple[str, ...]:
        """The result in words."""
        n, one = self.benign + self.malignant, self.counted
        count = one.n or 0
        of_these = round(one.value * count)
        told = ["This picture is in the training data; it is left out here."] if self.known else []
        if not self.near:
            told.append("No training nodule is near: those below are unlike it, too.")
        told.append(
            f"Of the {count} nearest, {of_these} malignant and {count - of_these} benign: {100 * one.value:.0f} % "
            f"malignant ({100 * one.low:.0f} to {100 * one.high:.0f} %); of all {n}, {100 * self.malignant / n:.0f} %."
        )
        return (*told, NOT_EVIDENCE)

    def as_json(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "cases": [case.as_json() for case in self.cases],
            "malignant_share": self.counted.as_json() | {"n": self.counted.n},
            "near": self.near,
            "in_training_data": self.known,
            "training": {str(Label.BENIGN): self.benign, str(Label.MALIGNANT): self.malignant},
            "sentences": list(self.sentences),
        }


class Finder:
    """Finds similar cases with a bundle. Raises UsageError where it keeps none, BundleError for damage."""

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        if bundle.neighbours is None:
            raise UsageError(
                f"{bundle.name} keeps no features of the nodules that it learned from",
                remedy="Train it anew, which keeps them, or use another model.",
            )
        self._preparation = bundle.recipe.preparation
        self.known = Known.load(bundle.neighbours)
        self._inside = opened(self.known, bundle.onnx, threads)
        self._floor = SAME * float(np.quantile(self.known.apart, 0.01))

    def find(self, frame: Frame, box: Box, count: int = SHOWN, content: bytes | None = None) -> Similar:
        """The ``count`` cases nearest to the nodule in ``box`` of a frame; ``content`` are the bytes of its file, by
        which a picture of the training is known again. Raises DataError, EngineError."""
        roi, known = prepare(frame, box, self._preparation), self.known
        cells = cells_of(self._inside.read(roi[None]), 1, known.widths, known.copies)
        distances = np.linalg.norm(known.where - known.placed(cells), axis=1)
        keys = known.pictures
        same = np.zeros(len(keys), bool) if content is None else (keys == digest(content)).all(1)
        alike = distances < self._floor
        same |= (keys[:, None] == keys[alike]).all(2).any(1) if alike.any() else False
        order = [int(at) for at in np.argsort(distances, kind="stable") if not same[at]]
        cases = tuple(self._case(at, float(distances[at])) for at in order[:count])
        nearest, labels = order[:COUNTED], known.labels
        share = wilson(int(labels[nearest].sum()), len(nearest))
        counted = Estimate(share.value, share.low, share.high, share.method, len(nearest))
        return Similar(cases, counted, bool(same.any()), int((labels == 0).sum()), int((labels == 1).sum()))

    def of(self, frame: Frame, prediction: Prediction, count: int, content: bytes | None) -> Similar | None:
        """``find`` for a nodule that was read; None where the gate refuses the picture. Raises what ``find`` raises."""
        if prediction.verdict is None or prediction.box is None:
            return None
        return self.find(frame, prediction.box, count, content)

    def _case(self, at: int, distance: float) -> Case:
        farther = float((self.known.apart > distance).mean())
        return Case(Label(int(self.known.labels[at])), distance, farther, at)


def digest(content: bytes) -> npt.NDArray[np.uint8]:
    """How a picture's file is known again."""
    return np.frombuffer(hashlib.sha256(content).digest()[:DIGEST], np.uint8)


def digest_of(path: Path) -> npt.NDArray[np.uint8]:
    """``digest`` of a file. Raises OSError."""
    return digest(path.read_bytes())
