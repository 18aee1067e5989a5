"""The reader: load a bundle, predict a nodule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from isthmus.bundle import Bundle
from isthmus.data.prepare import prepare
from isthmus.dicom.regions import scan_area
from isthmus.infer.engines import DEFAULT, FASTEST, PassedOver, Starter, fastest_engine, open_engine
from isthmus.infer.gate.gate import Gate
from isthmus.infer.proofs import Proofs
from isthmus.models.shipped import DEFAULT_MODEL, open_model
from isthmus.nodule import Box, Frame, Pixels
from isthmus.prediction import Prediction
from isthmus.runtime.start import kind, start


class Predictor:
    """Reads nodules with one bundle.

    ``Predictor.load(model)`` then ``predict(frame, box)``. The engine is the exact one, the same on every machine,
    unless another is named; "fastest" is the quickest that proves itself here, and ``passed_over`` holds the quicker
    ones that don't. ``gate`` is the bundle's, None where it has none. Raises BundleError for a bundle that isn't whole,
    EngineError where the engine can't be used.
    """

    passed_over: tuple[PassedOver, ...] = ()

    def __init__(
        self,
        bundle: Bundle,
        engine: str = DEFAULT,
        threads: int = 0,
        starter: Starter = start,
        proofs: Proofs | None = None,
    ) -> None:
        self.bundle = bundle
        self.gate = Gate.load(bundle.gate) if bundle.gate else None
        if engine == FASTEST:
            self.engine, self.passed_over = fastest_engine(bundle, threads, starter, proofs)
        else:
            self.engine = open_engine(bundle, engine, threads, starter, proofs)

    @classmethod
    def load(
        cls,
        model: str | Path = DEFAULT_MODEL,
        engine: str = DEFAULT,
        threads: int = 0,
        threshold: str = "",
        starter: Starter = start,
        proofs: Proofs | None = None,
    ) -> Predictor:
        """The predictor of a model that ships, by name, or of the bundle in a folder, on the engine of that name.

        ``threshold`` is one of the bundle's by name, or a number, for the verdict; "": the bundle's default. Raises
        BundleError, EngineError, and UsageError for a model or threshold that isn't there.
        """
        if engine != FASTEST:
            kind(engine)  # an unknown name is refused before anything is read
        bundle = open_model(model)
        if threshold:
            bundle = replace(bundle, decision=bundle.decision.at_point(threshold))
        return cls(bundle, engine, threads, starter, proofs)

    def predict(self, frame: Frame, box: Box | None = None) -> Prediction:
        """Reads the nodule in ``box`` of a frame, or its scan area as one RoI, which is the whole frame where no file
        states another. Raises DataError, EngineError."""
        box = box or scan_area(frame)
        roi = prepare(frame, box, self.bundle.recipe.preparation)
        votes = self.engine.read(roi[None])
        read = votes.prediction(0, frame.origin, frame.origin, box, self.bundle.decision, frame.page, frame.pages)
        return self.gated([read], roi[None], [box])[0]

    def gated(self, predictions: Sequence[Prediction], rois: Pixels, boxes: Sequence[Box]) -> Sequence[Prediction]:
        """The records with what the gate says of their RoIs, uint8 (n, size, size, 3)."""
        if not self.gate:
            return predictions
        passages = self.gate.judge_all(rois, boxes)
        return [replace(one, gate=passage) for one, passage in zip(predictions, passages, strict=True)]
