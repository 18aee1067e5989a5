"""How the pictures of a data set belong together, and the one gate that no split passes which parts what does."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from isthmus.data import pixels
from isthmus.data.audit.duplicates import Duplicates, find_duplicates
from isthmus.data.audit.file_order import Series, file_order
from isthmus.data.audit.leaks.pairs import (
    KINDS,
    NEAR,
    Kind,
    LeakingPair,
    Placed,
    of_duplicates,
    of_frame,
    of_order,
    of_patients,
    sides_of,
)
from isthmus.data.audit.likeness import difference_hash, likeness
from isthmus.data.audit.survey import Survey
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.data.grouping import BY_PATIENT
from isthmus.data.split import Indices
from isthmus.data.threads import Ahead
from isthmus.errors import SplitError
from isthmus.nodule import Nodule
from isthmus.progress import Progress, silent

WORDS: Mapping[Kind, str] = {
    "frame": "on one picture",
    "identical": "with identical pixels",
    "near": "of one frame",
    "patient": "of one patient",
    "order": f"within {NEAR} of each other in file order",
}
LINKS: Mapping[Kind, str] = {
    "frame": "share a picture",
    "identical": "have identical pixels",
    "near": "show one frame",
    "patient": "are of one patient",
    "order": f"are within {NEAR} of each other in file order, and neighbours look alike more often than chance",
}


@dataclass(frozen=True, eq=False)
class Relations:
    """The patient of every picture, its duplicates, and its neighbours in file order.

    ``hashes`` gives every picture's ``difference_hash``; it is called only where the likeness of neighbours counts.
    """

    patients: Mapping[str, str]
    duplicates: Duplicates
    hashes: Callable[[], Mapping[str, bytes]]

    @classmethod
    def surveyed(cls, data: DataSet, survey: Survey, progress: Progress = silent) -> Relations:
        """Those of a data set whose pictures a survey with the detector ``difference_hash`` examines."""
        duplicates, hash_of = find_duplicates(data.images, progress, survey), survey.results(difference_hash)
        patients = {image.id: image.patient for image in data.images}
        return cls(patients, duplicates, lambda: {image.id: hash_of(image.picture) for image in data.images})

    @classmethod
    def of(cls, data: DataSet, duplicates: Duplicates, progress: Progress = silent) -> Relations:
        """Those of a data set, whose pictures are decoded only where the likeness of neighbours counts."""
        patients = {image.id: image.patient for image in data.images}
        return cls(patients, duplicates, functools.partial(hash_each, data.images, progress))

    @cached_property
    def names_patients(self) -> bool:
        """Whether the data name patients, by whom a split goes then, whatever the order of files."""
        return BY_PATIENT.among(self.patients).names_patients

    @cached_property
    def order(self) -> tuple[Series, ...]:
        """The sequences of pictures in file order."""
        return file_order(self.patients)

    @cached_property
    def alike_up_to(self) -> int:
        """The distance up to which neighbours look alike more often than chance, 0 if none. Raises DataError."""
        return likeness(self.order, self.hashes().__getitem__).up_to

    def leaks(self, placed: Sequence[Placed], measured: bool = True) -> tuple[LeakingPair, ...]:
        """Every leak of a split, by kind as in KINDS.

        Neighbours in file order leak where no patient is named and, if that is to be ``measured``, where they look
        alike more often than chance. Raises DataError for a picture that can't be read.
        """
        sides = sides_of(placed)
        leaks = [*of_frame(placed), *of_duplicates(sides, self.duplicates)]
        if self.names_patients:
            return (*leaks, *of_patients(sides, self.patients))
        neighbours = tuple(of_order(sides, self.order))
        if neighbours and measured and not self.alike_up_to:
            neighbours = ()
        return (*leaks, *neighbours)


def hash_each(images: Sequence[ImageRecord], progress: Progress = silent) -> dict[str, bytes]:
    """The ``difference_hash`` of every picture. Raises DataError for one that can't be read."""
    hashes: list[bytes] = []
    with Ahead(hashes.append) as ahead:
        for image in progress(images, "comparing neighbours"):
            ahead.give(functools.partial(_hash, image))
    return dict(zip((image.id for image in images), hashes, strict=True))


def _hash(image: ImageRecord) -> bytes:
    return difference_hash(pixels.read_picture(image.picture))


def placed_nodules(nodules: Sequence[Nodule], sides: Mapping[str, Indices]) -> tuple[Placed, ...]:
    """The nodules at the positions of each side."""
    return tuple(
        Placed(nodules[i].id, nodules[i].image, side) for side, positions in sides.items() for i in positions.tolist()
    )


def refuse_leaks(
    nodules: Sequence[Nodule], sides: Mapping[str, Indices], relations: Relations, where: str = ""
) -> None:
    """Raises SplitError, which names a pair and counts the others, if anything leaks between the sides."""
    leaks = relations.leaks(placed_nodules(nodules, sides))
    if leaks:
        first = leaks[0]
        more = f"; {len(leaks):,} such pairs in all ({told(leaks)})" if len(leaks) > 1 else ""
        one, other = first.sides
        raise SplitError(
            f"{first.a} ({one}) and {first.b} ({other}) {LINKS[first.kind]}{more}",
            where=where,
            remedy=_remedy(leaks, relations),
        )


def told(leaks: Iterable[LeakingPair]) -> str:
    """How many pairs of each kind, in words.

    >>> told([LeakingPair("near", "1", "2", ("train", "test"))])
    '1 of one frame'
    """
    counts = Counter(leak.kind for leak in leaks)
    return ", ".join(f"{counts[kind]:,} {WORDS[kind]}" for kind in KINDS if counts[kind])


def _remedy(leaks: Sequence[LeakingPair], relations: Relations) -> str:
    if any(leak.kind != "order" for leak in leaks):
        return "Split by group."
    if all(series.numbered for series in relations.order):
        return "Split by blocks of consecutive numbers: --group-by sequence:50."
    return "Name the patients, or number the files in their order and give --group-by sequence:50."
