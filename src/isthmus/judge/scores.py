"""Scores that are no probabilities: logits, risk points, reader grades, TI-RADS points, with ties.

What depends on their order alone is judged as for probabilities; the Brier score and calibration are undefined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_curve

from isthmus.judge.intervals import Estimate
from isthmus.judge.metrics import Floats, checked_scores
from isthmus.judge.roc import Roc, roc
from isthmus.judge.scorecard import Scorecard, scorecard

NEEDS_PROBABILITIES = ("brier",)
REASON = "scores are not probabilities"
GIVEN, YOUDEN = "given", "youden on these data"


@dataclass(frozen=True, eq=False)
class ScoreCard:
    """The scorecard of scores, its threshold in their unit, and how that came about: GIVEN or YOUDEN.

    ``roc`` is None with one class only.
    """

    card: Scorecard
    rule: str
    roc: Roc | None

    def as_json(self) -> dict[str, object]:
        """The scorecard's values, and ``threshold_rule`` and ``roc`` beside them; what is undefined is None."""
        return {
            **self.card.as_json(),
            "threshold_rule": self.rule,
            "roc": None if self.roc is None else curve(self.roc),
        }


def score_card(
    labels: npt.ArrayLike,
    scores: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    threshold: float | None = None,
    seed: int = 0,
) -> ScoreCard:
    """Scores what isn't a probability: ``scores`` (n,), any finite numbers, the higher the more likely malignant.

    Malignant is score >= ``threshold``; without one, Youden's index chooses it on these very data, which flatters what
    depends on it, and its intervals leave the choice out. Raises ValueError, also where there is nothing to choose by.

    >>> found = score_card([0, 0, 1, 1], [1, 3, 3, 3])
    >>> found.card.metrics["auc"].value, found.card.threshold, found.card.metrics["brier"].method
    (0.75, 3.0, 'undefined: scores are not probabilities')
    """
    label_array, score_array = checked_scores(labels, scores)
    both = label_array.min() != label_array.max()
    rule = YOUDEN if threshold is None else GIVEN
    if threshold is None:
        if not both:
            raise ValueError("with one class only, no threshold can be chosen; give one")
        threshold = youden(label_array, score_array)
    places, cut = ranks(score_array, threshold)
    card = scorecard(label_array, places, groups, cut, seed)
    undefined = {name: Estimate.undefined(REASON) for name in NEEDS_PROBABILITIES}
    metrics = {name: undefined.get(name, estimate) for name, estimate in card.metrics.items()}
    return ScoreCard(
        replace(card, metrics=metrics, threshold=float(threshold)),
        rule,
        roc(label_array, places, groups, seed=seed) if both else None,
    )


def ranks(scores: Floats, threshold: float) -> tuple[Floats, float]:
    """The places of scores in their order, from 0 to 1, ties alike, and the threshold's place among them.

    Whatever depends on order alone is the same for places and scores; place >= threshold's place where score >=
    threshold. Raises ValueError for a threshold that is not a finite number.
    """
    if not np.isfinite(threshold):
        raise ValueError(f"threshold = {threshold} is not a finite number")
    values, at = np.unique(scores, return_inverse=True)
    steps = max(1, values.size - 1)
    return at / steps, float((np.searchsorted(values, threshold) - 0.5) / steps)


def youden(labels: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """The score at which sensitivity + specificity is largest (Youden 1950), the highest of several. Raises ValueError.

    >>> youden([0, 0, 0, 1, 1], [1, 2, 3, 3, 5])
    3.0
    """
    label_array, score_array = checked_scores(labels, scores)
    false_positive, true_positive, thresholds = roc_curve(label_array, score_array, drop_intermediate=False)
    return float(thresholds[1 + int(np.argmax((true_positive - false_positive)[1:]))])


def curve(found: Roc) -> Mapping[str, list[float]]:
    """The ROC curve at the false positive rates 0, 0.01 .. 1, with its pointwise band, as JSON's types."""
    sensitivity = np.interp(found.grid, found.false_positive_rate, found.sensitivity)
    columns = {"false_positive_rate": found.grid, "sensitivity": sensitivity, "low": found.low, "high": found.high}
    return {name: [float(value) for value in column] for name, column in columns.items()}
