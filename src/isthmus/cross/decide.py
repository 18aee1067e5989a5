"""The predictions of a run, each of a network that didn't learn from the nodule; the figures of a decision on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from isthmus.cross.decisions.fitted import decide
from isthmus.cross.stored import Stored
from isthmus.errors import DataError
from isthmus.judge.calibration import CLIPPED, expected_calibration_error
from isthmus.judge.decisions import at_point, cross_fitted
from isthmus.judge.intervals import Estimate
from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.scorecard import scorecard
from isthmus.models.facts import AtThreshold, Figure, OutOfFold


@dataclass(frozen=True, eq=False)
class Readings:
    """Every nodule of a run once: its label, P(malignant) before calibration, group and fold, (n,) each."""

    nodules: tuple[str, ...]
    labels: Labels
    p: Floats
    groups: tuple[str, ...]
    folds: tuple[int, ...]
    protocol: str  # with its rule of groups


def readings(runs: Sequence[Stored]) -> Readings:
    """The readings of a run; of several, the members of an ensemble, with the mean of their log-odds.

    Raises DataError where a run has repeats, or the runs differ in nodules, labels or folds.
    """
    first = runs[0]
    keys = [(row.nodule, row.label, row.fold, row.group) for row in first.rows]
    for run in runs:
        if run.repeats > 1:
            raise DataError("was repeated, and every nodule counts once", where=run.name, remedy="Give one repeat.")
        if [(row.nodule, row.label, row.fold, row.group) for row in run.rows] != keys:
            raise DataError(f"differs from {first.name} in nodules, labels or folds", where=run.name)
    odds = [logit(np.clip(run.probabilities, CLIPPED, 1 - CLIPPED)) for run in runs]
    p = first.probabilities if len(runs) == 1 else expit(np.mean(odds, axis=0))
    nodules, folds = tuple(row.nodule for row in first.rows), tuple(first.strata)
    identity = first.manifest["identity"]
    protocol = ", grouped by ".join(str(identity[name]) for name in ("protocol", "group_by") if name in identity)
    return Readings(nodules, first.labels, p, tuple(first.groups), folds, protocol)


def judged(read: Readings) -> OutOfFold:
    """The figures of a model whose decision is fitted on ``read``, each fold with a decision fitted on the others.

    Intervals by group, as everywhere. Raises DataError where nothing can be fitted.
    """
    shipped = decide(read.labels, read.p)

    fitted = cross_fitted(read.labels, read.p, read.folds, decide)
    groups = np.array(read.groups)
    ranked = scorecard(read.labels, read.p, groups)
    calibrated = scorecard(read.labels, fitted.p, groups)
    return OutOfFold(
        protocol=read.protocol,
        folds=len(set(read.folds)),
        benign=ranked.benign,
        malignant=ranked.malignant,
        auc=_figure(ranked.metrics["auc"], ranked.n),
        ece=expected_calibration_error(read.labels, fitted.p),
        brier=_figure(calibrated.metrics["brier"], ranked.n),
        thresholds={
            name: AtThreshold(
                shipped.thresholds[name],
                _figure(at.sensitivity, ranked.malignant),
                _figure(at.specificity, ranked.benign),
            )
            for name, at in ((name, at_point(read.labels, called, groups)) for name, called in fitted.called.items())
        },
    )


def _figure(estimate: Estimate, n: int) -> Figure:
    return Figure(estimate.value, estimate.low, estimate.high, n)
