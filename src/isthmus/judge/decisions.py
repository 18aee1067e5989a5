"""A calibration and thresholds fitted on predictions, and how they do on predictions that they weren't fitted on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from isthmus.judge.calibration import CLIPPED
from isthmus.judge.intervals import Estimate, share
from isthmus.judge.logistic import logistic
from isthmus.judge.metrics import Floats, Labels, checked

Calls = npt.NDArray[np.bool_]
Made = TypeVar("Made")


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


def by_fold(folds: npt.ArrayLike, fit: Callable[[Calls], Made]) -> Iterator[tuple[Calls, Made]]:
    """Of each fold which nodules are in it, (n,), and what ``fit`` makes of the others, (n,). Raises ValueError for one
    fold."""
    fold_array = np.asarray(folds)
    numbers = np.unique(fold_array)
    if len(numbers) < 2:
        raise ValueError("a decision can't be cross-fitted on fewer than two folds")
    for number in numbers:
        inside = fold_array == number
        yield inside, fit(~inside)


def cross_fitted(
    labels: npt.ArrayLike, p: npt.ArrayLike, folds: npt.ArrayLike, fit: Callable[[Labels, Floats], Fitted]
) -> CrossFitted:
    """Fits on all folds but one and applies to that one, fold by fold. Raises ValueError, also for one fold."""
    label_array, p_array = checked(labels, p)
    if np.shape(folds) != label_array.shape:
        raise ValueError(f"folds of shape {np.shape(folds)} don't go with {label_array.size} nodules; give one each")
    calibrated, called = np.empty_like(p_array), dict[str, Calls]()
    for inside, fitted in by_fold(folds, lambda others: fit(label_array[others], p_array[others])):
        calibrated[inside] = fitted.probability(p_array[inside])
        for name, threshold in fitted.thresholds.items():
            called.setdefault(name, np.zeros(label_array.shape, bool))[inside] = calibrated[inside] >= threshold
    return CrossFitted(calibrated, called)


@dataclass(frozen=True)
class AtPoint:
    """Sensitivity and specificity where ``called`` says which nodules are called malignant; n is of the class."""

    sensitivity: Estimate
    specificity: Estimate


def at_point(labels: npt.ArrayLike, called: Calls, groups: npt.ArrayLike | None = None, level: float = 0.95) -> AtPoint:
    """What an operating point does on nodules that it wasn't chosen on, with intervals by group. Raises ValueError."""
    malignant = np.asarray(labels) == 1
    shares = (
        replace(share(part, whole, groups, level), n=int(whole.sum()))
        for part, whole in ((called, malignant), (~called, ~malignant))
    )
    return AtPoint(*shares)
