"""What a training decides on the nodules set aside: the operating point, and the limits of sets of labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_curve

from isthmus.decision import COVERAGE, Conformal, Decision
from isthmus.judge.probability.conformal import limits

SENSITIVITY = "sensitivity-"  # begins the rules that hold a sensitivity, in percent


def operating_point(labels: npt.NDArray[np.int64], p: npt.NDArray[np.floating], rule: str) -> float:
    """The threshold by ``rule``; malignant is p >= threshold.

    ``half``: 0.5, the larger probability wins. ``youden``: where sensitivity + specificity is largest.
    ``sensitivity-90``: the highest threshold with a sensitivity of at least 0.9; likewise for any other percentage.
    Between two scores the midpoint is taken. With one class only, or for ``youden`` no threshold that beats chance,
    there is nothing to choose by: 0.5.

    >>> operating_point(np.array([0, 0, 1, 1]), np.array([0.1, 0.3, 0.5, 0.9]), "youden")
    0.4
    """
    if rule == "half" or len(np.unique(labels)) < 2:
        return 0.5
    false_positive, true_positive, thresholds = roc_curve(labels, p, drop_intermediate=False)
    if rule == "youden":
        gain = true_positive - false_positive
        if gain.max() <= 0:
            return 0.5
        chosen = float(thresholds[int(np.argmax(gain))])
    else:
        wanted = float(rule.removeprefix(SENSITIVITY)) / 100
        chosen = float(thresholds[int(np.argmax(true_positive >= wanted))])
    below = p[p < chosen]
    return float((chosen + below.max()) / 2) if len(below) else chosen


def decision_on(labels: npt.NDArray[np.int64], p: npt.NDArray[np.floating], rule: str) -> Decision:
    """The decision on the nodules set aside, (n,) each: the threshold by ``rule``, and sets of labels at COVERAGE
    where there are both classes. The epoch is chosen on the same nodules, so that the coverage is a little lower
    than stated (decision 82)."""
    decision = Decision.at(operating_point(labels, p, rule), rule)
    if len(np.unique(labels)) < 2:
        return decision
    return replace(decision, conformal=Conformal(COVERAGE, *limits(labels, p, COVERAGE)))
