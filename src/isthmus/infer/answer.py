"""Readings of one frame, and the JSON document that answers for them: of `isthmus predict --json` and the service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from isthmus.infer.predictor import Predictor
from isthmus.nodule import DISCLAIMER, Box, Frame
from isthmus.prediction import Prediction


def read_nodules(predictor: Predictor, frame: Frame, boxes: Sequence[Box] = ()) -> list[Prediction]:
    """A reading of each box of a frame, in their order; without a box, of the whole frame as one RoI. Raises DataError
    for a box that leaves the frame, EngineError."""
    return [predictor.predict(frame, box) for box in boxes or (None,)]


def document(predictor: Predictor, readings: Iterable[Prediction], errors: Iterable[Exception] = ()) -> dict[str, Any]:
    """The answer: who read, each reading, and a line for each file that couldn't be read."""
    return {
        "model": predictor.bundle.name,
        "engine": predictor.engine.name,
        "passed_over": [asdict(engine) for engine in predictor.passed_over],
        "predictions": [reading.as_json() for reading in readings],
        "errors": list(map(str, errors)),
        "disclaimer": DISCLAIMER,
    }
