"""How far the answers hold when pictures and boxes change: each nodule read as it is, then under every change."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from isthmus.data.prepare import prepare
from isthmus.evidence.pictured.changes import VARIANTS, variants
from isthmus.evidence.pictured.pictures import Pictures
from isthmus.evidence.reasons import shown
from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate
from isthmus.judge.stability.effect import Effect, effects
from isthmus.progress import Progress, silent


@dataclass(frozen=True)
class Robust:
    """What a ``change`` by name does at one of its strengths."""

    change: str
    strength: float
    effect: Effect

    def as_json(self) -> dict[str, object]:
        names = ("auc", "to_malignant", "to_benign", "turned", "moved")
        estimates = {name: shown(getattr(self.effect, name)) for name in names}
        less = self.effect.less.as_json() | {"n": self.effect.less.estimate.n}
        return {"change": self.change, "strength": self.strength, **estimates, "auc_less_unchanged": less}


@dataclass(frozen=True)
class Robustness:
    """Every change on ``n`` nodules; ``auc`` is that of the pictures as they are, ``threshold`` that of verdicts."""

    n: int
    threshold: float
    auc: Estimate
    changes: tuple[Robust, ...]

    @property
    def worst(self) -> Robust | None:
        """The change that takes most from the AUC, of those for which a loss may be claimed."""
        lost = [one for one in self.changes if one.effect.less.differs() and one.effect.less.estimate.value < 0]
        return min(lost, key=lambda one: one.effect.less.estimate.value, default=None)

    def of(self, change: str, strength: float) -> Robust:
        """A change by name at one of its strengths."""
        return next(one for one in self.changes if (one.change, one.strength) == (change, strength))

    @property
    def least_steady(self) -> Robust:
        """The change that turns most verdicts."""
        return max(self.changes, key=lambda one: one.effect.turned.value)

    def as_json(self) -> dict[str, object]:
        """A key of metrics.json."""
        return {
            "n": self.n,
            "threshold": self.threshold,
            "tests": len(self.changes),
            "auc": shown(self.auc),
            "changes": [one.as_json() for one in self.changes],
        }


def robustness(pictures: Pictures, seed: int = 0, progress: Progress = silent) -> Robustness:
    """Reads every nodule under every change; P of the unchanged pictures is what a prediction says.

    A picture is decoded once, and no more RoIs are held than those of one nodule. Raises DataError, EngineError.
    """
    preparation = pictures.model.bundle.recipe.preparation
    p = np.empty((1 + len(VARIANTS), len(pictures)))
    for position, frame in pictures.frames("changing pictures", progress):
        changed = variants(frame, pictures.nodules[position], seed)
        rois = [pictures.roi(position, frame), *(prepare(*each, preparation) for each in changed)]
        p[:, position] = pictures.read(rois)
    labels, groups = pictures.labels, pictures.groups
    made = effects(labels, p[0], list(p[1:]), pictures.threshold, groups)
    return Robustness(
        n=len(pictures),
        threshold=pictures.threshold,
        auc=replace(auc_within(labels, p[0], None, groups), n=len(pictures)),
        changes=tuple(
            Robust(change.name, strength, effect) for (change, strength), effect in zip(VARIANTS, made, strict=True)
        ),
    )
