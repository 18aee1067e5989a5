"""Calibrations fitted on labels and P(malignant) by maximum likelihood; ``isthmus.decision`` applies them.

Each gives the parameters of its kind, and raises ValueError where nothing fits: one class only, p that separates the
classes, or that doesn't rise with the label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.special import logit
from sklearn.isotonic import IsotonicRegression

from isthmus.judge.calibration import CLIPPED
from isthmus.judge.decisions import platt
from isthmus.judge.logistic import logistic
from isthmus.judge.metrics import Floats, Labels, checked

MOST_KNOTS = 1000
NO_FIT = "no calibration fits: one class only, or p separates the classes"
NO_RISE = "no calibration fits: p doesn't rise with the label"


def temperature(labels: npt.ArrayLike, p: npt.ArrayLike) -> tuple[float]:
    """The temperature T of logit P' = logit P / T (Guo et al., ICML 2017), above 0; 1 changes nothing."""
    label_array, p_array = checked(labels, p)
    _refuse_one_class(label_array)
    (slope,) = _coefficients(label_array, _risk(p_array))
    if not slope > 0:
        raise ValueError(NO_RISE)
    return (float(1 / slope),)


def beta(labels: npt.ArrayLike, p: npt.ArrayLike) -> tuple[float, float, float]:
    """a, b, c of logit P' = a log P - b log(1 - P) + c (Kull et al., AISTATS 2017), a and b not below 0.

    Where one of them would be, it is 0 and the others are fitted without it, as there.
    """
    label_array, p_array = checked(labels, p)
    clipped = np.clip(p_array, CLIPPED, 1 - CLIPPED)
    of_malignant, of_benign, ones = np.log(clipped), -np.log1p(-clipped), np.ones_like(clipped)
    a, b, c = _coefficients(label_array, of_malignant, of_benign, ones)
    if a < 0:
        a, (b, c) = 0.0, _coefficients(label_array, of_benign, ones)
    elif b < 0:
        b, (a, c) = 0.0, _coefficients(label_array, of_malignant, ones)
    if not (min(a, b) >= 0 and max(a, b) > 0):
        raise ValueError(NO_RISE)
    return float(a), float(b), float(c)


def isotonic(labels: npt.ArrayLike, p: npt.ArrayLike) -> tuple[float, ...]:
    """Knots p0, P'0, p1, P'1, ... of the best curve that doesn't fall (pool adjacent violators; Zadrozny and Elkan,
    KDD 2002), straight between knots.

    P' is at least 1 / (n + 2) away from 0 and from 1: n nodules don't show that there is no risk. It ties nodules.
    """
    label_array, p_array = checked(labels, p)
    _refuse_one_class(label_array)
    least = 1 / (label_array.size + 2)
    fitted = IsotonicRegression(y_min=least, y_max=1 - least).fit(p_array, label_array)
    knots, values = fitted.X_thresholds_, fitted.y_thresholds_
    if len(knots) < 2 or not values[-1] > values[0]:
        raise ValueError(NO_RISE)
    if len(knots) > MOST_KNOTS:
        raise ValueError(f"no calibration fits: isotonic takes {len(knots)} knots, more than {MOST_KNOTS}")
    return tuple(float(value) for value in np.column_stack([knots, values]).ravel())


# Kind of calibration -> its fit, from few parameters to many.
FITS: Mapping[str, Callable[[npt.ArrayLike, npt.ArrayLike], tuple[float, ...]]] = {
    "none": lambda labels, p: (),
    "temperature": temperature,
    "platt": platt,
    "beta": beta,
    "isotonic": isotonic,
}


def _risk(p: Floats) -> Floats:
    risk: Floats = logit(np.clip(p, CLIPPED, 1 - CLIPPED))
    return risk


def _refuse_one_class(labels: Labels) -> None:
    if labels.min() == labels.max():
        raise ValueError(NO_FIT)


def _coefficients(labels: Labels, *columns: Floats) -> Floats:
    try:
        return logistic(labels, np.column_stack(columns), np.zeros(labels.size))[0]
    except ValueError:
        raise ValueError(NO_FIT) from None
