"""A decision fitted on predictions with labels. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from isthmus.decision import Calibration, Conformal, Decision, Prevalence
from isthmus.errors import DataError
from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.probability.conformal import limits
from isthmus.judge.probability.curves import FITS
from isthmus.learn.operating_point import operating_point

POINTS = ("sensitivity-90", "sensitivity-95", "sensitivity-97.5")
DEFAULT_POINT = "sensitivity-95"  # a missed cancer weighs more


def decide(
    labels: Labels,
    p: Floats,
    kind: str = "platt",
    points: Sequence[str] = POINTS,
    default: str = DEFAULT_POINT,
    here: float | None = None,
    coverage: float | None = None,
) -> Decision:
    """The decision fitted on predictions, p a network's fused output: a calibration of ``kind``, moved to the
    prevalence ``here``; on the P that this gives, thresholds by ``points`` and the limits of sets at ``coverage``.

    Raises DataError where nothing can be fitted.
    """
    try:
        calibration = Calibration(kind, FITS[kind](labels, p))
        prevalence = None if here is None else Prevalence(float(labels.mean()), here)
        plain = Decision.at(0.5)
        p = np.asarray(replace(plain, calibration=calibration, prevalence=prevalence).probability(p), np.float64)
        conformal = None if coverage is None else Conformal(coverage, *limits(labels, p, coverage))
    except ValueError as error:
        raise DataError(str(error), remedy="Give predictions that are better than chance in both classes.") from None
    return Decision(
        {name: operating_point(labels, p, name) for name in points}, default, calibration, prevalence, conformal
    )
