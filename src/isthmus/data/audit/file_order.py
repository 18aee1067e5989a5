"""The order of a data set's files: which images stand in one sequence, and how far apart.

Names that are alike but for their numbers are one sequence, in natural order: ``000017`` follows ``000016``. Where the
names hold one number each, the distance of two images is that of their numbers, so that a gap in the numbers counts;
else it is that of their positions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isthmus.data.groups import natural

DENSEST_GAP = 4  # numbers an image, beyond which they are times or random, and no count

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Series:
    """The names of one sequence's images in file order, and the place of each: (n,), rising.

    ``numbered`` says whether the places are the numbers in the names; else they are positions from 0 on.
    """

    names: tuple[str, ...]
    places: Indices
    numbered: bool

    def pairs(self, distance: int) -> tuple[Indices, Indices]:
        """The positions of both images of the pairs that are ``distance`` apart: (pairs,) each."""
        wanted = self.places + distance
        second = np.minimum(np.searchsorted(self.places, wanted), len(self.places) - 1)
        first = np.flatnonzero(self.places[second] == wanted)
        return first, second[first]


def file_order(names: Iterable[str]) -> tuple[Series, ...]:
    """The sequences of images with these names.

    The folder doesn't part them, so that folders of classes have one sequence, unless numbers occur in several folders.

    >>> [(one.names, one.numbered) for one in file_order(["a2", "a10", "a1", "b7"])]
    [(('a1', 'a2', 'a10'), True), (('b7',), True)]
    """
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[_without_numbers(name.rpartition("/")[2])].append(name)
    parts: dict[str, list[str]] = {}
    for key, members in alike.items():
        if len({_numbers(name.rpartition("/")[2]) for name in members}) == len(members):
            parts[key] = members
            continue
        for name in members:
            parts.setdefault(_without_numbers(name), []).append(name)
    return tuple(_series(parts[key]) for key in sorted(parts))


def _series(names: Sequence[str]) -> Series:
    numbers = [_numbers(name.rpartition("/")[2]) for name in names]
    single = all(len(one) == 1 for one in numbers) and len(set(numbers)) == len(numbers)
    if single and max(numbers)[0] - min(numbers)[0] < DENSEST_GAP * len(numbers):
        least = min(numbers)[0]
        ordered = sorted(zip(numbers, names, strict=True))
        places = np.array([number[0] - least for number, _ in ordered], np.int64)
        return Series(tuple(name for _, name in ordered), places, True)
    return Series(tuple(sorted(names, key=natural)), np.arange(len(names), dtype=np.int64), False)


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall("[0-9]+", name))


def _without_numbers(name: str) -> str:
    return re.sub("[0-9]+", "#", name)
