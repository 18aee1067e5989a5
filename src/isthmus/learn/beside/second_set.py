"""A second data set: its nodules join every training, and give it the second loss alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from isthmus.data.audit import known_duplicates
from isthmus.data.audit.duplicates import find_duplicates
from isthmus.data.audit.survey import Survey
from isthmus.data.dataset import DataSet, ImageRecord, picture_digests
from isthmus.data.groups import groups
from isthmus.description import Beside
from isthmus.errors import UsageError
from isthmus.learn.second import second_loss
from isthmus.learn.targets import has
from isthmus.nodule import Nodule
from isthmus.progress import Note, Progress, silent, unsaid
from isthmus.recipe import Recipe

SEARCH = "duplicates-beside.json"  # beside a run's other files
FIRST, SECOND = "first", "second"


@dataclass(frozen=True, eq=False)
class SecondSet:
    """The ``nodules`` of ``data`` that have what the second loss called ``second`` learns; no label of theirs is read.

    ``lacking`` counts those that have none of it, ``duplicates`` those of patients who have a picture in the first set.
    """

    data: DataSet
    second: str
    nodules: tuple[Nodule, ...]
    lacking: int = 0
    duplicates: int = 0

    @classmethod
    def of(cls, data: DataSet, recipe: Recipe) -> SecondSet:
        """What ``data`` can teach the recipe's second loss. Raises UsageError where that is nothing."""
        refuse_none(recipe)
        second = second_loss(recipe.loss.second)
        targets = second.targets if second else ()
        nodules = tuple(nodule for nodule in data.nodules if all(has(nodule, target) for target in targets))
        if not nodules:
            raise UsageError(
                f"none of its {len(data.nodules)} nodules has {' and '.join(targets)}, which second = "
                f"{recipe.loss.second} learns",
                where="--beside",
                remedy="Give other data, or another second.",
            )
        return cls(data, recipe.loss.second, nodules, len(data.nodules) - len(nodules))

    def apart_from(
        self,
        first: DataSet,
        folder: Path,
        progress: Progress = silent,
        note: Note = unsaid,
        survey: Survey | None = None,
    ) -> SecondSet:
        """Without the nodules of every patient who shares a picture, or a duplicate of one, with the ``first`` set.

        ``note`` gets how many are left. What the search for duplicates over both sets gives is kept in ``folder``;
        ``survey`` is that of ``find_duplicates``. Raises UsageError where no nodule is left, DataError for an image
        that can't be read, StorageError.
        """
        pictures, search = (*_named(FIRST, first), *_named(SECOND, self.data)), folder / SEARCH
        duplicates = known_duplicates.load(search, pictures, note)
        duplicates = duplicates or find_duplicates(pictures, progress, survey, across=True)
        known_duplicates.save(duplicates, pictures, search)
        group_of = groups(pictures, duplicates.sets)
        taken = {group_of[picture.id] for picture in pictures if picture.patient == FIRST}
        left = tuple(nodule for nodule in self.nodules if group_of[f"{SECOND}/{nodule.image}"] not in taken)
        if not left:
            raise UsageError(
                f"each of its {len(self.nodules)} nodules is of a patient with a picture of the first set",
                where="--beside",
                remedy="Give other data.",
            )
        apart = replace(self, nodules=left, duplicates=len(self.nodules) - len(left))
        note(f"beside: {apart.record.told}")
        return apart

    @cached_property
    def digest(self) -> str:
        """12 hexadecimal digits over every nodule of the data: its image's bytes, and all that its annotation says."""
        nodules = sorted(self.data.nodules, key=lambda nodule: nodule.id)
        sha256 = hashlib.sha256()
        for nodule, picture in zip(nodules, picture_digests(nodules), strict=True):
            words = sorted(nodule.descriptors.items())
            about = f"{nodule.id} {nodule.patient} {nodule.box} {nodule.tirads} {words} {nodule.contour} {picture} "
            sha256.update(nodule.picture.named(about).encode())
        return sha256.hexdigest()[:12]

    @property
    def record(self) -> Beside:
        """What bundles, manifests and scorecards say of it."""
        data, nodules = self.data, len(self.nodules)
        learned = data.kind, data.policy, data.fingerprint(), self.second
        return Beside(*learned, nodules, self.lacking, self.duplicates)

    def __str__(self) -> str:
        return f"{self.data.kind} {self.digest}"


def refuse_none(recipe: Recipe) -> None:
    """Raises UsageError for a recipe without a second loss: a second set would teach it nothing."""
    if second_loss(recipe.loss.second) is None:
        raise UsageError(
            "a second data set teaches the second loss alone, and the recipe has second = none",
            where="--beside",
            remedy="Set second, too: --set second=tirads, descriptors or contour.",
        )


def _named(which: str, data: DataSet) -> tuple[ImageRecord, ...]:
    """The images of a data set by names that no other set has; the first set is one patient."""
    return tuple(
        replace(image, id=f"{which}/{image.id}", patient=which if which == FIRST else f"{which}/{image.patient}")
        for image in data.images
    )
