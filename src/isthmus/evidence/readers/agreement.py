"""How far the readers of a study agree in each mode: on calls, and on grades where there are few."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from isthmus.evidence.readers.crossing import NONE_IN_COMMON, Crossing, crossing
from isthmus.evidence.readers.grades import Grades
from isthmus.evidence.readers.scale import NO_THRESHOLD
from isthmus.judge.intervals import Estimate
from isthmus.judge.readers.kappa import cohen, fleiss, light

MOST_GRADES = 10
TOO_MANY = f"more than {MOST_GRADES} different scores: kappa needs grades"


@dataclass(frozen=True)
class Pair:
    """Two readers: kappa of their calls, and of their grades weighted by squared distance."""

    first: str
    second: str
    calls: Estimate
    grades: Estimate


@dataclass(frozen=True)
class Agreement:
    """All readers of a mode on what they have read in common: Fleiss' kappa of calls, Light's weighted one of grades.

    ``pairs`` are on what the two have read in common.
    """

    mode: str
    readers: int
    n: int
    calls: Estimate
    grades: Estimate
    pairs: tuple[Pair, ...]


def agreements(grades: Grades) -> tuple[Agreement, ...] | str:
    """The agreement in each mode, or the reason why there is none."""
    if len(grades.reader_names) < 2:
        return "there is one reader"
    return tuple(_agreement(grades, mode) for mode in grades.mode_names)


def _agreement(grades: Grades, mode: str) -> Agreement:
    panel = crossing(grades, [mode])
    pairs = []
    for first, second in itertools.combinations(panel.readers, 2):
        two = crossing(grades, [mode], (first, second))
        pairs.append(Pair(first, second, *_of(two, grades, pair=True)))
    return Agreement(mode, len(panel.readers), panel.n, *_of(panel, grades, pair=False), tuple(pairs))


def _of(panel: Crossing, grades: Grades, pair: bool) -> tuple[Estimate, Estimate]:
    """The kappas of calls and of grades."""
    if not panel.n:
        none = replace(Estimate.undefined(NONE_IN_COMMON), n=0)
        return none, none
    patients = None if grades.patient_column is None else panel.patients
    scores = panel.scores[0]
    calls = graded = replace(Estimate.undefined(NO_THRESHOLD), n=panel.n)
    if grades.scale.threshold is not None:
        called = grades.scale.called(scores).astype(np.int64)
        calls = cohen(called[0], called[1], patients) if pair else fleiss(called, patients)
    values = np.unique(grades.scores)
    if values.size > MOST_GRADES:
        return calls, replace(Estimate.undefined(TOO_MANY), n=panel.n)
    places = np.searchsorted(_steps(grades, values), scores).astype(np.int64)
    graded = cohen(places[0], places[1], patients, weighted=True) if pair else light(places, patients)
    return calls, graded


def _steps(
    grades: Grades, values: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The grades that there may be, so that one that nobody gave counts as a step: all of a TI-RADS, whole numbers."""
    if grades.scale.levels or bool((values == np.round(values)).all() and np.ptp(values) <= MOST_GRADES):
        return np.arange(values.min(), values.max() + 1)
    return values
