"""Which test nodules the case study shows (Fig. 9, Section IV-D): some at random, and the surest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.cross.predictions import FoldPrediction
from isthmus.nodule import Label, Nodule


@dataclass(frozen=True)
class Case:
    """A test nodule and its prediction by a model that did not learn from it."""

    nodule: Nodule
    prediction: FoldPrediction

    @property
    def is_wrong(self) -> bool:
        """Whether the verdict differs from the label."""
        return self.prediction.verdict is not self.prediction.label


def random_cases(cases: Sequence[Case], each: int = 22, seed: int = 0) -> dict[Label, tuple[Case, ...]]:
    """At most ``each`` cases a label, drawn at random without replacement; 22 are the paper's (Section IV-D).

    The same seed draws the same cases, whatever their order. Both labels are there, sorted by probability; with fewer
    cases than ``each``, all of them.
    """
    chosen: dict[Label, tuple[Case, ...]] = {}
    for label in Label:
        labelled = sorted((case for case in cases if case.prediction.label is label), key=_by_name)
        # A generator a label, so that the number of benign nodules doesn't change which malignant ones are drawn.
        picks = np.random.default_rng([seed, label]).permutation(len(labelled))[:each]
        chosen[label] = tuple(sorted((labelled[pick] for pick in picks), key=_by_probability))
    return chosen


def surest_mistakes(cases: Sequence[Case], each: int = 11) -> dict[Label, tuple[Case, ...]]:
    """At most ``each`` cases a label whose verdict is wrong, the surest first. Both labels are there.

    The sureness of a mistake is its share of the way from its threshold to the end, 0 or 1, on the side of its
    verdict: a probability of 0.9 at a threshold of 0.8 is as sure as 0.75 at 0.5.
    """
    wrong = sorted((case for case in cases if case.is_wrong), key=lambda case: (-_sureness(case), _by_name(case)))
    return {label: tuple(case for case in wrong if case.prediction.label is label)[:each] for label in Label}


def _sureness(case: Case) -> float:
    """From 0 at the threshold to 1 at the end on the side of the verdict."""
    prediction = case.prediction
    way = 1 - prediction.threshold if prediction.verdict is Label.MALIGNANT else prediction.threshold
    return abs(prediction.probability - prediction.threshold) / way if way else 0.0


def _by_name(case: Case) -> tuple[str, str, float, float]:
    """An order that doesn't depend on the order of the cases, even where an id occurs more than once."""
    prediction = case.prediction
    return case.nodule.id, str(case.nodule.picture.path), prediction.probability, prediction.threshold


def _by_probability(case: Case) -> tuple[float, tuple[str, str, float, float]]:
    return case.prediction.probability, _by_name(case)
