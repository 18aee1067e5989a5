"""Calibration, whether p is the risk: of the nodules with p near 0.3, are three in ten malignant?

Terms as in Van Calster et al., J Clin Epidemiol 74, 2016: the intercept is that of a recalibration with slope 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from isthmus.judge.intervals import (
    ONE_GROUP,
    ROUNDING,
    Estimate,
    check_level,
    group_indices,
    jackknife_error,
    jackknife_method,
    share,
)
from isthmus.judge.logistic import logistic
from isthmus.judge.metrics import Floats, Labels, checked

CLIPPED = 1e-6  # p closer to 0 or 1 is taken as this far from it, since the logit of 0 and of 1 is infinite


@dataclass(frozen=True)
class Bin:
    """Nodules with ``low`` <= p < ``high`` (the last bin holds 1 too): their number, mean p, and share malignant."""

    low: float
    high: float
    n: int
    mean_p: float
    observed: Estimate


@dataclass(frozen=True)
class Calibration:
    """Intercept (0 is right; above 0: risks too low on the whole) and slope (1 is right; below 1: too extreme)."""

    intercept: Estimate
    slope: Estimate


def reliability(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    bins: int = 10,
    level: float = 0.95,
    groups: npt.ArrayLike | None = None,
) -> tuple[Bin, ...]:
    """Bins of equal width over 0 .. 1, the empty too (n = 0, nan), each with a Wilson interval, see ``share``.

    Raises ValueError.
    """
    label_array, p_array = checked(labels, p)
    if bins < 1:
        raise ValueError(f"{bins} bins are too few; give at least 1")
    edges = np.linspace(0, 1, bins + 1)
    index = np.clip(np.searchsorted(edges, p_array, side="right") - 1, 0, bins - 1)
    return tuple(
        Bin(
            low=float(edges[number]),
            high=float(edges[number + 1]),
            n=int(inside.sum()),
            mean_p=float(p_array[inside].mean()) if inside.any() else math.nan,
            observed=share(label_array == 1, inside, groups, level),
        )
        for number, inside in ((number, index == number) for number in range(bins))
    )


def expected_calibration_error(labels: npt.ArrayLike, p: npt.ArrayLike, bins: int = 10) -> float:
    """Mean distance of a bin's mean p from its share malignant, weighted by n (Naeini et al. 2015), in 0 .. 1.

    It depends on the number of bins and is above 0 by chance alone; read it beside the Brier score.
    """
    filled = [bin_ for bin_ in reliability(labels, p, bins) if bin_.n]
    total = sum(bin_.n for bin_ in filled)
    return sum(bin_.n * abs(bin_.mean_p - bin_.observed.value) for bin_ in filled) / total


def calibration(
    labels: npt.ArrayLike, p: npt.ArrayLike, groups: npt.ArrayLike | None = None, level: float = 0.95
) -> Calibration:
    """Logistic recalibration of p; intervals by the jackknife of groups, each fit without a group in one step.

    With that the errors are the cluster-robust CR3 (Bell and McCaffrey, Surv Methodol 28, 2002).
    Undefined with one class only; the slope also where all p are equal, or where p separates the classes, for then
    no slope fits best. Raises ValueError.
    """
    label_array, p_array = checked(labels, p)
    check_level(level)
    members = group_indices(groups, label_array.size)
    method = jackknife_method(level, members, groups)
    if label_array.min() == label_array.max():
        reason = f"no nodule is {'benign' if label_array.min() else 'malignant'}"
        return Calibration(Estimate.undefined(reason), Estimate.undefined(reason))
    risk = logit(np.clip(p_array, CLIPPED, 1 - CLIPPED))
    ones = np.ones((label_array.size, 1))
    intercept = _fit(label_array, ones, risk, members, level, method)
    if risk.min() == risk.max():
        slope = Estimate.undefined("every p is the same")
    elif _separated(label_array, risk):
        slope = Estimate.undefined("p separates the classes, so that no slope fits best")
    else:
        slope = _fit(label_array, np.column_stack([ones, risk]), np.zeros_like(risk), members, level, method)
    return Calibration(intercept, slope)


def _separated(labels: Labels, risk: Floats) -> bool:
    benign, malignant = risk[labels == 0], risk[labels == 1]
    return bool(benign.max() <= malignant.min() or malignant.max() <= benign.min())


def _fit(
    labels: Labels, design: Floats, offset: Floats, members: npt.NDArray[np.int64], level: float, method: str
) -> Estimate:
    """The last coefficient of a logistic regression; without an interval where it has no finite error."""
    try:
        coefficients, fitted = logistic(labels, design, offset)
        with np.errstate(all="raise", under="ignore"):
            value, without = float(coefficients[-1]), _without(labels, design, fitted, coefficients, members)
    except (ArithmeticError, ValueError, np.linalg.LinAlgError):
        return Estimate.undefined("the logistic fit found no finite answer")
    if without.size < 2:
        return Estimate.without_interval(value, ONE_GROUP)
    if not np.isfinite(without).all():
        return Estimate.without_interval(value, "no interval: without one of the groups there is no fit")
    error = jackknife_error(without)
    if error.deviation <= ROUNDING:
        return Estimate.without_interval(value, "no interval: all groups are alike")
    half = error.quantile(level) * error.deviation
    return Estimate(value, value - half, value + half, method)


def _without(
    labels: Labels, design: Floats, fitted: Floats, coefficients: Floats, members: npt.NDArray[np.int64]
) -> Floats:
    """The last coefficient without each group, (groups,), by one Newton step from the fit with all groups."""
    count, size = int(members.max()) + 1, design.shape[1]
    scores, information = np.zeros((count, size)), np.zeros((count, size, size))
    np.add.at(scores, members, design * (labels - fitted)[:, None])
    np.add.at(information, members, (fitted * (1 - fitted))[:, None, None] * design[:, :, None] * design[:, None, :])
    left = information.sum(axis=0) - information
    regular = np.linalg.cond(left) < 1 / np.finfo(float).eps if count > 1 else np.zeros(1, bool)
    steps = np.full((count, size), math.nan)
    steps[regular] = np.linalg.solve(left[regular], scores[regular][:, :, None])[:, :, 0]
    without: Floats = (coefficients - steps)[:, -1]
    return without
