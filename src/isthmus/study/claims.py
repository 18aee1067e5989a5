"""What the paper says, each sentence with a verdict and the figures behind it, under each protocol and label policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.judge.compare import mcnemar, proportion_difference
from isthmus.recipe import PAPER_BACKBONES
from isthmus.study import paper
from isthmus.study.comparisons import (
    AT_WORK,
    BFC,
    GLOBAL,
    RFC,
    SURE,
    Comparison,
    comparable,
    compared,
    corrected,
    direction,
    paired,
)
from isthmus.study.costs import Cost, network_name
from isthmus.study.grid import ALPHAS, CROPS_ALONE
from isthmus.study.tables import Row
from isthmus.study.wording import interval, number, p_value, some, times

HOLDS, NOT_SHOWN, CONTRADICTED, NOT_TESTED = "holds", "not shown", "contradicted", "not tested"
OWN = "fourconv"
CHOSEN_ALPHA = 0.6
WEIGHTS = "weights, malignant : benign = "

Place = tuple[str, str, str]  # architecture, backbone, setting
Pairs = Sequence[tuple[Place, Place]]


@dataclass(frozen=True)
class Verdict:
    """Whether a claim holds under a protocol and a label policy ("" where it depends on neither).

    ``n`` counts nodules, 0 where none is read; ``comparisons`` are the figures as numbers.
    ``holds``: every comparison that it needs is shown; ``contradicted``: one is shown the other way round; ``not
    shown``: neither, which is no proof of the contrary; ``not tested``: runs are missing.
    """

    protocol: str
    labels: str
    verdict: str
    figures: tuple[str, ...]
    n: int
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, where it stands, what the paper's own figures give, and our verdicts."""

    name: str
    sentence: str
    where: str
    papers_own: tuple[str, ...]
    verdicts: tuple[Verdict, ...]


def _same(architecture: str, backbone: str = OWN) -> Place:
    return (architecture, backbone, "")


BFC_BEATS_RFC: Pairs = [(_same(BFC), _same(RFC))]
CROPS_BEAT_GLOBAL: Pairs = [(_same(RFC), _same(GLOBAL)), (_same(BFC), _same(GLOBAL))]
FEW_BEAT_DEEP: Pairs = [(_same(BFC), _same(BFC, deep)) for deep in PAPER_BACKBONES if deep != OWN]
_AT = {alpha: (CROPS_ALONE, OWN, f"alpha = {alpha:g}") for alpha in ALPHAS} | {1.0: (GLOBAL, OWN, "alpha = 1")}
BEST_ALPHA: Pairs = [(_AT[CHOSEN_ALPHA], place) for alpha, place in _AT.items() if alpha != CHOSEN_ALPHA]


def claims(tables: Mapping[str, Sequence[Row]], costs: Mapping[str, Cost]) -> tuple[Claim, ...]:
    """All claims, judged on the rows of the tables by name, and on the costs by ``network_name``."""
    four = tables.get("table4", ())
    return (
        _cheaper(four, costs),
        _better(
            "bfc-beats-rfc",
            "On the paper’s own backbone, boundary feature cropping beats random.",
            "IV-C, Table 4",
            four,
            BFC_BEATS_RFC,
        ),
        _better(
            "crops-beat-global",
            "With a cropping branch, RFC or BFC, the paper’s own network beats its global branch alone.",
            "IV-C, Table 4",
            four,
            CROPS_BEAT_GLOBAL,
        ),
        _better("best-alpha", "alpha = 0.6 is best.", "IV-B.3, Table 3", tables.get("table3", ()), BEST_ALPHA),
        _better(
            "few-layers",
            "With boundary crops, four convolutions beat deep networks.",
            "IV-C, Table 4",
            four,
            FEW_BEAT_DEEP,
        ),
        _weights(tables.get("ablations", ())),
    )


def _better(name: str, sentence: str, where: str, rows: Sequence[Row], pairs: Pairs) -> Claim:
    """A claim that the first of each pair is better than the second."""
    verdicts = []
    for (protocol, labels), under in _under(rows):
        at = {row.entry.place[1:4]: row for row in under}
        made = [
            compared(at[first], at[second], (_name(first), _name(second)))
            for first, second in pairs
            if first in at and second in at and comparable(at[first], at[second])
        ]
        if made:
            verdicts.append(_verdict(protocol, labels, corrected(made, len(pairs)), len(pairs)))
    return Claim(name, sentence, where, tuple(_by_the_paper(*pair) for pair in pairs), tuple(verdicts))


def _verdict(protocol: str, labels: str, made: Sequence[Comparison], needed: int) -> Verdict:
    evidence = [one.evidence for one in made]
    all_shown = min(evidence) > 0 and len(made) == needed
    verdict = CONTRADICTED if min(evidence) < 0 else HOLDS if all_shown else NOT_SHOWN
    figures = tuple(_told(one) for one in made)
    if len(made) < needed:
        figures += (f"{needed - len(made)} of {needed} comparisons lack a finished run",)
    return Verdict(protocol, labels, verdict, figures, max(one.n for one in made), tuple(made))


def _told(one: Comparison) -> str:
    right, auc = one.accuracy, one.auc.estimate
    return (
        f"{one.first} less {one.second}: AUC {number(auc.value)} ({interval(auc.low, auc.high)}), "
        f"p {p_value(one.auc_p)}; right {some(right.only_first, 'time')} "
        f"where the other errs, wrong {some(right.only_second, 'time')} where it "
        f"does not, p {p_value(one.accuracy_p)}{_by_repeat(one)}"
    )


def _by_repeat(one: Comparison) -> str:
    if len(one.gains) == 1:
        return ""
    return f"; AUC by repeat {', '.join(number(gain.auc) for gain in one.gains)}"


def _by_the_paper(first: Place, second: Place) -> str:
    """The difference of the paper's own two accuracies, which it prints without an interval."""
    one, other = (paper.confusion_of("table3" if place[2] else "table4", *place) for place in (first, second))
    assert one is not None
    assert other is not None
    gain = proportion_difference(one.right, one.n, other.right, other.n)
    return (
        f"{_name(first)} {one.right}, {_name(second)} {other.right} of {one.n} right: accuracy differs by "
        f"{number(gain.value)} ({interval(gain.low, gain.high)}, unpaired)"
    )


def _cheaper(rows: Sequence[Row], costs: Mapping[str, Cost]) -> Claim:
    """Judged by count; the clock, which other programs disturb, can withhold the verdict but not turn it."""
    recipes = {
        row.entry.backbone: row.run.recipe
        for row in rows
        if row.run is not None and row.run.recipe is not None and row.entry.architecture == BFC
    }
    found = {
        backbone: costs[network_name(recipe)] for backbone, recipe in recipes.items() if network_name(recipe) in costs
    }
    figures = tuple(_cost_told(backbone, recipes[backbone].size, cost) for backbone, cost in found.items())
    fewer = [cost.crops_of_image_multiply_adds > cost.multiply_adds for cost in found.values()]
    faster = [cost.times_low > 1 for cost in found.values()]
    verdict = CONTRADICTED if not any(fewer) else HOLDS if all(fewer) and all(faster) else NOT_SHOWN
    sentence = "Cropping features costs less than cropping images."
    return Claim("cheaper-crops", sentence, "I, III-C", (), (Verdict("", "", verdict, figures, 0),) if found else ())


def _cost_told(backbone: str, size: int, cost: Cost) -> str:
    rival, ours = cost.crops_of_image_multiply_adds, cost.multiply_adds
    return (
        f"{backbone}, {size} pixels: five crops of the image and the whole through the network take "
        f"{times(rival / ours)} the multiply-adds ({rival / 1e6:.0f} against {ours / 1e6:.0f} million) and "
        f"{times(cost.times)} the time (quartiles {number(cost.times_low, 1)} to {number(cost.times_high, 1)}; "
        f"{cost.crops_of_image_ms:.1f} against {cost.ms_per_image:.1f} ms, {cost.threads} threads)"
    )


def _weights(rows: Sequence[Row]) -> Claim:
    verdicts = []
    for (protocol, labels), under in _under(rows):
        at = {row.entry.setting: row for row in under}
        weighted, even = at.get(WEIGHTS + "3 : 2"), at.get(WEIGHTS + "2.5 : 2.5")
        if weighted and even and comparable(weighted, even):
            verdicts.append(_recall_verdict(protocol, labels, weighted, even))
    sentence = "Weighing malignant 3 to 2 in the loss raises recall."
    return Claim("weights-raise-recall", sentence, "I, III-D", (), tuple(verdicts))


def _recall_verdict(protocol: str, labels: str, weighted: Row, even: Row) -> Verdict:
    assert weighted.run is not None
    assert even.run is not None
    first, second = weighted.run, even.run
    ours, theirs = (np.array(at) for at in paired(first, second))
    malignant = first.labels[ours] == 1
    ours, theirs = ours[malignant], theirs[malignant]
    if not ours.size:
        return Verdict(protocol, labels, NOT_TESTED, ("no malignant nodule was read by both",), 0)
    found, found_even = first.verdicts[ours], second.verdicts[theirs]
    test = mcnemar(first.labels[ours], found, found_even, AT_WORK, np.array(first.groups)[ours])
    seeds = np.array([seed for _, seed in first.readings])[ours]
    gained = direction(float((found - found_even)[seeds == seed].sum()) for seed in np.unique(seeds))
    verdict = NOT_SHOWN if test.p_value >= SURE or not gained else HOLDS if gained > 0 else CONTRADICTED
    recalls = [f"{number(row.metrics['recall'].value)} ({_interval(row, 'recall')})" for row in (weighted, even)]
    specificities = [number(row.metrics["specificity"].value) for row in (weighted, even)]
    figures = (
        f"recall {recalls[0]} at 3 : 2, {recalls[1]} at 2.5 : 2.5; of {test.n} readings of malignant nodules "
        f"{test.only_first} are right by the first only, {test.only_second} by the second only, "
        f"p {p_value(test.p_value)}; specificity {specificities[0]} and {specificities[1]}",
    )
    return Verdict(protocol, labels, verdict, figures, len({first.readings[at][0] for at in ours}))


def _under(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, str], list[Row]]]:
    """The filled rows of each protocol and label policy."""
    filled = [row for row in rows if row.run is not None]
    for protocol, labels in dict.fromkeys((row.entry.protocol, row.entry.labels) for row in filled):
        own = [row for row in filled if (row.entry.protocol, row.entry.labels) == (protocol, labels)]
        yield (protocol, labels), own


def _interval(row: Row, metric: str) -> str:
    return interval(row.metrics[metric].low, row.metrics[metric].high)


def _name(place: Place) -> str:
    architecture, backbone, setting = place
    return setting or f"{architecture}, {backbone}"
