"""Which rows of a table differ: paired tests on the same nodules, corrected for how many were made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from isthmus.judge.compare import McNemar, holm, mcnemar
from isthmus.judge.delong import Difference, delong
from isthmus.recipe import PAPER_BACKBONES
from isthmus.study.grid import ARCHITECTURES, BASELINE
from isthmus.study.stored import Stored
from isthmus.study.tables import Row

GLOBAL, RFC, BFC = ARCHITECTURES.values()
SURE = 0.05  # a difference is shown where the corrected p-value is below
AT_WORK = 0.5  # verdicts are 0 or 1


@dataclass(frozen=True)
class Comparison:
    """Two rows on the nodules that both were tested on: accuracy at their operating points, and AUC within folds.

    ``accuracy_p`` (exact McNemar) and ``auc_p`` (DeLong, clustered by group) are corrected by Holm over the family of
    comparisons that this one was made in; McNemar's test takes nodules for independent.
    """

    first: str
    second: str
    protocol: str
    labels: str
    accuracy: McNemar
    accuracy_p: float
    auc: Difference
    auc_p: float

    @property
    def evidence(self) -> int:
        """1 where the first is shown to be better in accuracy or AUC and worse in neither, -1 the other way round."""
        accuracy = self.accuracy.only_first - self.accuracy.only_second
        shown = [np.sign(accuracy)] * (self.accuracy_p < SURE)
        shown += [np.sign(self.auc.estimate.value)] * (self.auc_p < SURE)
        return int(shown[0]) if len(set(shown)) == 1 else 0


def compared(first: Row, second: Row, names: tuple[str, str]) -> Comparison:
    """Two filled rows compared, p-values not corrected yet. Raises ValueError where they share no nodule."""
    assert first.run is not None
    assert second.run is not None
    ours, theirs = paired(first.run, second.run)
    labels, groups = first.run.labels[ours], np.array(first.run.groups)[ours]
    accuracy = mcnemar(labels, first.run.verdicts[ours], second.run.verdicts[theirs], AT_WORK)
    strata = (np.array(first.run.strata)[ours], np.array(second.run.strata)[theirs])
    auc = delong(labels, first.run.p[ours], second.run.p[theirs], groups, strata)
    entry = first.entry
    return Comparison(*names, entry.protocol, entry.labels, accuracy, accuracy.p_value, auc, auc.p_value)


def paired(first: Stored, second: Stored) -> tuple[list[int], list[int]]:
    """Positions, in the two runs, of the nodules that both were tested on. Raises ValueError where there is none."""
    places = [{row.nodule: at for at, row in enumerate(run.rows)} for run in (first, second)]
    common = sorted(places[0].keys() & places[1].keys())
    if not common:
        raise ValueError("the two runs were tested on no nodule in common")
    return [places[0][name] for name in common], [places[1][name] for name in common]


def corrected(family: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """The comparisons with p-values corrected by Holm over all of them, accuracy and AUC each for itself."""
    accuracy = holm([one.accuracy_p for one in family])
    auc = holm([one.auc_p for one in family])
    return tuple(replace(one, accuracy_p=accuracy[at], auc_p=auc[at]) for at, one in enumerate(family))


def families(rows: Iterable[Row]) -> tuple[Comparison, ...]:
    """What is compared in Table 4, fixed beforehand; a family is all of one protocol and label policy.

    On every backbone BFC and RFC with the global branch alone, and with each other; under every architecture the
    paper's own backbone with each of the others; and BFC on its own backbone with every baseline.
    """
    filled = [row for row in rows if row.run is not None]
    under = dict.fromkeys((row.entry.protocol, row.entry.labels) for row in filled)
    return tuple(
        one
        for place in under
        for one in corrected(list(_family([row for row in filled if (row.entry.protocol, row.entry.labels) == place])))
    )


def _family(rows: Sequence[Row]) -> Iterator[Comparison]:
    at = {(row.entry.architecture, row.entry.backbone): row for row in rows}
    own = "fourconv"
    pairs = [
        ((one, b), (other, b)) for b in PAPER_BACKBONES for one, other in ((BFC, GLOBAL), (RFC, GLOBAL), (BFC, RFC))
    ]
    pairs += [((a, own), (a, b)) for a in ARCHITECTURES.values() for b in PAPER_BACKBONES if b != own]
    pairs += [((BFC, own), (a, b)) for a, b in at if a == BASELINE]
    for first, second in pairs:
        if first in at and second in at:
            yield compared(at[first], at[second], (f"{first[0]}, {first[1]}", f"{second[0]}, {second[1]}"))
