"""Finished cross-validations made by hand, without a training."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from isthmus.cross.fold import Fold
from isthmus.cross.plan import Plan
from isthmus.cross.predictions import FoldPrediction
from isthmus.cross.protocols import named
from isthmus.cross.run import CrossValidation
from isthmus.cross.scorecard import cross_scorecard
from isthmus.data.audit.duplicates import Duplicates
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.data.labels import labelled
from isthmus.data.split import Leak
from isthmus.learn.checkpoint import Epoch
from isthmus.nodule import Box, ImageRef, Label, Nodule
from isthmus.recipe import PAPER, Recipe
from isthmus.report.cross_page import render

MANIFEST: dict[str, Any] = {
    "command": "isthmus cross ddti --as ddti --to results --recipe isthmus",
    "versions": {"python": "3.11.9", "isthmus": "0.1.0", "torch": "2.14.1", "numpy": "2.3.1"},
    "machine": "Linux x86_64",
    "created": "2026-05-04T08:09:10+00:00",
    "data_fingerprint": "0123456789ab",
    "seconds": 4210.5,
}
RECIPE = PAPER.changed(name="tried", optimiser="adamw", learning_rate=1e-3, threshold="youden")
VOID = {"meta", "br", "img", "hr", "link", "input"}


def nodule(number: int, tirads: str) -> Nodule:
    patient = str(number // 2)
    image = f"{patient}_{number % 2 + 1}"
    return Nodule(f"{image}#1", image, patient, ImageRef(Path(f"{image}.jpg")), Box(0, 0, 10, 10), tirads=tirads)


def data_set(count: int, kind: str = "ddti", seed: int = 0) -> DataSet:
    chances = (0.12, 0.1, 0.24, 0.27, 0.2, 0.07)
    categories = np.random.default_rng(seed).choice(["2", "3", "4a", "4b", "4c", "5"], count, p=chances)
    nodules = (*(nodule(number, str(category)) for number, category in enumerate(categories)), nodule(9999, ""))
    images = tuple(ImageRecord(one.image, one.picture, one.patient, 560, 360, one.tirads) for one in nodules)
    return DataSet(kind, Path("ddti"), images, labelled(nodules, "benign-2-3-4a"), policy="benign-2-3-4a")


def result(
    recipe: Recipe = RECIPE,
    protocol: str = "grouped",
    repeats: int = 1,
    count: int = 120,
    folds: int = 3,
    kind: str = "ddti",
    signal: float = 0.8,
    epochs: int = 6,
) -> CrossValidation:
    """A cross-validation made by hand: what a model of some skill might have said."""
    random = np.random.default_rng(1)
    data = data_set(count, kind)
    plan = Plan(recipe, named(protocol), folds, repeats)
    made = []
    for number in range(plan.parts):
        threshold = 0.5 if recipe.learning.threshold == "half" else 0.4 + 0.05 * (number % 4)
        own = [one for at, one in enumerate(data.labelled) if at // 2 % folds == number % folds]
        rows = []
        for one in own:
            whole, crops = random.normal(signal * (2 * int(one.label or 0) - 1), 1.0, 2) * 0.8
            p = [float(1 / (1 + math.exp(-x))) for x in (whole, crops)]
            fused = sum(p) / 2 if recipe.network.crops != "none" else p[0]
            group = f"g{one.patient}"
            crop_p = p[1] if recipe.network.crops != "none" else None
            rows.append(
                FoldPrediction(
                    one.id,
                    one.image,
                    fused,
                    p[0],
                    crop_p,
                    threshold,
                    patient=one.patient,
                    group=group,
                    fold=number,
                    label=one.label or Label.BENIGN,
                )
            )
        history = tuple(
            Epoch(e, 1.2 / e**0.4 + 0.03 * random.random(), 0.9 / e**0.2 + 0.05 * random.random(), 0.6, 1e-3, 4.2)
            for e in range(1, epochs + 1)
        )
        leak = Leak(len(own), 11 if plan.protocol.leaks else 0, 7 if plan.protocol.leaks else 0)
        repeat = number * repeats // plan.parts
        kept = max(1, epochs - 2)
        made.append(Fold(number, repeat, tuple(rows), threshold, kept, history, count // 2, count // 8, leak, 80.5))
    groups = {one.image: f"g{one.patient}" for one in data.nodules}
    return CrossValidation(data, plan, tuple(made), groups, Duplicates())


def page(crossing: CrossValidation) -> str:
    return render(crossing, cross_scorecard(crossing), MANIFEST)
