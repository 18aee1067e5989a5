"""What the authors' split lets through: test pictures that have a duplicate, or a neighbour, in training.

The lists that name an image come from its reader, in the descriptor "lists" of the image's nodules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from isthmus.data.audit.duplicates import Duplicates, Pair
from isthmus.data.audit.file_order import Series, file_order
from isthmus.data.audit.likeness import alike, hash_table
from isthmus.data.dataset import DataSet
from isthmus.data.grouping import GAP
from isthmus.data.groups import components

NEAR = GAP  # the distance in file order up to which a picture is a neighbour
TEST, VALIDATION, TRAINING = "test", "val", ("train", "val", "trainval")


@dataclass(frozen=True)
class SplitLeak:
    """How many of ``n`` pictures of one side have a counterpart among the ``training`` pictures of the other.

    ``duplicates`` show the same frame, ``identical`` ones with the same pixels; ``neighbours`` are at most NEAR apart
    in file order, ``alike`` if they look alike, too.
    """

    n: int
    training: int
    duplicates: int
    identical: int
    neighbours: int
    alike: int


@dataclass(frozen=True)
class SplitLeaks:
    """The leak from ``train`` and ``val`` to ``test``, and from ``train`` to ``val``, by which an epoch is chosen.

    ``validation`` is None where there is no list of one of the two.
    """

    test: SplitLeak
    validation: SplitLeak | None

    def as_json(self) -> dict[str, object]:
        """The counts of the test pictures, and "validation" with those of the validation pictures."""
        return {**asdict(self.test), "validation": asdict(self.validation) if self.validation else None}


def split_leaks(data: DataSet, duplicates: Duplicates, hash_of: Callable[[str], bytes]) -> SplitLeaks | None:
    """The leaks of the authors' split; None unless lists of test and of training name pictures with nodules."""
    lists = {nodule.image: set(nodule.descriptors.get("lists", "").split(",")) for nodule in data.nodules}
    test, validation = (_listed(lists, name) for name in (TEST, VALIDATION))
    training = _listed(lists, *TRAINING)
    if not test or not training:
        return None
    order = file_order(image.id for image in data.images)

    def leak(one: Collection[str], other: Collection[str]) -> SplitLeak:
        return _leak(one, other, duplicates, order, hash_of)

    learned = _listed(lists, "train")
    return SplitLeaks(leak(test, training), leak(validation, learned) if validation and learned else None)


def _leak(
    test: Collection[str],
    training: Collection[str],
    duplicates: Duplicates,
    order: Sequence[Series],
    hash_of: Callable[[str], bytes],
) -> SplitLeak:
    near, looks = _neighbours(test, training, order, hash_of)
    return SplitLeak(
        n=len(test),
        training=len(training),
        duplicates=_matched(test, training, duplicates.identical + duplicates.near),
        identical=_matched(test, training, duplicates.identical),
        neighbours=near,
        alike=looks,
    )


def _listed(lists: dict[str, set[str]], *names: str) -> frozenset[str]:
    return frozenset(image for image, of_image in lists.items() if not of_image.isdisjoint(names))


def _matched(test: Collection[str], training: Collection[str], pairs: Sequence[Pair]) -> int:
    """How many are in training themselves, or in a set of duplicates with one that is."""
    matched = {image for image in test if image in training}
    for names in components((pair.first, pair.second) for pair in pairs):
        for image in names:
            if image in test and any(other in training for other in names if other != image):
                matched.add(image)
    return len(matched)


def _neighbours(
    test: Collection[str], training: Collection[str], order: Sequence[Series], hash_of: Callable[[str], bytes]
) -> tuple[int, int]:
    """How many have a neighbour in training, and how many one that looks alike."""
    near, looks = set[str](), set[str]()
    for series in order:
        hashes = hash_table(series.names, hash_of)
        for distance in range(1, NEAR + 1):
            pairs = np.stack(series.pairs(distance))
            for first, second in (pairs, pairs[::-1]):
                same = alike(hashes, first, second)
                for one, other, like in zip(first.tolist(), second.tolist(), same.tolist(), strict=True):
                    if series.names[one] in test and series.names[other] in training:
                        near.add(series.names[one])
                        looks.update([series.names[one]] if like else [])
    return len(near), len(looks)
