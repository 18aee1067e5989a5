"""Splits of nodules into k folds and into two parts, of whole units (a patient with duplicates, an image)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from isthmus import seeds
from isthmus.data.grouping import BY_PATIENT, Grouping, place_of
from isthmus.data.groups import set_aside
from isthmus.errors import SplitError
from isthmus.nodule import Label, Nodule

LISTS = ("train", "val", "test")
OTHER_PROTOCOL = "Use another --protocol."
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Split:
    """Positions in a list of nodules: those to learn from and those to be judged on."""

    train: Indices
    test: Indices


@dataclass(frozen=True)
class Leak:
    """How many of ``n`` test nodules have one of the same patient, or on the same or a duplicate image, in training.

    ``neighbours`` have one whose image number is within the gap; None where groups are no blocks.
    """

    n: int
    same_patient: int
    same_image: int
    neighbours: int | None = None


def folds(nodules: Sequence[Nodule], groups: Mapping[str, str], count: int, seed: int = 0) -> tuple[Split, ...]:
    """``count`` folds, stratified by label, no group in two of them. ``groups`` gives each image's group or unit.

    Raises SplitError for a single class, or more folds than a class has groups.
    """
    names = [groups[nodule.image] for nodule in nodules]
    return tuple(_stratified(nodules, names, count, seed))


def hold_out(nodules: Sequence[Nodule], names: Sequence[str], share: float, seed: int = 0) -> Split:
    """``share`` of the nodules set aside, whole groups by ``names``, stratified by label, as near as groups allow; of 0
    none.

    Both sides have a group of each label, so that of a small data set more or less than ``share`` may be set aside.
    Raises SplitError where a label has a single group.
    """
    labels = [_label(nodule) for nodule in nodules]
    _refuse_impossible(labels, names, 2 if share else 1, "Give more data.")
    if not share:
        return Split(np.arange(len(nodules)), np.arange(0))
    fewest = min(len({name for name, other in zip(names, labels, strict=True) if other is label}) for label in Label)
    one_group = len(nodules) / len(set(names))
    # One of several equal parts, where that is the share: what earlier versions set aside.
    for part in _stratified(nodules, names, max(2, min(round(1 / share), fewest)), seed, "Give more data."):
        if all({labels[i] for i in side} == set(Label) for side in (part.train, part.test)):
            if abs(len(part.test) - share * len(nodules)) <= one_group:
                return part
            break
    aside = set_aside(labels, names, share, seed)
    chosen = np.array([name in aside for name in names])
    return Split(np.flatnonzero(~chosen), np.flatnonzero(chosen))


def listed(nodules: Sequence[Nodule]) -> tuple[Indices, Indices, Indices]:
    """The positions in the lists train, val and test that come with the data set, in the descriptor "lists".

    Nodules in none of them are left out. Raises SplitError where a list lacks benign or malignant nodules, or where a
    nodule is in two.
    """
    lists = [set(nodule.descriptors.get("lists", "").split(",")) & set(LISTS) for nodule in nodules]
    for nodule, names in zip(nodules, lists, strict=True):
        if len(names) > 1:
            raise SplitError(f"nodule {nodule.id} is in the lists {' and '.join(sorted(names))}", remedy=OTHER_PROTOCOL)
    sides = {name: np.flatnonzero([name in names for names in lists]) for name in LISTS}
    for name, side in sides.items():
        for label in Label:
            if not any(nodules[int(i)].label is label for i in side):
                what = f"in the list {name} that comes with the data set there is no {label!s} one"
                raise SplitError(what, remedy=OTHER_PROTOCOL)
    return sides["train"], sides["val"], sides["test"]


def apart(nodules: Sequence[Nodule], learned: Indices, tested: Indices, grouping: Grouping) -> Indices:
    """Those of ``learned`` whose image number isn't within the grouping's gap of one that is ``tested``.

    Both are positions in ``nodules``. By patient all of them. Raises SplitError where no benign or no malignant nodule
    is left.
    """
    near = _near(nodules, tested, grouping)
    if not near:
        return learned
    left = learned[[place_of(nodules[i].image) not in near for i in learned]]
    for label in Label:
        if not any(nodules[i].label is label for i in left):
            raise SplitError(
                f"no {label!s} nodule is left to learn from: all are within {grouping.gap} numbers of a tested one",
                where="--group-by",
                remedy="Give larger blocks, or more data.",
            )
    return left


def _near(nodules: Sequence[Nodule], tested: Indices, grouping: Grouping) -> set[tuple[str, int]]:
    """The places within the grouping's gap of a tested nodule's."""
    places = {place_of(nodules[i].image) for i in tested} if grouping.gap else ()
    steps = range(-grouping.gap, grouping.gap + 1)
    return {(series, number + step) for series, number in places for step in steps}


def leak(
    nodules: Sequence[Nodule], split: Split, duplicates: Sequence[Sequence[str]], grouping: Grouping = BY_PATIENT
) -> Leak:
    """Counts the test nodules that have a relative in training; ``duplicates`` are sets of image names."""
    first_of = {image: same[0] for same in duplicates for image in same}
    patients = {nodules[i].patient for i in split.train}
    images = {first_of.get(nodules[i].image, nodules[i].image) for i in split.train}
    test, near = [nodules[i] for i in split.test], _near(nodules, split.train, grouping)
    return Leak(
        n=len(test),
        same_patient=sum(nodule.patient in patients for nodule in test),
        same_image=sum(first_of.get(nodule.image, nodule.image) in images for nodule in test),
        neighbours=sum(place_of(nodule.image) in near for nodule in test) if grouping.gap else None,
    )


def _stratified(
    nodules: Sequence[Nodule],
    names: Sequence[Hashable],
    count: int,
    seed: int,
    remedy: str = "Ask for at most {} folds.",
) -> Iterator[Split]:
    labels = [_label(nodule) for nodule in nodules]
    _refuse_impossible(labels, names, count, remedy)
    splitter = StratifiedGroupKFold(n_splits=count, shuffle=True, random_state=seeds.of_32_bits(seed))
    for train, test in splitter.split(np.zeros(len(labels)), labels, names):
        yield Split(train, test)


def _refuse_impossible(labels: Sequence[Label], names: Sequence[Hashable], count: int, remedy: str) -> None:
    counts = Counter(labels)
    for label in Label:
        groups = len({name for name, other in zip(names, labels, strict=True) if other is label})
        if not counts[label]:
            raise SplitError(
                f"all {len(labels)} labelled nodules are {next(iter(counts), 'absent')!s}; there is no {label!s} one",
                remedy="Give data with both classes, or another label policy.",
            )
        if groups < count:
            raise SplitError(
                f"{count} parts asked for, but the {label!s} nodules come from {groups} group{'s'[: groups != 1]} only",
                remedy=remedy.format(groups) if groups > 1 else "Give more data.",
            )


def _label(nodule: Nodule) -> Label:
    if nodule.label is None:
        raise SplitError(f"nodule {nodule.id} has no label", remedy="Split labelled nodules only.")
    return nodule.label
