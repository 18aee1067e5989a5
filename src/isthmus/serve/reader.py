"""What the service asks of a model: readings, their crops and map, and what is known of it. Runs off the event loop."""

from __future__ import annotations

import base64
import copy
import io
import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from isthmus.bundle import Bundle
from isthmus.data.prepare import window
from isthmus.decision import Decision, Prevalence
from isthmus.dicom.regions import scan_area
from isthmus.infer.answer import document, read_nodules
from isthmus.infer.explain import METHOD, Explanation, crop_votes, explain, placement_of
from isthmus.infer.map_check import check_of, shown_or_why
from isthmus.infer.predictor import Predictor
from isthmus.infer.proposal.propose import Proposer
from isthmus.models.facts import Facts, facts_of
from isthmus.models.observed import Reliability, evidence_in
from isthmus.nodule import DISCLAIMER, Box, Frame, Mark, Pixels, Point
from isthmus.prediction import Prediction, Probabilities
from isthmus.runtime.kinds import Engine
from isthmus.serve.refusals import HttpError

ONE_AT_A_TIME = "openvino"  # whose request holds its results; an InferenceSession of onnxruntime may run many


@dataclass(frozen=True)
class Asked:
    """The nodules of a frame to be read, and the site's prevalence, None where the model's own holds."""

    frame: Frame
    marks: tuple[Mark, ...] = ()
    prevalence: float | None = None


class InTurn:
    """An engine that one thread at a time may use."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self.name, self.precision = engine.name, engine.precision

    def read(self, rois: Pixels) -> Probabilities:
        """Reads RoIs, uint8 (n, size, size, 3). Raises EngineError."""
        with self._lock:
            return self._engine.read(rois)


class Reader:
    """A model that is open and warm. Every method may run in many threads at once."""

    def __init__(self, predictor: Predictor) -> None:
        if predictor.engine.name.startswith(ONE_AT_A_TIME):
            predictor.engine = InTurn(predictor.engine)
        self._predictor = predictor
        self._proposer = Proposer()
        self.bundle = predictor.bundle
        self.facts = facts_of(self.bundle)
        self.reliability = Reliability.of(self.bundle)
        size = self.bundle.recipe.preparation.size
        self._predictor.predict(Frame(np.zeros((size, size), np.uint8), "warm"))

    @cached_property
    def checksum(self) -> str:
        """The SHA-256 that the bundle's description states of its network: which model this is."""
        about = json.loads((self.bundle.folder / "bundle.json").read_bytes())
        return str(about["files"]["model.onnx"])

    def answer(self, asked: Asked) -> dict[str, Any]:
        """The document of `isthmus predict --json`. Raises DataError, EngineError, HttpError."""
        predictor = self.at(asked.prevalence)
        return document(predictor, read_nodules(predictor, asked.frame, asked.marks))

    def explain(self, asked: Asked, with_map: bool) -> dict[str, Any]:
        """Of each nodule the window that the network sees, its crops with their votes, and its map where it may be
        shown. Raises DataError, EngineError, HttpError."""
        predictor, frame = self.at(asked.prevalence), asked.frame
        boxes: list[Box | None] = [mark.on(frame).box for mark in asked.marks]
        shown = [self._mapped(predictor, frame, box, with_map) for box in boxes or [None]]
        return {"nodules": shown, "method": METHOD, "not_evidence": NOT_EVIDENCE, "disclaimer": DISCLAIMER}

    def propose(self, frame: Frame, click: Point) -> Box:
        """The box that is proposed for the nodule at a click. Raises DataError for one outside the frame."""
        return self._proposer.propose(frame, click)

    def about(self) -> dict[str, Any]:
        """What is known of the model: decision, figures with n and intervals, failures."""
        decision = self.bundle.decision
        allowed, why = shown_or_why(check_of(self.bundle), METHOD)
        return {
            "model": self.bundle.name,
            "checksum": self.checksum,
            "engine": self._predictor.engine.name,
            "decision": asdict(decision),
            "threshold": decision.threshold,
            "prevalence": fitted_at(self.bundle, self.facts),
            "gate": self._predictor.gate is not None,
            "map": {"may_be_shown": allowed, "why": why},
            "facts": None if self.facts is None else asdict(self.facts),
            "evidence": evidence_of(self.bundle),
            "disclaimer": DISCLAIMER,
        }

    def at(self, here: float | None) -> Predictor:
        """The predictor whose P(malignant) holds at a prevalence, the model's own if None. Raises HttpError."""
        if here is None:
            return self._predictor
        fitted = fitted_at(self.bundle, self.facts)
        if fitted is None:
            what = "the model doesn't say at which prevalence it was fitted"
            raise HttpError(422, what, where="prevalence", remedy="Leave it out, or calibrate the model to the site.")
        try:
            decision = moved(self.bundle.decision, fitted, here)
        except ValueError as error:
            remedy = "Give the share of malignant nodules, between 0 and 1."
            raise HttpError(422, str(error), where="prevalence", remedy=remedy) from None
        predictor = copy.copy(self._predictor)
        predictor.bundle = replace(self.bundle, decision=decision)
        return predictor

    def _mapped(self, predictor: Predictor, frame: Frame, box: Box | None, with_map: bool) -> dict[str, Any]:
        box = box or scan_area(frame)
        preparation = predictor.bundle.recipe.preparation
        seen = window(box, frame, preparation)
        if with_map:
            made = explain(predictor, frame, box)
            crops, prediction, map_ = made.crops, made.prediction, _map(made)
        else:
            prediction = predictor.predict(frame, box)
            crops, map_ = crop_votes(predictor.bundle, prediction, placement_of(frame, box, preparation)), None
        return {
            "box": [box.x0, box.y0, box.x1, box.y1],
            "window": [seen.x0, seen.y0, seen.x1, seen.y1],
            "crops": [{"p_malignant": one.probability, "box": list(one.in_image)} for one in crops],
            "whole": prediction.whole,
            "observed": self._observed(predictor, prediction),
            "map": map_,
        }

    def _observed(self, predictor: Predictor, prediction: Prediction) -> dict[str, Any] | None:
        """How many nodules with such a P were malignant; None where the model doesn't answer, or nobody counted."""
        found = self.reliability.near(prediction.probability, predictor.bundle.decision.prevalence)
        return None if found is None or prediction.verdict is None else found.as_json()


HALF = "half"  # the threshold that is 0.5 of whatever P(malignant) is
NOT_EVIDENCE = "The map says what the answer depends on. It is not evidence of benign or malignant."
MOST_OPAQUE = 150


def _map(made: Explanation) -> dict[str, Any]:
    """The map as a PNG to lay on the window: orange speaks for malignant, blue for benign; none where it may not be
    shown."""
    if not made.may_be_shown:
        return {"may_be_shown": False, "why": made.why, "png": None}
    strength = np.abs(made.map) / max(float(np.abs(made.map).max()), 1e-6)
    rgba = np.empty((*made.map.shape, 4), np.uint8)
    rgba[..., :3] = np.where((made.map > 0)[..., None], (230, 130, 0), (0, 114, 220))
    rgba[..., 3] = np.rint(MOST_OPAQUE * strength)
    buffer = io.BytesIO()
    Image.fromarray(rgba).save(buffer, "PNG")
    return {"may_be_shown": True, "why": made.why, "png": base64.b64encode(buffer.getvalue()).decode()}


def fitted_at(bundle: Bundle, facts: Facts | None) -> float | None:
    """The share of malignant nodules at which the model's P(malignant) holds; None where that isn't known."""
    if bundle.decision.prevalence:
        return bundle.decision.prevalence.here
    if facts:
        return facts.out_of_fold.malignant / (facts.out_of_fold.benign + facts.out_of_fold.malignant)
    counts = bundle.provenance.nodules.get("training", {})
    total = sum(counts.values())
    return counts.get("malignant", 0) / total if total else None


def moved(decision: Decision, fitted: float, here: float) -> Decision:
    """The decision at another prevalence: P(malignant) moves, and with it the thresholds and the limits of sets, so
    that no label changes, but for the threshold ``half`` (decision 83). Raises ValueError for what is no prevalence."""
    move = Prevalence(fitted, here)
    names = decision.thresholds
    at = {name: one if name == HALF else float(move.apply(np.array(one))) for name, one in names.items()}
    sets = decision.conformal
    if sets:
        benign, malignant = (float(move.apply(np.array(one))) for one in (sets.benign, sets.malignant))
        sets = replace(sets, benign=benign, malignant=malignant)
    first = decision.prevalence.fitted if decision.prevalence else fitted
    return replace(decision, thresholds=at, prevalence=Prevalence(first, here), conformal=sets)


def evidence_of(bundle: Bundle) -> Mapping[str, Any] | None:
    """What a reader has to know of the figures in a bundle; None where it carries none. Raises BundleError."""
    whole = evidence_in(bundle)
    if whole is None:
        return None
    mistakes = whole.get("mistakes") or {}
    return {
        "n": whole.get("n"),
        "benign": whole.get("benign"),
        "malignant": whole.get("malignant"),
        "point": mistakes.get("point"),
        "missed": (mistakes.get("missed") or {}).get("share"),
        "false_alarms": (mistakes.get("false_alarms") or {}).get("share"),
        "conformal": whole.get("conformal"),
    }
