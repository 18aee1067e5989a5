"""Pictures judged together with a model, and made figures of them, for tests of evidence that needs pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from isthmus.data.dataset import DataSet
from isthmus.evidence.pictured.changes import VARIANTS
from isthmus.evidence.pictured.explanation import Explained
from isthmus.evidence.pictured.judged import PARTS, Pictured
from isthmus.evidence.pictured.pictures import Pictures
from isthmus.evidence.pictured.retest import Retest
from isthmus.evidence.pictured.robustness import Robust, Robustness
from isthmus.infer.predictor import Predictor
from isthmus.judge.delong import auc_within
from isthmus.judge.stability.agreement import agreement
from isthmus.judge.stability.effect import effects
from isthmus.nodule import Nodule

N = 200
LABELS = np.arange(N) % 2
P = np.clip(0.3 + 0.4 * LABELS + np.random.default_rng(0).normal(0, 0.15, N), 0, 1)


def pictures(data: DataSet, model: Predictor, nodules: Sequence[Nodule] | None = None) -> Pictures:
    """Those of some nodules of ``data``, all labelled ones by default, grouped by patient."""
    chosen = tuple(data.labelled if nodules is None else nodules)
    labels = np.array([one.label for one in chosen], np.int64)
    groups = np.array([one.patient for one in chosen])
    return Pictures(model, data, len(chosen), np.arange(len(chosen)), chosen, labels, groups)


def csv(path: Path, data: DataSet) -> Path:
    """Predictions of all labelled nodules, about half of them right."""
    lines = [f"{one.id},{one.label},{one.patient},{at % 7 / 7}" for at, one in enumerate(data.labelled)]
    path.write_text("\n".join(["nodule,label,patient,p_malignant", *lines]) + "\n")
    return path


def made(noise: dict[str, float]) -> Robustness:
    """Changes by name that add noise to P."""
    random = np.random.default_rng(1)
    changed = [np.clip(P + random.normal(0, noise.get(change.name, 0), N), 0, 1) for change, _ in VARIANTS]
    every = [
        Robust(change.name, strength, one)
        for (change, strength), one in zip(VARIANTS, effects(LABELS, P, changed), strict=True)
    ]
    return Robustness(N, 0.5, replace(auc_within(LABELS, P), n=N), tuple(every))


def pairs(n: int = 30, noise: float = 0.3, named: bool = True) -> Retest:
    random = np.random.default_rng(2)
    labels = np.arange(n) % 2
    first = np.clip(0.3 + 0.4 * labels + random.normal(0, 0.1, n), 0, 1)
    second = np.clip(first + random.normal(0, noise, n), 0, 1)
    alike = (np.arange(n) % 3 == 0) | (not named)
    similar = agreement(labels[alike], first[alike], second[alike])
    whole = agreement(labels, first, second) if named else None
    return Retest(labels, first, second, alike, whole, similar, 4, 0.5)


def pictured(changes: Robustness, again: Retest) -> Pictured:
    """These two parts; no maps may be shown, and the others are None."""
    parts = {"robustness": changes, "retest": again, "explanation": Explained(0, *[None] * 5, False, "", ())}
    return Pictured("model", N, N, **{**dict.fromkeys(PARTS), **parts})
