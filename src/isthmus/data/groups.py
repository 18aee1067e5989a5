"""Groups of patient and duplicate, which no split divides: which image is in which, and which to set aside."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from isthmus.data.dataset import ImageRecord
from isthmus.data.grouping import BY_PATIENT, Grouping, place_of
from isthmus.errors import SplitError, UsageError
from isthmus.nodule import Label

Counts = npt.NDArray[np.int64]  # nodules by label: (2,), or (groups, 2)
EQUAL = 1e-9  # a smaller gain of nearness is rounding


def groups(
    images: Iterable[ImageRecord], duplicates: Iterable[Sequence[str]], grouping: Grouping = BY_PATIENT
) -> dict[str, str]:
    """The group of every image: its patient, or block, joined with every one that shares a duplicate with it.

    ``duplicates`` are sets of the names of images that show one frame. A group is named after its smallest patient or
    block, in natural order. Where blocks are wanted it raises UsageError for an image without a number, or numbers that
    are no sequence, and SplitError where all images are in one block.
    """
    first = {image.id: grouping.name_of(image.id, image.patient) for image in images}
    if grouping.block:
        _refuse_no_sequence(first, grouping)
    links = ((first[same[0]], first[other]) for same in duplicates for other in same[1:])
    name = {member: joined[0] for joined in components(links) for member in joined}
    return {image: name.get(one, one) for image, one in first.items()}


def _refuse_no_sequence(blocks: Mapping[str, str], grouping: Grouping) -> None:
    """Raises SplitError for a single block, UsageError where no two names are alike but for their last digits."""
    if len(set(blocks.values())) == 1:
        raise SplitError(
            f"all {len(blocks)} images are in one block of {grouping.block} numbers",
            where="--group-by",
            remedy="Give smaller blocks, so that there are two or more.",
        )
    series = {place_of(image)[0] for image in blocks}
    if len(series) == len(blocks) > 1:
        one, other = itertools.islice(blocks, 2)
        raise UsageError(
            f"no two images' names are alike but for their last digits ({one!r}, {other!r})",
            where="--group-by",
            remedy="Use --group-by patient.",
        )


def components(links: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """The connected components of named things, each in natural order, and in natural order themselves.

    A thing linked only to itself is no component.

    >>> components([("10", "9"), ("3", "10"), ("7", "7")])
    (('3', '9', '10'),)
    """
    home: dict[str, set[str]] = {}
    for one, other in links:
        joined = home.get(one, {one}) | home.get(other, {other})
        for member in joined:
            home[member] = joined
    distinct = {id(joined): joined for joined in home.values() if len(joined) > 1}
    ordered = [tuple(sorted(joined, key=natural)) for joined in distinct.values()]
    return tuple(sorted(ordered, key=lambda names: [natural(name) for name in names]))


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """The sort key under which "9_2" comes before "10_1".

    >>> sorted(["10_1", "9_2", "a"], key=natural)
    ['9_2', '10_1', 'a']
    """
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    ordered = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
    return (*ordered, (-1, 0, name))  # the name itself tells "01" from "1"


def set_aside(labels: Sequence[Label], names: Sequence[str], share: float, seed: int = 0) -> frozenset[str]:
    """The names of groups that hold ``share`` of the nodules and of each label, as near as whole groups allow.

    ``names`` are the nodules' groups. In random order, a group changes sides where that brings the share nearer, until
    none does. What is set aside and what is left have both labels, for which each label must be in two groups.
    """
    groups = sorted(set(names))
    order = np.random.default_rng(seed).permutation(len(groups))
    place = {groups[at]: number for number, at in enumerate(order)}
    counts = np.zeros((len(groups), len(Label)), np.int64)
    np.add.at(counts, ([place[name] for name in names], [int(label) for label in labels]), 1)
    aside = _improved(counts, _smallest(counts), share)
    return frozenset(name for name in groups if aside[place[name]])


def _smallest(counts: Counts) -> npt.NDArray[np.bool_]:
    """The smallest group of each label without which the others still have both labels: (groups,)."""
    aside, total = np.zeros(len(counts), np.bool_), counts.sum(axis=0)
    for label in Label:
        if counts[aside, label].any():
            continue
        left = total - counts[aside].sum(axis=0)
        allowed = [at for at in np.flatnonzero(counts[:, label]) if (left - counts[at] > 0).all()]
        aside[min(allowed, key=lambda at: (counts[at].sum(), at))] = True
    return aside


def _improved(counts: Counts, aside: npt.NDArray[np.bool_], share: float) -> npt.NDArray[np.bool_]:
    """``aside`` after every change of a single group's side that brings it nearer to the share."""
    total, current = counts.sum(axis=0), counts[aside].sum(axis=0)
    distance, before = _distance(current, share * total), np.inf
    while distance < before:
        before = distance
        for at, count in enumerate(counts):
            other = current - count if aside[at] else current + count
            if (other > 0).all() and (other < total).all() and _distance(other, share * total) < distance - EQUAL:
                aside[at] = not aside[at]
                current, distance = other, _distance(other, share * total)
    return aside


def _distance(counts: Counts, target: npt.NDArray[np.float64]) -> float:
    """The squared distance of each label's count, and of their sum, from the target."""
    short = counts - target
    return float((short**2).sum() + short.sum() ** 2)
