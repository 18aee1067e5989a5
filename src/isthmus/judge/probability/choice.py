"""Which calibration: the one with the least log loss on nodules that it wasn't fitted on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isthmus.judge.decisions import by_fold
from isthmus.judge.metrics import Floats, Labels, checked
from isthmus.judge.probability.proper import log_loss

Fit = Callable[[Labels, Floats], Callable[[Floats], npt.NDArray[np.floating]]]


@dataclass(frozen=True)
class Choice:
    """The candidate of least cross-fitted log loss, and that loss of each; nan where one couldn't be fitted."""

    name: str
    log_loss: Mapping[str, float]


def choose(labels: npt.ArrayLike, p: npt.ArrayLike, folds: npt.ArrayLike, candidates: Mapping[str, Fit]) -> Choice:
    """The best of ``candidates``, each fitted on all folds but one and judged on that one; of equals the first.

    A candidate maps labels and p to a curve of p, and raises ValueError where it doesn't fit. Raises ValueError where
    none fits, and for one fold.
    """
    label_array, p_array = checked(labels, p)
    losses = {name: _loss(label_array, p_array, folds, fit) for name, fit in candidates.items()}
    there = [name for name, loss in losses.items() if not math.isnan(loss)]
    if not there:
        raise ValueError(
            "no calibration fits: in a part of the nodules p separates the classes, or doesn't rise with the label"
        )
    return Choice(min(there, key=lambda name: losses[name]), losses)


def _loss(labels: Labels, p: Floats, folds: npt.ArrayLike, fit: Fit) -> float:
    calibrated = np.empty_like(p)
    try:
        for inside, curve in by_fold(folds, lambda others: fit(labels[others], p[others])):
            calibrated[inside] = curve(p[inside])
    except ValueError:
        if len(np.unique(folds)) < 2:
            raise
        return math.nan
    return log_loss(labels, calibrated)
