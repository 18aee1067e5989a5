"""What all contenders learn from and are tested on, and what a contender does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from isthmus.data import split
from isthmus.data.audit import known_duplicates
from isthmus.data.cache import cached_rois
from isthmus.data.dataset import DataSet
from isthmus.data.grouping import parse
from isthmus.data.groups import groups
from isthmus.judge.delong import auc_within
from isthmus.judge.metrics import Floats
from isthmus.learn.checkpoint import Tensors
from isthmus.learn.examples import Examples
from isthmus.learn.targets import Targets
from isthmus.nodule import Nodule
from isthmus.recipe import Preparation

GROUPING, SHARE, SEED = parse("sequence:50"), 0.2, 0  # those of the command


@dataclass(frozen=True, eq=False)
class Task:
    """The nodules, the positions of those to learn from and of those held, their groups, and a folder for RoIs."""

    nodules: Sequence[Nodule]
    train: split.Indices
    held: split.Indices
    groups: Sequence[str]
    folder: Path

    @classmethod
    def of(cls, data: DataSet, folder: Path) -> Task:
        """The parts that ``isthmus train`` makes of the data. Raises SplitError."""
        nodules = data.labelled
        search = folder / "duplicates.json"
        duplicates = known_duplicates.load_or_find(search, data.images)
        known_duplicates.save(duplicates, data.images, search)
        group_of = groups(data.images, duplicates.sets, GROUPING)
        names = [group_of[nodule.image] for nodule in nodules]
        parts = split.hold_out(nodules, names, SHARE, SEED)
        return cls(nodules, split.apart(nodules, parts.train, parts.test, GROUPING), parts.test, names, folder)

    def examples(self, preparation: Preparation) -> Examples:
        labels = np.array([int(nodule.label or 0) for nodule in self.nodules], np.int64)
        return Examples(cached_rois(self.nodules, preparation, self.folder), Targets(labels))

    def auc(self, p: Floats) -> tuple[float, float, float]:
        """The AUC of P(malignant) of the held nodules, with the interval by groups."""
        labels = [int(self.nodules[at].label or 0) for at in self.held]
        one = auc_within(labels, p, None, [self.groups[at] for at in self.held])
        return one.value, one.low, one.high


class Contender(Protocol):
    """Something that learns in turns, 1 to ``turns``, and reads the held nodules after each."""

    name: str
    turns: int

    def prepare(self) -> None:
        """What comes before the first turn, and again before the first of a run that goes on."""

    def turn(self, number: int) -> None: ...

    def read(self) -> Floats:
        """P(malignant) of each held nodule."""

    def tensors(self) -> Tensors: ...

    def restore(self, tensors: Tensors, number: int) -> None:
        """Takes over what ``tensors`` gave after turn ``number``."""
