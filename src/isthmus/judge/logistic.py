"""Logistic regression by maximum likelihood, with an offset: Newton's steps, as for any generalised linear model."""

from __future__ import annotations

import warnings

import numpy as np
from scipy.special import expit

from isthmus.judge.metrics import Floats, Labels

STEPS, NEAR = 100, 1e-10


def logistic(labels: Labels, design: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Coefficients (k,) of the columns of ``design`` (n, k), and fitted P (n,), where log-odds are ``offset`` (n,) plus
    design times coefficients.

    The first step is that of McCullagh and Nelder (1989), from P half-way between 0.5 and the label. Raises ValueError
    where no coefficients fit best, as where the classes are separated.
    """
    p = (labels + 0.5) / 2
    linear = np.log(p / (1 - p))
    coefficients: Floats = np.full(design.shape[1], np.inf)
    try:
        with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
            warnings.simplefilter("error")
            for _ in range(STEPS):
                weight = p * (1 - p)
                response = linear - offset + (labels - p) / weight
                information = (design * weight[:, None]).T @ design
                before = coefficients
                coefficients = np.asarray(np.linalg.solve(information, design.T @ (weight * response)), np.float64)
                linear = design @ coefficients + offset
                p = expit(linear)
                if np.abs(coefficients - before).max() <= NEAR * (1 + np.abs(coefficients).max()):
                    return coefficients, p
    except (Warning, ArithmeticError, np.linalg.LinAlgError):
        pass
    raise ValueError("the logistic fit found no finite answer")
