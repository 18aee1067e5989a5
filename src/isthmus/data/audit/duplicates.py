"""How duplicates are found: which images of a data set show the same frame.

Two images are *identical* if their decoded RGB pixels are equal, whatever the files' bytes. They are *near* if one is
the other re-encoded, shifted, cropped, scaled, brightened or mirrored, or if they share a view, as when two pictures of
a split screen hold the same left half. Similar anatomy or the same machine's overlay is not enough: the speckle itself
must agree (docs/decisions/0020-near-duplicates.md). The survey hashes every image (`frames.hash_keys`), `key_search`
proposes pairs with hashes in common, and `frames.compare` decides on each.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.data.audit.frames import compare
from isthmus.data.audit.survey import Survey
from isthmus.data.audit.views import Views
from isthmus.data.dataset import ImageRecord
from isthmus.data.groups import components, natural
from isthmus.data.threads import Ahead
from isthmus.progress import Progress, silent


@dataclass(frozen=True, order=True)
class Pair:
    """Two images that show the same frame; ``first`` comes before ``second`` in natural order.

    ``shared`` is the share (0 .. 1) of the smaller scan area whose speckle agrees, ``correlation`` the median
    correlation of those blocks (1 for identical pixels), ``mirrored`` whether one is the other's mirror image.
    """

    first: str
    second: str
    shared: float = 1.0
    correlation: float = 1.0
    mirrored: bool = False


@dataclass(frozen=True)
class Duplicates:
    """Every pair of images that show the same frame: ``identical`` pixels, and ``near`` ones."""

    identical: tuple[Pair, ...] = ()
    near: tuple[Pair, ...] = ()

    @property
    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Images joined by pairs, directly or through others: sorted tuples of image ids, in natural order."""
        return components((pair.first, pair.second) for pair in self.identical + self.near)

    def across_cases(self, images: Iterable[ImageRecord]) -> tuple[tuple[str, ...], ...]:
        """The sets whose images belong to more than one patient."""
        patient = {image.id: image.patient for image in images}
        return tuple(names for names in self.sets if len({patient[name] for name in names}) > 1)


def find_duplicates(
    images: Sequence[ImageRecord], progress: Progress = silent, survey: Survey | None = None, across: bool = False
) -> Duplicates:
    """Every pair of ``images`` that show the same frame. The order of ``images`` changes nothing.

    Of images with identical pixels only the first, in natural order, is compared with the rest. Images that a
    ``survey`` has examined are not decoded again for their keys. ``across``: near duplicates of one patient are not
    looked for. Raises DataError if an image can't be read.
    """
    if survey is None:
        with Survey() as fresh:
            return find_duplicates(images, progress, fresh, across)
    ordered = sorted(images, key=lambda record: natural(record.id))
    survey.look_at([record.picture for record in ordered], progress, "fingerprinting")
    alike: dict[bytes, list[ImageRecord]] = defaultdict(list)
    for record in ordered:
        alike[survey.digests[record.picture]].append(record)
    identical = [Pair(members[0].id, other.id) for members in alike.values() for other in members[1:]]
    ranks = np.full(len(survey.numbers), -1, np.int64)
    ranks[[survey.numbers[digest] for digest in alike]] = np.arange(len(alike))
    firsts = [members[0] for members in alike.values()]
    proposed = survey.search.pairs(ranks)
    if across:
        proposed = [pair for pair in proposed if firsts[pair[0]].patient != firsts[pair[1]].patient]
    near = _near(firsts, proposed, progress, survey.threads)
    return Duplicates(_sorted(identical), _sorted(near))


def _near(
    records: Sequence[ImageRecord], proposed: Sequence[tuple[int, int, bool]], progress: Progress, threads: int
) -> Iterable[Pair]:
    """The proposed pairs (first, second, mirrored) that hold; plain or mirrored, whichever shares more."""
    best: dict[tuple[str, str], Pair] = {}
    views = Views([record.picture for record in records])

    def compared(first: int, second: int, mirrored: bool) -> Pair | None:
        match = compare(views.get(first), views.get(second, mirrored))
        return Pair(records[first].id, records[second].id, *match, mirrored) if match else None

    def take(pair: Pair | None) -> None:
        if pair and ((names := (pair.first, pair.second)) not in best or pair.shared > best[names].shared):
            best[names] = pair

    with Ahead(take, threads) as ahead:
        for proposal in progress(proposed, "comparing"):
            ahead.give(functools.partial(compared, *proposal))
    return best.values()


def _sorted(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda pair: (natural(pair.first), natural(pair.second))))
