"""The scorecard of a cross-validation: its metrics at 0.5 and at the chosen operating points, the leak, every fold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from isthmus.cross.fold import Fold
from isthmus.cross.protocols import Protocol
from isthmus.cross.run import CrossValidation
from isthmus.data.labels import TIRADS
from isthmus.data.split import Leak
from isthmus.judge.calipers import CaliperEffect, caliper_effect, mean_effect
from isthmus.judge.intervals import Estimate
from isthmus.judge.scorecard import METRICS, Scorecard, mean_scorecard, scorecard
from isthmus.judge.trend import Trend, trend
from isthmus.nodule import DISCLAIMER

PAINT = ("painted", "control")


@dataclass(frozen=True)
class OperatingPoint:
    """The metrics that depend on a threshold, at each fold's, chosen by ``rule`` on what the protocol says."""

    rule: str
    thresholds: tuple[float, ...]
    metrics: Mapping[str, Estimate]

    def as_json(self) -> dict[str, object]:
        metrics = {name: estimate.as_json() for name, estimate in self.metrics.items()}
        return {"rule": self.rule, "thresholds": list(self.thresholds), "metrics": metrics}


@dataclass(frozen=True, kw_only=True)
class CrossScorecard(Scorecard):
    """The scorecard of a cross-validation; ``metrics`` are at P(malignant) >= 0.5.

    Over several repeats every value, bound and count is the repeats' mean, so that n counts nodules and not readings.
    ``labels`` is the label policy; ``caution`` is "" where the protocol's figures aren't optimistic. ``calipers`` is
    None where nothing was read with calipers painted over, ``beginning`` the record of the weights that its trainings
    began from, None where they began anew, ``beside`` that of the second data set, None where there was none;
    ``by_tirads`` whether P(malignant) rises over TI-RADS, None where the data have fewer than two categories.
    """

    labels: str
    protocol: Protocol
    caution: str
    repeats: int
    operating_point: OperatingPoint
    leak: Leak
    folds: tuple[Fold, ...]
    calipers: CaliperEffect | None = None
    beginning: Mapping[str, object] | None = None
    beside: Mapping[str, object] | None = None
    by_tirads: Trend | None = None

    def as_json(self) -> dict[str, object]:
        """The contents of scorecard.json; what is undefined is None, but for a fold's AUC, which is nan."""
        return super().as_json() | {
            "labels": self.labels,
            "protocol": self.protocol.name,
            "protocol_description": self.protocol.description,
            "group_by": {"name": str(self.protocol.grouping), "rule": self.protocol.group_rule},
            "chosen_on": self.protocol.chooses_on,
            "caution": self.caution,
            "repeats": self.repeats,
            "beginning": self.beginning,
            "beside": self.beside,
            "operating_point": self.operating_point.as_json(),
            "leak": asdict(self.leak),
            "by_tirads": self.by_tirads and self.by_tirads.as_json(),
            "folds": [_fold_json(fold) for fold in self.folds],
            "calipers": self.calipers and self.calipers.as_json(),
            "disclaimer": DISCLAIMER,
        }


def cross_scorecard(result: CrossValidation) -> CrossScorecard:
    """Scores every fold of a cross-validation."""
    plan, leak = result.plan, _leak(result.folds)
    protocol = plan.protocol.among({row.image: row.patient for row in result.rows})
    repeats = [[fold for fold in result.folds if fold.repeat == number] for number in range(plan.repeats)]
    at_half = mean_scorecard(
        [_scorecard(folds, [row.probability for fold in folds for row in fold.rows]) for folds in repeats]
    )
    decided = mean_scorecard([_scorecard(folds, _decisions(folds)) for folds in repeats])
    return CrossScorecard(
        **vars(at_half),
        labels=result.data.policy,
        protocol=protocol,
        caution=protocol.caution(plan.recipe, **asdict(leak)),
        repeats=plan.repeats,
        operating_point=OperatingPoint(
            rule=plan.recipe.learning.threshold,
            thresholds=tuple(fold.threshold for fold in result.folds),
            metrics={name: decided.metrics[name] for name, metric in METRICS.items() if metric.depends_on_threshold},
        ),
        leak=leak,
        folds=result.folds,
        calipers=mean_effect([_calipers(folds) for folds in repeats]) if plan.painted else None,
        by_tirads=_by_tirads(result),
        beginning=plan.beginning.record(plan.recipe, result.data) if plan.beginning else None,
        beside=asdict(plan.beside.record) if plan.beside else None,
    )


def _by_tirads(result: CrossValidation) -> Trend | None:
    """The trend of each nodule's mean P over its repeats."""
    tirads = {nodule.id: nodule.tirads for nodule in result.data.labelled if nodule.tirads in TIRADS}
    rows = {row.nodule: row for row in result.rows if row.nodule in tirads}
    if len(set(tirads.values())) < 2 or not rows:
        return None
    every: dict[str, list[float]] = {name: [] for name in rows}
    for row in result.rows:
        if row.nodule in rows:
            every[row.nodule].append(row.probability)
    p = [float(np.mean(every[name])) for name in rows]
    return trend([tirads[name] for name in rows], p, TIRADS, [row.group for row in rows.values()])


def _calipers(folds: Sequence[Fold]) -> CaliperEffect:
    rows = [row for fold in folds for row in fold.rows]
    painted, control = ([math.nan if p is None else p for p in (getattr(row, name) for row in rows)] for name in PAINT)
    labels, groups = [int(row.label) for row in rows], [row.group for row in rows]
    return caliper_effect(labels, [row.probability for row in rows], painted, groups, control)


def _scorecard(folds: Sequence[Fold], p: Sequence[float]) -> Scorecard:
    rows = [row for fold in folds for row in fold.rows]
    return scorecard([int(row.label) for row in rows], np.array(p), np.array([row.group for row in rows]))


def _decisions(folds: Sequence[Fold]) -> list[float]:
    """1 where a nodule is called malignant at its fold's threshold, else 0."""
    return [float(row.side) for fold in folds for row in fold.rows]


def _leak(folds: Sequence[Fold]) -> Leak:
    """The leaks of all folds added up."""
    leaks = [fold.leak for fold in folds]
    near = [leak.neighbours for leak in leaks if leak.neighbours is not None]
    return Leak(
        n=sum(leak.n for leak in leaks),
        same_patient=sum(leak.same_patient for leak in leaks),
        same_image=sum(leak.same_image for leak in leaks),
        neighbours=sum(near) if len(near) == len(leaks) else None,
    )


def _fold_json(fold: Fold) -> dict[str, object]:
    """A fold in numbers: ``test``, ``learned_from`` and ``chosen_on`` count nodules, ``epochs`` those trained."""
    return {
        "fold": fold.number,
        "repeat": fold.repeat,
        "auc": fold.auc,
        "epoch": fold.epoch,
        "epochs": len(fold.history),
        "threshold": fold.threshold,
        "learned_from": fold.learned_from,
        "chosen_on": fold.chosen_on,
        "test": len(fold.rows),
        "seconds": fold.seconds,
    }
