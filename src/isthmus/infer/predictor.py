"""The reader: load a bundle, predict a nodule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from isthmus.bundle import Bundle, open_bundle
from isthmus.data.pixels import read_frame
from isthmus.data.prepare import prepare
from isthmus.infer.engines import DEFAULT, FASTEST, PassedOver, Reading, Starter, fastest_engine, open_engine
from isthmus.nodule import Box, Frame, Nodule, Prediction
from isthmus.progress import Progress, silent
from isthmus.runtime.start import kind, start

BATCH = 16


class Predictor:
    """Reads nodules with one bundle.

    ``Predictor.load(folder)`` then ``predict(frame, box)``. The engine is the exact one, the same on every machine,
    unless another is named; "fastest" is the quickest that proves itself here, and ``passed_over`` holds the quicker
    ones that don't. Raises BundleError for a bundle that isn't whole, EngineError where the engine can't be used.
    """

    passed_over: tuple[PassedOver, ...] = ()

    def __init__(self, bundle: Bundle, engine: str = DEFAULT, threads: int = 0, starter: Starter = start) -> None:
        self.bundle = bundle
        if engine == FASTEST:
            self.engine, self.passed_over = fastest_engine(bundle, threads, starter)
        else:
            self.engine = open_engine(bundle, engine, threads, starter)

    @classmethod
    def load(cls, folder: Path, engine: str = DEFAULT, threads: int = 0) -> Predictor:
        """The predictor of the bundle in ``folder``, on the engine of that name. Raises BundleError, EngineError."""
        if engine != FASTEST:
            kind(engine)  # a name that is none is said before anything is read
        return cls(open_bundle(folder), engine, threads)

    def predict(self, frame: Frame, box: Box | None = None) -> Prediction:
        """Reads the nodule in ``box`` of a frame, or the whole frame as one RoI. Raises DataError,
        EngineError."""
        box = box or Box(0, 0, frame.width, frame.height)
        said = self.engine.read(prepare(frame, box, self.bundle.recipe.preparation)[None])
        read = self.prediction(said, 0, frame.origin, frame.origin, box)
        return replace(read, page=frame.page, pages=frame.pages)

    def predict_many(self, nodules: Sequence[Nodule], progress: Progress = silent) -> Iterator[Prediction]:
        """Reads nodules of a data set, in order, a batch at a time. Raises DataError for a file that can't be read,
        EngineError."""
        firsts = range(0, len(nodules), BATCH)
        for first in progress(firsts, "reading nodules"):
            batch = nodules[first : first + BATCH]
            frames = {path: read_frame(path) for path in {nodule.path for nodule in batch}}
            rois = np.stack(
                [prepare(frames[nodule.path], nodule.box, self.bundle.recipe.preparation) for nodule in batch]
            )
            said = self.engine.read(rois)
            for index, nodule in enumerate(batch):
                yield self.prediction(said, index, nodule.id, nodule.image, nodule.box)

    def prediction(self, said: Reading, index: int, nodule: str, image: str, box: Box) -> Prediction:
        """What the engine said of RoI ``index`` of a batch."""
        votes = () if said.crops is None else tuple(float(p) for p in said.crops[index])
        return Prediction(
            nodule=nodule,
            image=image,
            box=box,
            probability=float(said.fused[index]),
            whole=float(said.whole[index]),
            crops=float(np.mean(votes)) if votes else None,
            votes=votes,
            threshold=self.bundle.threshold,
        )
