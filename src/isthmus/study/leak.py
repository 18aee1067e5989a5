"""The price of the leak: the same network under an optimistic protocol and under the honest one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from isthmus.cross.protocols import HONEST, named
from isthmus.cross.stored import Stored
from isthmus.judge.compare import accuracy_difference
from isthmus.judge.delong import Difference, area_within, delong
from isthmus.judge.intervals import Estimate
from isthmus.nodule import Label
from isthmus.study.compare import AT_WORK, comparable, paired, tested_by_both
from isthmus.study.tables import Row


@dataclass(frozen=True)
class Price:
    """A cell under ``protocol``, which is optimistic, and under ``honest``, on the nodules that both tested.

    AUCs are within folds. Differences are the optimistic figure less the honest one, their intervals by the honest
    protocol's groups. ``auc_last`` is what the last
    epoch would have got, with no epoch chosen on the test nodules; nan where they don't choose, and for what isn't
    trained by epochs. ``same_patient`` and ``same_image`` count the optimistic protocol's test nodules (of
    ``leaked_n``) that have one of the same patient, or on the same or a duplicate image, in training; over several
    repeats, in each.
    """

    protocol: str
    honest: str
    architecture: str
    backbone: str
    labels: str
    n: int
    auc_optimistic: float
    auc_last: float
    auc_honest: float
    auc: Difference
    accuracy_optimistic: float
    accuracy_honest: float
    accuracy: Estimate
    same_patient: int
    same_image: int
    leaked_n: int


def prices(rows: Iterable[Row]) -> tuple[Price, ...]:
    """The price of every cell of a table that is filled under an honest protocol and under an optimistic one."""
    at = {row.entry.place: row for row in rows if row.run is not None}
    paid = []
    for row in at.values():
        entry = row.entry
        for honest in HONEST:
            other = at.get((*entry.place[:4], honest.name, entry.labels))
            if named(entry.protocol).is_optimistic and other is not None and comparable(row, other):
                paid.append(_price(row, other))
    return tuple(paid)


def _price(leaky: Row, honest: Row) -> Price:
    assert leaky.run is not None
    assert honest.run is not None
    ours, theirs = paired(leaky.run, honest.run)
    labels, groups = leaky.run.labels[ours], np.array(honest.run.groups)[theirs]
    p, other_p = leaky.run.probabilities[ours], honest.run.probabilities[theirs]
    verdicts, other_verdicts = leaky.run.verdicts[ours], honest.run.verdicts[theirs]
    strata = (np.array(leaky.run.strata)[ours], np.array(honest.run.strata)[theirs])
    leaks = [fold.leak for fold in leaky.run.folds]
    return Price(
        protocol=leaky.entry.protocol,
        honest=honest.entry.protocol,
        architecture=leaky.entry.architecture,
        backbone=leaky.entry.backbone,
        labels=leaky.entry.labels,
        n=len(tested_by_both(leaky.run, honest.run)),
        auc_optimistic=area_within(labels, p, strata[0]),
        auc_last=_at_the_last_epoch(leaky.run) if named(leaky.entry.protocol).chooses_on_test else math.nan,
        auc_honest=area_within(labels, other_p, strata[1]),
        auc=delong(labels, p, other_p, groups, strata),
        accuracy_optimistic=float(np.mean(verdicts == labels)),
        accuracy_honest=float(np.mean(other_verdicts == labels)),
        accuracy=accuracy_difference(labels, verdicts, other_verdicts, AT_WORK, groups),
        same_patient=sum(leak.same_patient for leak in leaks),
        same_image=sum(leak.same_image for leak in leaks),
        leaked_n=sum(leak.n for leak in leaks),
    )


def _at_the_last_epoch(run: Stored) -> float:
    """The AUC within folds of the last epoch, of a run whose every epoch was judged on the test nodules."""
    last: list[float] = []
    pairs: list[int] = []
    for fold in run.folds:
        malignant = sum(row.label is Label.MALIGNANT for row in fold.rows)
        if fold.history and 0 < malignant < len(fold.rows):
            last.append(fold.history[-1].auc)
            pairs.append(malignant * (len(fold.rows) - malignant))
    return float(np.average(last, weights=pairs)) if last else math.nan
