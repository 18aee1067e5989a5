"""What all readers of a panel have read in all of some modes: the crossed part of a study, which tests need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.evidence.readers.grades import Grades, Mask, Strings
from isthmus.judge.metrics import Floats, Labels

NONE_IN_COMMON = "no nodule was read by every reader"


@dataclass(frozen=True, eq=False)
class Crossing:
    """Scores (modes, readers, nodules) of a panel, with each nodule's label and patient; ``left_out`` counts nodules
    that a reader lacks, ``without`` names readers who lack a mode."""

    modes: tuple[str, ...]
    readers: tuple[str, ...]
    labels: Labels
    patients: Strings
    scores: Floats
    left_out: int
    without: tuple[str, ...]

    @property
    def n(self) -> int:
        return int(self.labels.size)


def crossing(grades: Grades, modes: Sequence[str], among: Sequence[str] | None = None) -> Crossing:
    """The nodules that every reader of ``among``, None for all, has read in every one of ``modes``.

    Readers who have read nothing in one of the modes are left out. It may hold no nodule.
    """
    panel = [name for name in grades.reader_names if among is None or name in among]
    places = grades.places
    readers = tuple(name for name in panel if all((mode, name) in places for mode in modes))
    sets = [set(places[mode, name]) for mode in modes for name in readers]
    common = set.intersection(*sets) if readers else set[str]()
    kept = sorted(common)
    at = np.array([[[places[mode, name][nodule] for nodule in kept] for name in readers] for mode in modes], np.int64)
    first = at[0, 0] if at.size else np.zeros(0, np.int64)
    return Crossing(
        tuple(modes),
        readers,
        grades.labels[first],
        grades.patients[first],
        grades.scores[at] if at.size else np.zeros((len(modes), len(readers), 0)),
        len(set().union(*sets)) - len(kept) if sets else 0,
        tuple(name for name in panel if name not in readers),
    )


def reads_of(grades: Grades, reader: str, mode: str) -> Mask:
    """Which reads are one reader's in one mode."""
    return np.asarray((grades.readers == reader) & (grades.modes == mode))
