"""Which rows of a table differ: paired tests on the same nodules, corrected for how many were made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.cross.stored import Stored
from isthmus.judge.compare import McNemar, holm, mcnemar
from isthmus.judge.delong import Difference, area_within, delong
from isthmus.recipe import PAPER_BACKBONES
from isthmus.study.grid import ARCHITECTURES, PAPERS_BACKBONE, Architecture, Model
from isthmus.study.tables import Row

GLOBAL, RFC, BFC = Architecture.GLOBAL, Architecture.RFC, Architecture.BFC
SURE = 0.05  # a difference is shown where the corrected p-value is below
AT_WORK = 0.5  # verdicts are 0 or 1


@dataclass(frozen=True)
class Gain:
    """Accuracy and AUC within folds of the first row less the second's, in one repeat."""

    accuracy: float
    auc: float


@dataclass(frozen=True)
class Comparison:
    """Two rows on the ``n`` nodules that both were tested on: accuracy at their operating points, AUC within folds.

    ``accuracy_p`` (exact McNemar, by group) and ``auc_p`` (jackknife of groups) are corrected by Holm, both
    together, over the family of comparisons that this one was made in. ``gains`` has the repeats that both rows have.
    """

    first: Model
    second: Model
    protocol: str
    labels: str
    accuracy: McNemar
    accuracy_p: float
    auc: Difference
    auc_p: float
    n: int
    gains: tuple[Gain, ...]

    @property
    def evidence(self) -> int:
        """1 where the first is shown to be better in accuracy or AUC and worse in neither, -1 the other way round."""
        return self.shown.pop() if len(self.shown) == 1 else 0

    @property
    def shown(self) -> set[int]:
        """The signs of what is shown: the test is sure of it, and no repeat has it the other way round."""
        tested = (
            (self.accuracy_p, [gain.accuracy for gain in self.gains]),
            (self.auc_p, [gain.auc for gain in self.gains]),
        )
        return {direction(gains) for p_value, gains in tested if p_value < SURE} - {0}


def direction(gains: Iterable[float]) -> int:
    """The sign of the gains, one a repeat; 0 where they are of both signs, or nothing is gained. nan has none."""
    signs = {int(np.sign(gain)) for gain in gains if not math.isnan(gain)} - {0}
    return signs.pop() if len(signs) == 1 else 0


def compare(first: Row, second: Row) -> Comparison:
    """Two filled rows compared, p-values not corrected yet. Raises ValueError where they share no nodule."""
    assert first.run is not None
    assert second.run is not None
    ours, theirs = paired(first.run, second.run)
    labels, groups = first.run.labels[ours], np.array(first.run.groups)[ours]
    accuracy = mcnemar(labels, first.run.verdicts[ours], second.run.verdicts[theirs], AT_WORK, groups)
    strata = (np.array(first.run.strata)[ours], np.array(second.run.strata)[theirs])
    auc = delong(labels, first.run.probabilities[ours], second.run.probabilities[theirs], groups, strata)
    return Comparison(
        first=first.entry.model,
        second=second.entry.model,
        protocol=first.entry.protocol,
        labels=first.entry.labels,
        accuracy=accuracy,
        accuracy_p=accuracy.p_value,
        auc=auc,
        auc_p=auc.p_value,
        n=len(tested_by_both(first.run, second.run)),
        gains=_gains(first.run, second.run),
    )


def _gains(first: Stored, second: Stored) -> tuple[Gain, ...]:
    ours, theirs = (np.array(at) for at in paired(first, second))
    seeds = np.array([seed for _, seed in first.readings])[ours]
    return tuple(_gain((first, ours[seeds == seed]), (second, theirs[seeds == seed])) for seed in np.unique(seeds))


def _gain(*both: tuple[Stored, npt.NDArray[np.int64]]) -> Gain:
    right = [float(np.mean(run.verdicts[at] == run.labels[at])) for run, at in both]
    areas = [area_within(run.labels[at], run.probabilities[at], np.array(run.strata)[at]) for run, at in both]
    return Gain(right[0] - right[1], areas[0] - areas[1])


def paired(first: Stored, second: Stored) -> tuple[list[int], list[int]]:
    """Positions, in the two runs, of the nodules that both tested in a split by the same seed.

    Raises ValueError where there is none.
    """
    places = [{reading: at for at, reading in enumerate(run.readings)} for run in (first, second)]
    common = sorted(places[0].keys() & places[1].keys())
    if not common:
        raise ValueError("the two runs were tested on no nodule in common")
    return [places[0][reading] for reading in common], [places[1][reading] for reading in common]


def tested_by_both(first: Stored, second: Stored) -> set[str]:
    """The nodules that ``paired`` has."""
    return {nodule for nodule, _ in set(first.readings) & set(second.readings)}


def holm_corrected(family: Sequence[Comparison], planned: int) -> tuple[Comparison, ...]:
    """The comparisons with p-values corrected by Holm over accuracy and AUC of all that are ``planned``.

    Those that can't be made yet count as well, so that a difference that is shown stays shown when they can.
    """
    later = [1.0] * (2 * (planned - len(family)))
    p_values = holm([one.accuracy_p for one in family] + [one.auc_p for one in family] + later)
    return tuple(
        replace(one, accuracy_p=p_values[at], auc_p=p_values[len(family) + at]) for at, one in enumerate(family)
    )


def families(rows: Iterable[Row]) -> tuple[Comparison, ...]:
    """What is compared in Table 4, fixed beforehand; a family is all of one protocol and label policy.

    On every backbone BFC and RFC with the global branch alone, and with each other; under every architecture the
    paper's backbone with each of the others; and BFC on the same with every baseline: of these those
    in the ledger, finished or not. Rows that were tested on no nodule in common can't be compared.
    """
    every = tuple(rows)
    comparisons: list[Comparison] = []
    for place in dict.fromkeys((row.entry.protocol, row.entry.labels) for row in every):
        pairs = list(_pairs([row for row in every if (row.entry.protocol, row.entry.labels) == place]))
        made = [compare(*pair) for pair in pairs if comparable(*pair)]
        comparisons += holm_corrected(made, len(pairs))
    return tuple(comparisons)


def comparable(first: Row, second: Row) -> bool:
    """Whether both rows are filled, and have a nodule that both tested in a split by the same seed."""
    return bool(first.run and second.run and tested_by_both(first.run, second.run))


def _pairs(rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    at = {row.entry.model: row for row in rows}
    pairs = [
        (Model(one, b), Model(other, b))
        for b in PAPER_BACKBONES
        for one, other in ((BFC, GLOBAL), (RFC, GLOBAL), (BFC, RFC))
    ]
    pairs += [
        (Model(a, PAPERS_BACKBONE), Model(a, b))
        for a in ARCHITECTURES.values()
        for b in PAPER_BACKBONES
        if b != PAPERS_BACKBONE
    ]
    pairs += [(Model(BFC, PAPERS_BACKBONE), model) for model in at if model.architecture == Architecture.BASELINE]
    for first, second in pairs:
        if first in at and second in at:
            yield at[first], at[second]
