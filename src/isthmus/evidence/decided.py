"""Calibration, operating points and sets, each nodule by those fitted on other nodules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isthmus.cross.decisions.fitted import POINTS, decide
from isthmus.decision import COVERAGE, Calibration, Decision
from isthmus.errors import DataError
from isthmus.evidence.nodules import Nodules
from isthmus.judge.decisions import by_fold
from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.probability.choice import Fit, choose
from isthmus.judge.probability.curves import FITS
from isthmus.judge.probability.folds import FOLDS, group_folds

Mask = npt.NDArray[np.bool_]
Groups = npt.NDArray[np.str_] | None


@dataclass(frozen=True, eq=False)
class Decided:
    """Of the nodules tested, (n,) each: the calibrated ``p``, which are ``called`` malignant at each point, and whose
    set ``holds_benign`` and ``holds_malignant``; ``cuts`` are the thresholds of its fold. ``thresholds`` and ``kinds``
    are those of every fit; ``how`` says on which nodules these were fitted."""

    p: Floats
    called: Mapping[str, Mask]
    cuts: Mapping[str, Floats]
    holds_benign: Mask
    holds_malignant: Mask
    thresholds: Mapping[str, tuple[float, ...]]
    kinds: tuple[str, ...]
    how: str


def decided(nodules: Nodules, coverage: float = COVERAGE) -> Decided:
    """Fits on validation where there are such nodules; else on all folds but one, of the file or of whole groups.

    Raises ValueError, with the reason, where nothing can be fitted.
    """
    labels, p, groups, test = nodules.labels, nodules.p, nodules.groups, ~nodules.validation

    def fit(part: Mask) -> Decision:
        return _fit(labels[part], p[part], None if groups is None else groups[part], coverage)

    if nodules.validation.any():
        parts = [(test, fit(nodules.validation))]
        how = f"fitted on the {int(nodules.validation.sum())} nodules for validation"
    elif nodules.folds is not None:
        parts = list(by_fold(nodules.folds, fit))
        how = f"no rows for validation: cross-fitted over the {len(parts)} folds of the predictions"
    else:
        folds = _folds(labels, groups)
        parts = list(by_fold(folds, fit))
        unit = "whole groups" if groups is not None else "single nodules, as no groups are known"
        how = f"no rows for validation: cross-fitted over {len(parts)} folds of {unit}"
    return _applied(p, parts, test, how)


def _applied(p: Floats, parts: list[tuple[Mask, Decision]], test: Mask, how: str) -> Decided:
    calibrated, (benign, malignant) = np.empty_like(p), np.zeros((2, p.size), bool)
    called = {name: np.zeros(p.size, bool) for name in POINTS}
    cuts = {name: np.zeros(p.size) for name in POINTS}
    for inside, one in parts:
        here = np.asarray(one.probability(p[inside]), np.float64)
        calibrated[inside] = here
        if one.conformal:
            benign[inside], malignant[inside] = one.conformal.holds(here)
        for name, threshold in one.thresholds.items():
            called[name][inside] = here >= threshold
            cuts[name][inside] = threshold
    return Decided(
        calibrated[test],
        {name: calls[test] for name, calls in called.items()},
        {name: cut[test] for name, cut in cuts.items()},
        benign[test],
        malignant[test],
        {name: tuple(one.thresholds[name] for _, one in parts) for name in POINTS},
        tuple(one.calibration.kind for _, one in parts),
        how,
    )


def _fit(labels: Labels, p: Floats, groups: Groups, coverage: float) -> Decision:
    """The decision with the calibration of least cross-fitted log loss."""
    if labels.min() == labels.max():
        raise ValueError(f"of the nodules to fit on none is {'benign' if labels.min() else 'malignant'}")
    kind = choose(labels, p, _folds(labels, groups), CANDIDATES).name
    try:
        return decide(labels, p, kind, coverage=coverage)
    except DataError as error:
        raise ValueError(error.what) from None


def _folds(labels: Labels, groups: Groups) -> npt.NDArray[np.int64]:
    """FOLDS folds of whole groups, fewer where there are fewer groups. Raises ValueError for one group."""
    count = labels.size if groups is None else len(np.unique(groups))
    return group_folds(labels, groups, max(2, min(FOLDS, count)))


def _candidate(kind: str) -> Fit:
    return lambda labels, p: Calibration(kind, FITS[kind](labels, p)).apply


CANDIDATES: Mapping[str, Fit] = {kind: _candidate(kind) for kind in FITS}
