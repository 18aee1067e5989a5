"""Scores that are no probabilities: logits, risk points, reader grades, TI-RADS points, with ties.

What depends on their order alone is judged as for probabilities; the Brier score and calibration are undefined.
"""

from __future__ import annotations

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


@dataclass(frozen=True, eq=False, kw_only=True)
class RankedScorecard(Scorecard):
    """The scorecard of scores, its threshold in their unit, and the threshold's ``rule``: GIVEN or YOUDEN.

    ``roc`` is None with one class only.
    """

    rule: str
    roc: Roc | None

    def as_json(self) -> dict[str, object]:
        """The scorecard's values, and ``threshold_rule`` and ``roc`` beside them; what is undefined is None."""
        curve = None if self.roc is None else self.roc.as_json()
        return {**super().as_json(), "threshold_rule": self.rule, "roc": curve}


def ranked_scorecard(
    labels: npt.ArrayLike,
    scores: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    threshold: float | None = None,
    seed: int = 0,
) -> RankedScorecard:
    """Scores what isn't a probability: ``scores`` (n,), any finite numbers, the higher the more likely malignant.

    Malignant is score >= ``threshold``. Without one, Youden's index chooses it on the same data: what depends on it is
    then optimistic, and its intervals leave the choice out. Raises ValueError, also for one class and no threshold.

    >>> card = ranked_scorecard([0, 0, 1, 1], [1, 3, 3, 3])
    >>> card.metrics["auc"].value, card.threshold, card.metrics["brier"].method
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
    undefined = dict.fromkeys(NEEDS_PROBABILITIES, Estimate.undefined(REASON))
    ranked = replace(card, metrics={**card.metrics, **undefined}, threshold=float(threshold))
    curve = roc(label_array, places, groups, seed=seed) if both else None
    return RankedScorecard(**vars(ranked), rule=rule, roc=curve)


def ranks(scores: Floats, threshold: float) -> tuple[Floats, float]:
    """The places of scores in their order, from 0 to 1, equal for ties, and the threshold's place among them.

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
