"""What a verdict is, and how paired comparisons add up to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from isthmus.judge.intervals import Estimate
from isthmus.judge.metrics import Confusion, confusion
from isthmus.study import paper
from isthmus.study.compare import AT_WORK, Comparison, comparable, compare, holm_corrected, paired
from isthmus.study.costs import Cost
from isthmus.study.grid import Model
from isthmus.study.tables import Row

# The verdicts, as files hold them.
HOLDS, NOT_SHOWN, CONTRADICTED = "holds", "not shown", "contradicted"
PARTLY, NOT_TESTED = "partly tested", "not tested"

Pair = tuple[Model, Model]
Lower = Mapping[str, tuple[float, float]]  # metric -> its values in a first row that is not higher, and in a second


@dataclass(frozen=True)
class Contrast:
    """A comparison that a claim needs, and the metrics in which the first had to be higher and is not."""

    comparison: Comparison
    lower: Lower = field(default_factory=dict)

    @property
    def sign(self) -> int:
        """1 where the claim's side is shown, -1 where the contrary is, else 0."""
        evidence = self.comparison.evidence
        return 0 if evidence > 0 and self.lower else evidence


@dataclass(frozen=True)
class Recalls:
    """The recall of a heavier weighting of the loss beside even weights, on the malignant nodules that both tested.

    ``models``, ``recall`` and ``specificity`` are the heavier one's and the even one's. Of ``readings``,
    ``only_heavier`` are right by the heavier one only. ``p_value`` is McNemar's, corrected by Holm; ``gain`` is the
    sign of what the heavier one gains in every repeat; ``n`` counts nodules.
    """

    models: Pair
    recall: tuple[Estimate, Estimate]
    specificity: tuple[float, float]
    readings: int
    only_heavier: int
    only_even: int
    p_value: float
    gain: int
    n: int


@dataclass(frozen=True)
class NetworkCost:
    """What a network costs on RoIs of ``size`` pixels."""

    backbone: str
    size: int
    cost: Cost


@dataclass(frozen=True)
class Missing:
    """How many of the ``planned`` comparisons can't be made, and the models without a finished run, if any."""

    comparisons: int
    planned: int
    models: tuple[Model, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Whether a claim holds under a protocol and a label policy ("" where it depends on neither).

    ``n`` counts nodules, 0 where none is read; ``missing`` is None where nothing is.
    ``holds``: what it needs is shown; ``contradicted``: so much is shown the other way round that it can't hold;
    ``not shown``: neither, which is no proof of the contrary; ``partly tested``: neither, and runs are missing; ``not
    tested``: all runs that it needs are missing.
    """

    protocol: str
    labels: str
    verdict: str
    n: int
    evidence: tuple[Contrast | Recalls | NetworkCost, ...] = ()
    missing: Missing | None = None


@dataclass(frozen=True)
class Needs:
    """What a claim needs: of ``pairs`` the first better than the second, in ``least`` of them, or else in all.

    ``higher`` are metrics in which the first has to be higher as well, by however little.
    """

    pairs: Sequence[Pair] = ()
    least: int = 0
    higher: tuple[str, ...] = ()

    @property
    def enough(self) -> int:
        """How many pairs have to be shown."""
        return self.least or len(self.pairs)


def decide(evidence: Sequence[int], planned: int, enough: int) -> str:
    """The verdict from the signs of what is shown, of ``planned`` comparisons of which ``enough`` have to be shown.

    >>> decide([1, 1, 0], 3, 2), decide([1, 0], 3, 3), decide([0, 0, -1], 3, 3), decide([], 3, 2)
    ('holds', 'partly tested', 'contradicted', 'not tested')
    """
    if sum(sign < 0 for sign in evidence) > planned - enough:
        return CONTRADICTED
    if sum(sign > 0 for sign in evidence) >= enough:
        return HOLDS
    if len(evidence) == planned:
        return NOT_SHOWN
    return PARTLY if evidence else NOT_TESTED


def judge_claim(protocol: str, labels: str, rows: Sequence[Row], needs: Needs) -> Verdict:
    """The verdict on rows of one protocol and label policy."""
    at = {row.entry.model: row for row in rows}
    pairs = [(at[a], at[b]) for a, b in needs.pairs if a in at and b in at and comparable(at[a], at[b])]
    family = holm_corrected([compare(*pair) for pair in pairs], len(needs.pairs)) if pairs else ()
    contrasts = tuple(Contrast(one, _not_higher(*pair, needs.higher)) for one, pair in zip(family, pairs, strict=True))
    lacking = len(needs.pairs) - len(pairs)
    absent = tuple(dict.fromkeys(model for pair in needs.pairs for model in pair if model not in at))
    return Verdict(
        protocol,
        labels,
        decide([one.sign for one in contrasts], len(needs.pairs), needs.enough),
        max((one.n for one in family), default=0),
        contrasts,
        Missing(lacking, len(needs.pairs), absent) if lacking else None,
    )


def _not_higher(first: Row, second: Row, names: Sequence[str]) -> Lower:
    """The metrics in which the first isn't higher on the nodules that both tested."""
    assert first.run is not None
    assert second.run is not None
    matrices = []
    for run, at in zip((first.run, second.run), paired(first.run, second.run), strict=True):
        where = np.array(at)
        matrices.append(confusion(run.labels[where], run.verdicts[where], AT_WORK))
    return _lower(matrices[0], matrices[1], names)


def lower_in_the_paper(pair: Pair, names: Sequence[str]) -> Lower:
    """The metrics in which the first isn't higher by the paper's tables."""
    return _lower(*printed(pair), names)


def printed(pair: Pair) -> tuple[Confusion, Confusion]:
    """The matrices behind two rows of the paper's Table 3, where they have a setting, or else Table 4."""
    first, second = (paper.confusion_of("table3" if model.setting else "table4", model) for model in pair)
    assert first is not None
    assert second is not None
    return first, second


def _lower(first: Confusion, second: Confusion, names: Sequence[str]) -> Lower:
    ours, theirs = ({name: one.value for name, one in paper.metrics(counts).items()} for counts in (first, second))
    return {name: (ours[name], theirs[name]) for name in names if not ours[name] > theirs[name]}
