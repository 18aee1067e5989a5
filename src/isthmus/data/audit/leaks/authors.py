"""What the authors' split lets through: test pictures that have a duplicate, or a neighbour, in training.

The lists that name an image come from its reader, in the descriptor "lists" of the image's nodules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from isthmus.data.audit.duplicates import Duplicates
from isthmus.data.audit.file_order import Series, file_order
from isthmus.data.audit.leaks.pairs import LeakingPair, Sides, of_duplicates, of_order
from isthmus.data.audit.likeness import alike, hash_table
from isthmus.data.dataset import DataSet

TEST, VALIDATION, TRAINING = "test", "val", ("train", "val", "trainval")
THIS, OTHER = "test", "train"  # of two lists that are compared


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


def _listed(lists: dict[str, set[str]], *names: str) -> frozenset[str]:
    return frozenset(image for image, of_image in lists.items() if not of_image.isdisjoint(names))


def _leak(
    test: Collection[str],
    training: Collection[str],
    duplicates: Duplicates,
    order: Sequence[Series],
    hash_of: Callable[[str], bytes],
) -> SplitLeak:
    sides: Sides = {image: (OTHER,) * (image in training) + (THIS,) * (image in test) for image in {*test, *training}}
    itself = {image for image in test if image in training}
    of_frames, neighbours = tuple(of_duplicates(sides, duplicates)), tuple(of_order(sides, order))
    return SplitLeak(
        n=len(test),
        training=len(training),
        duplicates=len(itself | _tested(of_frames)),
        identical=len(itself | _tested(leak for leak in of_frames if leak.kind == "identical")),
        neighbours=len(_tested(neighbours)),
        alike=len(_tested(_alike(neighbours, hash_of))),
    )


def _tested(leaks: Iterable[LeakingPair]) -> set[str]:
    """The pictures on the side THIS; it is the second of two."""
    return {leak.b for leak in leaks}


def _alike(leaks: Sequence[LeakingPair], hash_of: Callable[[str], bytes]) -> list[LeakingPair]:
    names = sorted({name for leak in leaks for name in (leak.a, leak.b)})
    at = {name: place for place, name in enumerate(names)}
    first, second = np.array([(at[leak.a], at[leak.b]) for leak in leaks], np.int64).reshape(-1, 2).T
    same = alike(hash_table(names, hash_of), first, second)
    return [leak for leak, like in zip(leaks, same.tolist(), strict=True) if like]
