"""The pairs that stand on two sides of a split and shouldn't: of one picture, frame or patient, or side by side.

Every picture that leaks is named in a pair with a picture of each other side that it leaks to, but not in all such
pairs: a patient of a thousand pictures gives a thousand pairs, not a quarter of a million.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from isthmus.data.audit.duplicates import Duplicates
from isthmus.data.audit.file_order import Series
from isthmus.data.grouping import GAP
from isthmus.data.groups import components, natural

Kind = Literal["frame", "identical", "near", "patient", "order"]
KINDS: tuple[Kind, ...] = ("frame", "identical", "near", "patient", "order")
NEAR = GAP  # the distance in file order up to which a picture is a neighbour
FIRST_SIDES = ("train", "training", "val", "validation", "test")  # the order in which sides are named

Sides = Mapping[str, Sequence[str]]  # the sides that each picture is on, one as a rule


@dataclass(frozen=True)
class LeakingPair:
    """Two pictures ``a`` and ``b`` that stand on two ``sides``, in that order, though they belong together.

    frame: two nodules ``a`` and ``b`` of one picture, or one picture that is on both sides. identical: the same pixels.
    near: the same frame, by other pixels. patient: of one patient. order: at most NEAR apart in file order.
    """

    kind: Kind
    a: str
    b: str
    sides: tuple[str, str]


@dataclass(frozen=True)
class Placed:
    """What a split places on a ``side``: a nodule or a whole picture, by ``name``, and the ``image`` that it is on."""

    name: str
    image: str
    side: str


def sides_of(placed: Iterable[Placed]) -> dict[str, tuple[str, ...]]:
    """The sides that each picture is on."""
    sides: dict[str, dict[str, None]] = defaultdict(dict)
    for one in placed:
        sides[one.image][one.side] = None
    return {image: tuple(sorted(of_image, key=rank)) for image, of_image in sides.items()}


def rank(side: str) -> tuple[int, object]:
    """The sort key of sides: train, val, test, then others in natural order."""
    return FIRST_SIDES.index(side) if side in FIRST_SIDES else len(FIRST_SIDES), natural(side)


def of_frame(placed: Iterable[Placed]) -> Iterator[LeakingPair]:
    """Nodules of one picture, or the picture itself, on several sides."""
    of_image: dict[str, dict[str, str]] = defaultdict(dict)
    for one in placed:
        of_image[one.image].setdefault(one.side, one.name)
    for names in of_image.values():
        for side, later in itertools.combinations(sorted(names, key=rank), 2):
            yield LeakingPair("frame", names[side], names[later], (side, later))


def of_duplicates(sides: Sides, duplicates: Duplicates) -> Iterator[LeakingPair]:
    """Pictures that show one frame, themselves or through others: of the same pixels, then of others."""
    pixels = _first_of(components((pair.first, pair.second) for pair in duplicates.identical))
    yield from _across("identical", pixels, sides)
    for leak in _across("near", _first_of(duplicates.sets), sides):
        if pixels.get(leak.a, leak.a) != pixels.get(leak.b, leak.b):
            yield leak


def of_patients(sides: Sides, patients: Mapping[str, str]) -> Iterator[LeakingPair]:
    """Pictures of one patient; ``patients`` gives each picture's."""
    return _across("patient", patients, sides)


def of_order(sides: Sides, order: Iterable[Series]) -> Iterator[LeakingPair]:
    """Pictures at most NEAR apart in file order, every pair of them."""
    for series in order:
        on = [sides.get(name, ()) for name in series.names]
        placed = np.array([bool(of_image) for of_image in on])
        only = [of_image[0] if len(of_image) == 1 else None for of_image in on]
        for distance in range(1, NEAR + 1):
            first, second = series.pairs(distance)
            both = placed[first] & placed[second]
            for one, other in zip(first[both].tolist(), second[both].tolist(), strict=True):
                if only[one] is None or only[one] != only[other]:
                    yield from _pair("order", series.names[one], series.names[other], sides)


def _first_of(sets: Iterable[Sequence[str]]) -> dict[str, str]:
    return {image: names[0] for names in sets for image in names}


def _across(kind: Kind, unit_of: Mapping[str, Hashable], sides: Sides) -> Iterator[LeakingPair]:
    """Pairs of pictures of one unit on two sides: each with one on every other side that its unit is on."""
    units: dict[Hashable, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for image, of_image in sides.items():
        if image in unit_of:
            for side in of_image:
                units[unit_of[image]][side].append(image)
    for members in units.values():
        for one, other in itertools.combinations(sorted(members, key=rank), 2):
            here, there = (sorted(members[side], key=natural) for side in (one, other))
            for at in range(max(len(here), len(there))):
                a, b = here[min(at, len(here) - 1)], there[min(at, len(there) - 1)]
                if a != b:
                    yield LeakingPair(kind, a, b, (one, other))


def _pair(kind: Kind, a: str, b: str, sides: Sides) -> Iterator[LeakingPair]:
    for one, other in itertools.product(sides[a], sides[b]):
        if rank(one) < rank(other):
            yield LeakingPair(kind, a, b, (one, other))
        elif one != other:
            yield LeakingPair(kind, b, a, (other, one))
