"""A run: a plan on a data set, in a folder. It resumes by fold, whether a network or a baseline is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from isthmus.cross.fold import Fold, read_fold
from isthmus.cross.plan import Part, Plan, parts
from isthmus.cross.predictions import FoldPrediction
from isthmus.data.audit.duplicates import Duplicates
from isthmus.data.audit.leaks.pairs import LeakingPair
from isthmus.data.audit.leaks.relations import Relations, placed_nodules, refuse_leaks, told
from isthmus.data.dataset import DataSet
from isthmus.data.groups import groups
from isthmus.data.split import Leak, leak
from isthmus.decision import Decision
from isthmus.errors import UsageError
from isthmus.judge.metrics import Labels
from isthmus.nodule import Label, Nodule
from isthmus.prediction import Probabilities
from isthmus.progress import Note, Progress, silent, unsaid

Judge = Callable[[Part], Fold]  # learns from a part, tests, and writes the fold


@dataclass(frozen=True, eq=False)
class PaintedOver:
    """Whether each test nodule has calipers, (n,), and P(malignant) with paint over them or where they would be."""

    has: npt.NDArray[np.bool_]
    probability: npt.NDArray[np.floating]


@dataclass(frozen=True)
class CrossValidation:
    """Every fold of a plan on a data set, and the group of every image."""

    data: DataSet
    plan: Plan
    folds: tuple[Fold, ...]
    groups: Mapping[str, str]
    duplicates: Duplicates

    @property
    def rows(self) -> tuple[FoldPrediction, ...]:
        """The predictions of all folds."""
        return tuple(row for fold in self.folds for row in fold.rows)


@dataclass(frozen=True)
class Run:
    """A plan on a data set, in the folder ``to``: the group of every image, and the parts to learn from and test."""

    data: DataSet
    plan: Plan
    duplicates: Duplicates
    to: Path
    groups: Mapping[str, str]
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, data: DataSet, plan: Plan, duplicates: Duplicates, to: Path) -> Run:
        """The run of a plan. Writes nothing; raises SplitError where the data can't be split."""
        image_groups = groups(data.images, duplicates.sets, plan.protocol.grouping)
        return cls(data, plan, duplicates, to, image_groups, parts(data, plan, image_groups))

    def pass_gate(self, progress: Progress = silent) -> str:
        """What leaks under a protocol that divides images, in a sentence without a full stop; "" where nothing does.

        Raises SplitError where a part leaks under any other protocol, from training to test or from what is learned
        from to what chooses; DataError for a picture that can't be read.
        """
        protocol, relations = self.plan.protocol, Relations.of(self.data, self.duplicates, progress)
        if protocol.leaks:
            return self._told(relations)
        for part in self.parts:
            tested = {"training": part.split.train, "test": part.split.test}
            chosen = {"training": part.learned_from, "validation": part.chosen_on}
            for sides in (tested, chosen):
                refuse_leaks(self.data.labelled, sides, relations, f"--protocol {protocol.name}")
        return ""

    def _told(self, relations: Relations) -> str:
        """Neighbours count here whether or not they look alike, so that no picture is decoded."""
        leaks: list[LeakingPair] = []
        for part in self.parts:
            placed = placed_nodules(self.data.labelled, {"training": part.split.train, "test": part.split.test})
            leaks += relations.leaks(placed, measured=False)
        if not leaks:
            return ""
        name = self.plan.protocol.name
        return f"protocol {name} leaks: {len(leaks):,} pairs in training and test ({told(leaks)})"

    @property
    def labels(self) -> Labels:
        """The label of every labelled nodule, (n,)."""
        return np.array([_label(nodule) for nodule in self.data.labelled], np.int64)

    def finish(self, prepare: Callable[[], Judge], note: Note = unsaid) -> CrossValidation:
        """Reads the folds that the folder holds and makes the others.

        ``prepare`` is called only if a fold is missing; ``note`` gets what is made again, and why.
        """
        folds = [read_fold(self.to, part.number, note) for part in self.parts]
        if None in folds:
            judge = prepare()
            folds = [fold or judge(part) for part, fold in zip(self.parts, folds, strict=True)]
        finished = tuple(fold for fold in folds if fold is not None)
        return CrossValidation(self.data, self.plan, finished, self.groups, self.duplicates)

    def predictions(
        self, part: Part, probabilities: Probabilities, decision: Decision, painted: PaintedOver | None = None
    ) -> tuple[FoldPrediction, ...]:
        """The predictions on a part's test nodules, ``probabilities`` being in their order.

        So are those of ``painted``.
        """
        nodules = [self.data.labelled[i] for i in part.split.test]
        return tuple(
            FoldPrediction(
                **vars(probabilities.prediction(index, nodule.id, nodule.image, nodule.box, decision)),
                patient=nodule.patient,
                group=self.groups[nodule.image],
                fold=part.number,
                label=_label(nodule),
                painted=float(painted.probability[index]) if painted and painted.has[index] else None,
                control=float(painted.probability[index]) if painted and not painted.has[index] else None,
            )
            for index, nodule in enumerate(nodules)
        )

    def leak(self, part: Part) -> Leak:
        """How many of a part's test nodules have a relative in training."""
        return leak(self.data.labelled, part.split, self.duplicates.sets, self.plan.protocol.grouping)


def _label(nodule: Nodule) -> Label:
    """Raises UsageError where there is none."""
    if nodule.label is None:
        raise UsageError("an unlabelled nodule can't be judged")
    return nodule.label
