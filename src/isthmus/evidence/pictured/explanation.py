"""Whether maps of what answers depend on may be shown: position, faithfulness, sanity, agreement (decision 96)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from isthmus.evidence.pictured.maps import Example, Maps, distance, maps
from isthmus.evidence.pictured.pictures import Pictures
from isthmus.evidence.reasons import shown
from isthmus.infer.explain import METHOD
from isthmus.infer.map_check import MapCheck, check_of, shown_or_why
from isthmus.infer.occlusion import CELLS, Cells
from isthmus.judge.intervals import Estimate, group_indices, jackknife_method, kish, share
from isthmus.judge.jackknife import interval, with_and_without
from isthmus.judge.metrics import Floats
from isthmus.progress import Progress, silent

SAMPLE = 60  # nodules, of which each takes some 200 readings
BLOB = CELLS / 4  # standard deviation of the rival in the middle, in cells
MOST_SANE, LEAST_AGREEMENT = 0.5, 0.3  # rank correlations
HALF = 0.5

Groups = npt.NDArray[np.str_] | None


@dataclass(frozen=True)
class Condition:
    """What a map has to meet: the whole interval of ``estimate`` above ``limit``, or below."""

    name: str
    estimate: Estimate
    limit: float
    above: bool = True

    @property
    def passed(self) -> bool:
        """Not without an interval."""
        return self.estimate.low > self.limit if self.above else self.estimate.high < self.limit

    def __str__(self) -> str:
        side, name = "above" if self.above else "below", self.name[:1].upper() + self.name[1:]
        return f"{name}: {_told(self.estimate)}, {'' if self.passed else 'not '}shown to be {side} {self.limit:g}."

    def as_json(self) -> dict[str, object]:
        about = {"name": self.name, "limit": self.limit, "above": self.above, "passed": self.passed}
        return {**about, **shown(self.estimate)}


@dataclass(frozen=True)
class Position:
    """Where the map lies: the share of it ``inside`` the nodule, that of the ``area`` and of a blob in the middle;
    ``enrichment`` is inside over area. ``pointing`` is how often its greatest value is inside, ``middle`` how often the
    window's middle is; the last two are what pointing exceeds that and the area by."""

    inside: Estimate
    area: Estimate
    blob: Estimate
    enrichment: Estimate
    pointing: Estimate
    middle: Estimate
    over_middle: Estimate
    over_area: Estimate

    def as_json(self) -> dict[str, object]:
        return {name: shown(getattr(self, name)) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Explained:
    """The check of the maps of ``n`` nodules. ``position`` is of windows as they are read, ``moved`` of those moved by
    half a box; ``beats_middle`` and ``beats_any`` are how often covering what the map marks changes the answer more.
    ``allowed`` is whether the bundle has it that its maps may be shown, and ``why``; ``examples`` are a few maps."""

    n: int
    position: Position
    moved: Position
    beats_middle: Estimate
    beats_any: Estimate
    shuffled: Estimate
    allowed: bool
    why: str
    examples: tuple[Example, ...]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those of the three parts that need no gradient."""
        return (
            Condition("the map points into the nodule more often than the middle does", self.moved.over_middle, 0),
            Condition("the map points into the nodule more often than its area would", self.moved.over_area, 0),
            Condition("covering what it marks changes more than covering the middle", self.beats_middle, HALF),
            Condition("rank correlation with the map of shuffled weights", self.shuffled, MOST_SANE, above=False),
        )

    @property
    def may_be_shown(self) -> bool:
        """Whether the bundle allows it and these nodules don't contradict that."""
        return self.allowed and all(one.passed for one in self.conditions)

    def as_json(self) -> dict[str, Any]:
        """A key of metrics.json."""
        estimates = {name: shown(getattr(self, name)) for name in ("beats_middle", "beats_any", "shuffled")}
        return {
            "method": METHOD,
            "n": self.n,
            "position": self.position.as_json(),
            "moved": self.moved.as_json(),
            **estimates,
            "conditions": [one.as_json() for one in self.conditions],
            "bundle": {"may_be_shown": self.allowed, "why": self.why},
            "may_be_shown": self.may_be_shown,
            "reason": None,
        }


def explained(pictures: Pictures, sample: int = SAMPLE, seed: int = 0, progress: Progress = silent) -> Explained:
    """Makes the maps of a sample and judges them. Raises DataError, EngineError, BundleError."""
    part = pictures.part(sample, seed)
    return judged(part, maps(part, seed, progress))


def judged(pictures: Pictures, made: Maps) -> Explained:
    """The check of the maps of all these nodules."""
    groups = pictures.groups
    allowed, why = shown_or_why(check_of(pictures.model.bundle), METHOD)
    top, middle, other = made.changes.T
    return Explained(
        n=len(pictures),
        position=position(made.centred, made.nodule, groups),
        moved=position(made.moved, made.moved_nodule, groups),
        beats_middle=_share(top > middle, groups),
        beats_any=_share(top > other, groups),
        shuffled=mean(correlations(made.centred, made.shuffled), groups, (-1, 1)),
        allowed=allowed,
        why=why,
        examples=made.examples,
    )


def position(every: Cells, nodule: Cells, groups: Groups) -> Position:
    """Where maps (n, CELLS, CELLS) lie, ``nodule`` being the share of each cell inside; rows of nan are left out."""
    whole = (np.abs(every) + np.finfo(float).tiny).reshape(len(every), -1)
    within = nodule.reshape(len(every), -1)
    blob = np.exp(-((distance() / BLOB) ** 2) / 2).ravel()
    four = distance().ravel() < 1
    inside, area = (whole * within).sum(1) / whole.sum(1), within.mean(1)
    pointing = within[np.arange(len(within)), np.argmax(np.nan_to_num(whole), axis=1)]
    middle = within[:, four].mean(1)

    def of(values: Floats, low: float = 0.0) -> Estimate:
        return mean(values, groups, (low, 1.0))

    return Position(
        inside=of(inside),
        area=of(area),
        blob=of((within * blob).sum(1) / blob.sum()),
        enrichment=_ratio(inside, area, groups),
        pointing=of(pointing),
        middle=of(middle),
        over_middle=of(pointing - middle, -1.0),
        over_area=of(pointing - area, -1.0),
    )


def correlations(one: Cells, other: Cells) -> Floats:
    """Spearman's rank correlation of how strong two maps are, cell by cell, for each nodule, (n,): nan without one of
    them, 0 where one is level."""
    first, second = _ranks(one), _ranks(other)
    return np.asarray((first * second).sum(1))


def agreement(one: Cells, other: Cells, groups: Groups) -> tuple[Condition, Condition]:
    """Whether two kinds of maps of the same nodules agree: at all, and more than maps of nodules of other groups."""
    first, second = _ranks(one), _ranks(other)
    every, members = first @ second.T, group_indices(groups, len(one))
    apart = members[:, None] != members
    count = np.maximum(apart.sum(1), 1)
    same = np.diag(every)
    by_chance = np.where(apart, every, 0).sum(1) / count
    return (
        Condition("rank correlation with integrated gradients", mean(same, groups, (-1, 1)), LEAST_AGREEMENT),
        Condition("that, less between nodules", mean(same - by_chance, groups, (-2, 2)), 0),
    )


def check_from(conditions: Sequence[Condition], place: Position, n: int) -> MapCheck:
    """The check as a bundle holds it: the conditions in words, and where maps lie in windows as they are read."""
    where = f"The greatest value lies in the nodule in {_told(place.pointing)}, whose share of the area is"
    sentences = (*map(str, conditions), f"{where} {_told(place.area)}.")
    return MapCheck(METHOD, all(one.passed for one in conditions), sentences, n)


def _told(one: Estimate) -> str:
    return f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f}; n = {one.n})"


def mean(values: Floats, groups: Groups, bounds: tuple[float, float]) -> Estimate:
    """The mean of values (n,) within ``bounds``, nan left out, with its interval by group."""
    there = np.isfinite(values)
    if not there.any():
        return Estimate.undefined("there is no such map")
    return _ratio(values[there], np.ones(int(there.sum())), None if groups is None else groups[there], bounds)


def _ratio(part: Floats, whole: Floats, groups: Groups, bounds: tuple[float, float] | None = None) -> Estimate:
    there = np.isfinite(part) & np.isfinite(whole)
    part, whole = part[there] * CELLS**2, whole[there] * CELLS**2  # from shares of the window to cells
    if not whole.sum() > HALF:
        return Estimate.undefined("there are too few such maps")
    groups = None if groups is None else groups[there]
    members = group_indices(groups, part.size)
    values = with_and_without(part, whole, members)
    ends = bounds or (0.0, CELLS**2 * part.size / float(whole.sum()))
    method = jackknife_method(0.95, members, groups)
    made = interval(float(values[0]), values[1:], kish(np.bincount(members)), 0.95, method, ends)
    return replace(made, n=part.size)


def _share(part: npt.NDArray[np.bool_], groups: Groups) -> Estimate:
    return replace(share(part, np.ones(part.size, bool), groups), n=part.size)


def _ranks(every: Cells) -> Floats:
    """Ranks of how strong each cell is, (n, cells), standardised: their products add up to Spearman's correlation."""
    ranks = np.array([rankdata(one) for one in np.abs(every).reshape(len(every), -1)])
    ranks -= ranks.mean(1, keepdims=True)
    length = np.linalg.norm(ranks, axis=1, keepdims=True)
    standard: Floats = np.divide(ranks, length, out=np.zeros_like(ranks), where=~(length == 0))
    return standard
