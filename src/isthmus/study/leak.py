"""The price of the leak: the same network under the paper's protocol and under the honest one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from isthmus.judge import weighted
from isthmus.judge.delong import Difference, auc_within, delong
from isthmus.judge.intervals import Estimate, clustered_bootstrap
from isthmus.judge.metrics import Floats, Labels
from isthmus.study.comparisons import AT_WORK, paired, tested_by_both
from isthmus.study.tables import Row


@dataclass(frozen=True)
class Price:
    """A cell under both protocols, on the nodules that both tested; AUCs are within folds.

    Differences are ``paper`` less ``grouped``.
    ``same_patient`` and ``same_image`` count the paper's test nodules (of ``leaked_n``) that have one of the same
    patient, or on the same or a duplicate image, in training; over several repeats, in each.
    """

    architecture: str
    backbone: str
    labels: str
    n: int
    auc_paper: float
    auc_grouped: float
    auc: Difference
    accuracy_paper: float
    accuracy_grouped: float
    accuracy: Estimate
    same_patient: int
    same_image: int
    leaked_n: int


def prices(rows: Iterable[Row]) -> tuple[Price, ...]:
    """The price of every cell of a table that is filled under both protocols."""
    at = {row.entry.place: row for row in rows if row.run is not None}
    found = []
    for row in at.values():
        entry = row.entry
        other = at.get((entry.table, entry.architecture, entry.backbone, entry.setting, "grouped", entry.labels))
        if entry.protocol == "paper" and other is not None:
            found.append(_price(row, other))
    return tuple(found)


def _price(leaky: Row, honest: Row) -> Price:
    assert leaky.run is not None
    assert honest.run is not None
    ours, theirs = paired(leaky.run, honest.run)
    labels, groups = leaky.run.labels[ours], np.array(leaky.run.groups)[ours]
    p, other_p = leaky.run.p[ours], honest.run.p[theirs]
    verdicts, other_verdicts = leaky.run.verdicts[ours], honest.run.verdicts[theirs]
    strata = (np.array(leaky.run.strata)[ours], np.array(honest.run.strata)[theirs])
    once = np.ones((1, labels.size))
    accuracy = weighted.accuracy(AT_WORK)

    def gained(labels: Labels, verdicts: Floats, weights: Floats) -> Floats:
        return np.subtract(accuracy(labels, verdicts, weights), accuracy(labels, other_verdicts, weights))

    leaks = [fold.leak for fold in leaky.run.folds]
    return Price(
        architecture=leaky.entry.architecture,
        backbone=leaky.entry.backbone,
        labels=leaky.entry.labels,
        n=len(tested_by_both(leaky.run, honest.run)),
        auc_paper=auc_within(labels, p, strata[0]).value,
        auc_grouped=auc_within(labels, other_p, strata[1]).value,
        auc=delong(labels, p, other_p, groups, strata),
        accuracy_paper=float(accuracy(labels, verdicts, once)[0]),
        accuracy_grouped=float(accuracy(labels, other_verdicts, once)[0]),
        accuracy=clustered_bootstrap(gained, labels, verdicts, groups),
        same_patient=sum(leak.same_patient for leak in leaks),
        same_image=sum(leak.same_image for leak in leaks),
        leaked_n=sum(leak.n for leak in leaks),
    )
