"""Reports of one nodule, of made numbers on a made picture; no network reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from isthmus.decision import Conformal, Decision
from isthmus.description import Provenance
from isthmus.dicom.finding import Model
from isthmus.infer.explain import CropVote
from isthmus.nodule import Box, Frame, Label
from isthmus.prediction import Passage, Prediction
from isthmus.report.nodule.report import Grading, NoduleReport, Origin
from isthmus.tirads.descriptors import read
from isthmus.tirads.systems import assess
from make.gated import roi
from make.shipped import FACTS

THRESHOLD = FACTS.out_of_fold.thresholds["sensitivity-95"].threshold
DECISION = Decision({"sensitivity-95": THRESHOLD}, "sensitivity-95", conformal=Conformal(0.9, 0.7, 0.2))
COUNTS = {"benign": 40, "malignant": 60}
PROVENANCE = Provenance(
    "folders", "given", "0" * 12, {"training": COUNTS, "validation": COUNTS}, 0, 0, 0.5, {}, {}, "2020-01-01"
)
ORIGIN = Origin(Model("made", "1.2.3", "ab" * 32, DECISION), PROVENANCE, FACTS, "onnxruntime")
BOX = Box(60, 50, 140, 120)
VOTES = (0.111, 0.222, 0.333, 0.444, 0.555)
PLACES = ((50.0, 40.0), (90.0, 40.0), (50.0, 70.0), (90.0, 70.0), (70.0, 55.0))
CROPS = tuple(CropVote(vote, (0, 0, 1, 1), (x, y, x + 60, y + 60)) for vote, (x, y) in zip(VOTES, PLACES, strict=True))


def prediction(p: float = 0.8125, refused: tuple[str, ...] = (), **changes: Any) -> Prediction:
    """A reading of BOX with P(malignant) ``p``; ``refused`` are the gate's reasons."""
    labels = (Label.MALIGNANT,)
    made = Prediction("secret#1", "secret.png", p, 0.765, 0.333, THRESHOLD, BOX, VOTES, 1, 1, "sensitivity-95", labels)
    return replace(made, gate=Passage(refused), **changes)


def grading(system: str = "acr-2017", **words: str) -> Grading:
    """TI-RADS of a solid hypoechoic nodule with punctate foci, but for what ``words`` change."""
    seen = {"composition": "solid-or-almost", "echogenicity": "hypoechoic", "shape": "wider-than-tall"}
    findings, problems = read(seen | {"margin": "smooth", "foci": "punctate", "size_cm": "1.2"} | words)
    assert not problems
    return Grading(findings, assess(findings, system))


def report(**changes: Any) -> NoduleReport:
    """A report with everything that isn't a person's."""
    made = NoduleReport(prediction(), Frame(roi(0, 200)), ORIGIN, CROPS, prevalence=0.6, grading=grading())
    return replace(made, **changes)
