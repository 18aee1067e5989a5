"""A calibration and thresholds fitted on predictions, and how they do on predictions that they weren't fitted on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from isthmus.judge.calibration import CLIPPED
from isthmus.judge.logistic import logistic
from isthmus.judge.metrics import Floats, Labels, checked

Calls = npt.NDArray[np.bool_]


def platt(labels: npt.ArrayLike, p: npt.ArrayLike) -> tuple[float, float]:
    """Slope and intercept of the line in log-odds that fits best (Platt 1999), by maximum likelihood.

    Raises ValueError where none does: one class only, or p that separates the classes or doesn't rise with the label.
    """
    label_array, p_array = checked(labels, p)
    risk = logit(np.clip(p_array, CLIPPED, 1 - CLIPPED))
    try:
        (slope, intercept), _ = logistic(label_array, np.column_stack([risk, np.ones_like(risk)]), np.zeros_like(risk))
    except ValueError:
        raise ValueError("no calibration fits: one class only, or p separates the classes") from None
    if not slope > 0:
        raise ValueError("no calibration fits: p doesn't rise with the label")
    return float(slope), float(intercept)


@dataclass(frozen=True, eq=False)
class CrossFitted:
    """Calibrated P(malignant), (n,), and by threshold which nodules are called malignant, (n,): each nodule by a
    decision fitted on other folds."""

    p: Floats
    called: Mapping[str, Calls]


class Fitted(Protocol):
    """A calibration, and thresholds on the calibrated P by name."""

    @property
    def thresholds(self) -> Mapping[str, float]: ...

    def probability(self, fused: Floats) -> npt.NDArray[np.floating]:
        """The calibrated P(malignant), of the same shape."""
        ...


def cross_fitted(
    labels: npt.ArrayLike, p: npt.ArrayLike, folds: npt.ArrayLike, fit: Callable[[Labels, Floats], Fitted]
) -> CrossFitted:
    """Fits on all folds but one and applies to that one, fold by fold. Raises ValueError, also for one fold."""
    label_array, p_array = checked(labels, p)
    fold_array = np.asarray(folds)
    if fold_array.shape != label_array.shape or len(np.unique(fold_array)) < 2:
        raise ValueError("a decision can't be cross-fitted on fewer than two folds")
    calibrated, called = np.empty_like(p_array), dict[str, Calls]()
    for fold in np.unique(fold_array):
        inside = fold_array == fold
        fitted = fit(label_array[~inside], p_array[~inside])
        calibrated[inside] = fitted.probability(p_array[inside])
        for name, threshold in fitted.thresholds.items():
            called.setdefault(name, np.zeros(label_array.shape, bool))[inside] = calibrated[inside] >= threshold
    return CrossFitted(calibrated, called)
