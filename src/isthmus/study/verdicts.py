"""What a verdict is, and how paired comparisons add up to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.judge.metrics import Confusion, confusion
from isthmus.study import paper
from isthmus.study.compare import AT_WORK, Comparison, comparable, compared, corrected, paired
from isthmus.study.tables import PAPERS, Row
from isthmus.study.words import interval, number, p_value, some

HOLDS, NOT_SHOWN, CONTRADICTED = "holds", "not shown", "contradicted"
PARTLY, NOT_TESTED = "partly tested", "not tested"

Told = Callable[[Comparison], str]
Place = tuple[str, str, str]  # architecture, backbone, setting
Pairs = Sequence[tuple[Place, Place]]


@dataclass(frozen=True)
class Verdict:
    """Whether a claim holds under a protocol and a label policy ("" where it depends on neither).

    ``n`` counts nodules, 0 where none is read; ``comparisons`` are the figures as numbers.
    ``holds``: what it needs is shown; ``contradicted``: so much is shown the other way round that it can't hold;
    ``not shown``: neither, which is no proof of the contrary; ``partly tested``: neither, and runs are missing; ``not
    tested``: all runs that it needs are missing.
    """

    protocol: str
    labels: str
    verdict: str
    figures: tuple[str, ...]
    n: int
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What a claim needs: of ``pairs`` the first better than the second, in ``least`` of them, or else in all.

    ``higher`` are metrics in which the first has to be higher as well, by however little.
    """

    pairs: Pairs
    least: int = 0
    higher: tuple[str, ...] = ()

    @property
    def enough(self) -> int:
        """How many pairs have to be shown."""
        return self.least or len(self.pairs)


def decided(evidence: Sequence[int], planned: int, enough: int) -> str:
    """The verdict from the signs of what is shown, of ``planned`` comparisons of which ``enough`` have to be shown.

    >>> decided([1, 1, 0], 3, 2), decided([1, 0], 3, 3), decided([0, 0, -1], 3, 3), decided([], 3, 2)
    ('holds', 'partly tested', 'contradicted', 'not tested')
    """
    if sum(sign < 0 for sign in evidence) > planned - enough:
        return CONTRADICTED
    if sum(sign > 0 for sign in evidence) >= enough:
        return HOLDS
    if len(evidence) == planned:
        return NOT_SHOWN
    return PARTLY if evidence else NOT_TESTED


def judged(protocol: str, labels: str, rows: Sequence[Row], needs: Needs, told: Told | None = None) -> Verdict:
    """The verdict on rows of one protocol and label policy.

    ``told`` puts a comparison into words, by default in full; with another one the comparisons themselves are left out.
    """
    at = {row.entry.place[1:4]: row for row in rows}
    there = [(a, b) for a, b in needs.pairs if a in at and b in at and comparable(at[a], at[b])]
    made = [compared(at[a], at[b], (name(a), name(b))) for a, b in there]
    family = corrected(made, len(needs.pairs)) if made else ()
    lower = [_not_higher(at[a], at[b], needs.higher) for a, b in there]
    signs = [0 if one.evidence > 0 and missed else one.evidence for one, missed in zip(family, lower, strict=True)]
    own = told or in_full
    figures = [own(one) + _lacks(missed, needs.higher) for one, missed in zip(family, lower, strict=True)]
    verdict = decided(signs, len(needs.pairs), needs.enough)
    figures += [_missing(needs, len(there), at)] * (len(there) < len(needs.pairs))
    n = max((one.n for one in family), default=0)
    return Verdict(protocol, labels, verdict, tuple(figures), n, () if told else tuple(family))


def _not_higher(first: Row, second: Row, names: Sequence[str]) -> dict[str, tuple[float, float]]:
    """The metrics in which the first isn't higher on the nodules that both tested, with both values."""
    assert first.run is not None
    assert second.run is not None
    both = []
    for run, at in zip((first.run, second.run), paired(first.run, second.run), strict=True):
        where = np.array(at)
        found = paper.metrics(confusion(run.labels[where], run.verdicts[where], AT_WORK))
        both.append({one: found[one].value for one in names})
    return {one: (both[0][one], both[1][one]) for one in names if not both[0][one] > both[1][one]}


def _lacks(lower: Mapping[str, tuple[float, float]], needed: Sequence[str]) -> str:
    if not lower:
        return "; higher in each indicator" if needed else ""
    told = ", ".join(f"{one} {number(own)} against {number(other)}" for one, (own, other) in lower.items())
    return f"; not higher in {told}"


def _missing(needs: Needs, made: int, rows: Mapping[Place, Row]) -> str:
    """Which runs a claim waits for; three are named one by one, of more their backbones, or what they vary."""
    lacking = f"{len(needs.pairs) - made} of {len(needs.pairs)} comparisons"
    absent = list(dict.fromkeys(place for pair in needs.pairs for place in pair if place not in rows))
    if not absent:
        return f"{lacking} have no nodule that both rows tested"
    named = map(name, absent) if len(absent) <= 3 else dict.fromkeys(place[2] or place[1] for place in absent)
    return f"{lacking} lack a finished run: {', '.join(named)}"


def in_full(one: Comparison) -> str:
    """A comparison in a sentence."""
    right, auc = one.accuracy, one.auc.estimate
    return (
        f"{one.first} less {one.second}: AUC {number(auc.value)} ({interval(auc.low, auc.high)}), "
        f"p {p_value(one.auc_p)}; right {some(right.only_first, 'time')} "
        f"where the other errs, wrong {some(right.only_second, 'time')} where it "
        f"does not, p {p_value(one.accuracy_p)}{_by_repeat(one)}"
    )


def in_brief(one: Comparison) -> str:
    """A comparison in as few words as it takes, where a page has the sentence elsewhere."""
    right, auc = one.accuracy, one.auc.estimate
    return (
        f"{by_name(one)}: AUC {number(auc.value)} ({interval(auc.low, auc.high)}), p {p_value(one.auc_p)}; alone right "
        f"{right.only_first} : {right.only_second}, p {p_value(one.accuracy_p)}"
    )


def by_name(one: Comparison) -> str:
    """Only what is compared."""
    return f"{one.first} less {one.second}"


def _by_repeat(one: Comparison) -> str:
    if len(one.gains) == 1:
        return ""
    return f"; AUC by repeat {', '.join(number(gain.auc) for gain in one.gains)}"


def papers_tally(needs: Needs) -> tuple[str, ...]:
    """How the paper's own table stands to a claim: how often its figures have the first higher, and where not."""
    metrics = needs.higher or ("accuracy",)
    lower: list[str] = []
    for first, second in needs.pairs:
        both = [paper.metrics(_printed(place)) for place in (first, second)]
        missed = [one for one in metrics if not both[0][one].value > both[1][one].value]
        told = [f"{one} {number(both[0][one].value)} against {number(both[1][one].value)}" for one in missed]
        lower += [f"{name(first)} less {name(second)}: {', '.join(told)}"] * bool(told)
    named = ", ".join(metrics) if metrics != PAPERS else "all four indicators"
    count = f"{len(needs.pairs) - len(lower)} of {len(needs.pairs)} higher in {named}"
    return (count + (f"; not in {'; '.join(lower)}" if lower else ""),)


def _printed(place: Place) -> Confusion:
    found = paper.confusion_of("table3" if place[2] else "table4", *place)
    assert found is not None
    return found


def name(place: Place) -> str:
    """A cell in a sentence."""
    architecture, backbone, setting = place
    return setting or f"{architecture}, {backbone}"
