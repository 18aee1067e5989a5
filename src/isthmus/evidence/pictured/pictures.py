"""The nodules judged together with their pictures and the model that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from isthmus.bundle import Bundle
from isthmus.data.dataset import DataSet
from isthmus.data.prepare import each_frame, prepare
from isthmus.evidence.match import Match
from isthmus.evidence.nodules import Nodules
from isthmus.infer.predictor import Predictor
from isthmus.judge.metrics import Floats, Labels
from isthmus.nodule import Frame, Nodule, Pixels
from isthmus.progress import Progress, silent
from isthmus.runtime.parity import read_all

SAMPLE = 600  # nodules that are read again, and again with every change
LARGEST = 16  # RoIs that are read together

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Pictures:
    """A random sample of the nodules tested, (n,) each: ``places`` among those, ``nodules`` with their pictures,
    ``labels``, and ``groups`` (None: each nodule is its own). ``available`` nodules tested have a picture in ``data``,
    of which these are a sample."""

    model: Predictor
    data: DataSet
    available: int
    places: npt.NDArray[np.int64]
    nodules: tuple[Nodule, ...]
    labels: Labels
    groups: npt.NDArray[np.str_] | None

    @classmethod
    def of(cls, judged: Nodules, data: DataSet, model: Predictor, sample: int = SAMPLE, seed: int = 0) -> Pictures:
        """The nodules tested that ``data`` has by name; ``model`` must not have learned from it. Raises DataError where
        it has none, and where a label isn't that of the predictions."""
        match = Match.of(judged, data)
        chosen = np.arange(match.places.size)
        if chosen.size > sample:
            chosen = np.sort(np.random.default_rng(seed).choice(chosen, sample, replace=False))
        places = match.places[chosen]
        rows = np.flatnonzero(~judged.validation)[places]
        nodules = tuple(match.nodules[one] for one in chosen)
        groups = None if judged.groups is None else judged.groups[rows]
        return cls(model, data, match.places.size, places, nodules, judged.labels[rows], groups)

    def part(self, count: int, seed: int = 0) -> Pictures:
        """``count`` of them at random, or all, in their order."""
        at = np.sort(np.random.default_rng(seed).permutation(len(self))[:count])
        return replace(
            self,
            places=self.places[at],
            nodules=tuple(self.nodules[one] for one in at),
            labels=self.labels[at],
            groups=None if self.groups is None else self.groups[at],
        )

    def __len__(self) -> int:
        return len(self.nodules)

    @property
    def threshold(self) -> float:
        """Malignant is P >= it: the model's default."""
        return self.model.bundle.decision.threshold

    def frames(self, doing: str, progress: Progress = silent) -> Iterator[tuple[int, Frame]]:
        """The position and the picture of every nodule, each picture decoded once. Raises DataError."""
        return each_frame(self.nodules, doing, progress)

    def roi(self, position: int, frame: Frame) -> Pixels:
        """The RoI of a nodule in its picture, as the model takes it: uint8 (size, size, 3)."""
        return prepare(frame, self.nodules[position].box, self.model.bundle.recipe.preparation)

    def read(self, rois: Sequence[Pixels]) -> Floats:
        """Calibrated P(malignant) of RoIs as the model takes them, (n,). Raises EngineError."""
        if not rois:
            return np.empty(0)
        fused = read_all(self.model.engine, np.stack(rois)).fused
        return np.asarray(self.model.bundle.decision.probability(fused), np.float64)


def learned_from(model: Bundle, data: DataSet) -> bool:
    """Whether the model, or the weights that it began from, learned from ``data``."""
    return data.fingerprint() in {one.fingerprint for one in model.provenance.learned_from}
