"""Which test nodules the case study shows (Fig. 9, Section IV-D): some at random, and the surest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.nodule import Label, Nodule


@dataclass(frozen=True)
class Case:
    """A test nodule with what a model that never saw it says: p is P(malignant), malignant where p >= threshold.

    ``p`` lies in 0 .. 1; ``label`` is what the data set or the label policy says the nodule is.
    """

    nodule: Nodule
    label: Label
    p: float
    threshold: float

    @property
    def called(self) -> Label:
        """What the model calls the nodule."""
        return Label.MALIGNANT if self.p >= self.threshold else Label.BENIGN

    @property
    def wrong(self) -> bool:
        """Whether the model calls the nodule otherwise than its label."""
        return self.called is not self.label


def drawn(cases: Sequence[Case], each: int = 22, seed: int = 0) -> dict[Label, tuple[Case, ...]]:
    """At most ``each`` cases a label, drawn at random without replacement; 22 are the paper's (Section IV-D).

    The same seed draws the same cases, whatever their order. Both labels are there, sorted by p; with fewer cases
    than ``each``, all of them.
    """
    chosen: dict[Label, tuple[Case, ...]] = {}
    for label in Label:
        labelled = sorted((case for case in cases if case.label is label), key=_by_name)
        # A generator a label, so that how many benign nodules there are doesn't change which malignant ones are drawn.
        picks = np.random.default_rng([seed, label]).permutation(len(labelled))[:each]
        chosen[label] = tuple(sorted((labelled[pick] for pick in picks), key=lambda case: (case.p, _by_name(case))))
    return chosen


def surest_mistakes(cases: Sequence[Case], each: int = 11) -> dict[Label, tuple[Case, ...]]:
    """At most ``each`` wrongly called cases a label, the surest first. Both labels are there.

    How sure a mistake is, is its share of the way from its threshold to the end, 1 or 0, that it was called for:
    a p of 0.9 at a threshold of 0.8 is as sure as 0.75 at 0.5.
    """
    wrong = sorted((case for case in cases if case.wrong), key=lambda case: (-_sureness(case), _by_name(case)))
    return {label: tuple(case for case in wrong if case.label is label)[:each] for label in Label}


def _sureness(case: Case) -> float:
    """From 0 at the threshold to 1 at the end that the case was called for."""
    way = 1 - case.threshold if case.called is Label.MALIGNANT else case.threshold
    return abs(case.p - case.threshold) / way if way else 0.0


def _by_name(case: Case) -> tuple[str, str, float, float]:
    """An order that doesn't depend on how the cases came, even where an id occurs more than once."""
    return case.nodule.id, str(case.nodule.picture.path), case.p, case.threshold
