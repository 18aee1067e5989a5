"""What the model's answer did to the readers: their changes, over- and under-reliance, and the time that they took."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from isthmus.evidence.readers.grades import Grades, Mask
from isthmus.evidence.readers.scale import NO_THRESHOLD
from isthmus.judge.intervals import Estimate
from isthmus.judge.readers.reliance import Pairs, by_reader, changes, reliance, times

Estimates = Mapping[str, Estimate]


@dataclass(frozen=True)
class Following:
    """Changes between two modes, reliance on the model and times, each None with its reason under its name."""

    pairs: int
    changes: Estimates | None
    reliance: Estimates | None
    readers: Mapping[str, Estimates]
    seconds: Estimates | None
    reasons: Mapping[str, str] = field(default_factory=dict)


def following(grades: Grades, modes: tuple[str, ...]) -> Following:
    """What changes from the first to the second of two modes; of other numbers of modes nothing is known."""
    if len(modes) != 2:
        one = len(modes) == 1
        why = (
            "there is one mode, and no column first_score"
            if one
            else "there are more than two modes: --modes names two"
        )
        return Following(0, None, None, {}, None, dict.fromkeys(("changes", "reliance", "seconds"), why))
    reasons, led = dict[str, str](), None
    found = _pairs(grades, modes)
    if isinstance(found, str):
        reasons |= dict.fromkeys(("changes", "reliance"), found)
        pairs = None
    else:
        pairs, answered = found
        led = pairs.at(answered) if answered.any() else None
        if led is None:
            reasons["reliance"] = "no column model says what the model answered"
    seconds = _seconds(grades, modes)
    if isinstance(seconds, str):
        reasons["seconds"] = seconds
    return Following(
        pairs.before.size if pairs else 0,
        changes(pairs) if pairs else None,
        reliance(led) if led else None,
        by_reader(led) if led else {},
        None if isinstance(seconds, str) else seconds,
        reasons,
    )


def _pairs(grades: Grades, modes: tuple[str, ...]) -> tuple[Pairs, Mask] | str:
    """A reader's two calls of each nodule, and of which of them the model's answer is known; or why there are none."""
    if grades.scale.threshold is None:
        return NO_THRESHOLD
    places: list[dict[tuple[str, str], int]] = [{}, {}]
    for at, mode in enumerate(grades.modes.tolist()):
        if mode in modes:
            places[modes.index(mode)][str(grades.readers[at]), str(grades.nodules[at])] = at
    keys = [key for key in places[1] if key in places[0]]
    if not keys:
        return "no reader has read a nodule in both modes"
    before, after = (np.array([place[key] for key in keys]) for place in places)
    earlier, later = grades.scores[before], grades.scores[after]
    moved = earlier != later
    if grades.changed is not None:
        moved |= grades.changed[after]
    model = np.full(len(keys), math.nan)
    if grades.model is not None:
        model = np.where(np.isnan(grades.model[after]), grades.model[before], grades.model[after])
    pairs = Pairs(
        grades.readers[after],
        grades.patients[after],
        grades.labels[after] == 1,
        grades.scale.called(earlier),
        grades.scale.called(later),
        moved,
        model == 1,
        None if grades.planted is None else grades.planted[after] | grades.planted[before],
    )
    return pairs, ~np.isnan(model)


def _seconds(grades: Grades, modes: tuple[str, ...]) -> Estimates | str:
    if grades.seconds is None:
        return "no column seconds has the time of each mode"
    there = ~np.isnan(grades.seconds) & np.isin(grades.modes, modes)
    if not there.any():
        return "the column seconds is empty"
    reads = grades.at(there)
    assert reads.seconds is not None
    return times(reads.seconds, reads.modes == modes[1], reads.readers, reads.patients)
