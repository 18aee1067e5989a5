"""What the paper claims: each sentence judged as it stands, and a narrower one of ours beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.judge.compare import McNemar, holm, mcnemar, proportion_difference
from isthmus.recipe import PAPER_BACKBONES
from isthmus.study import paper
from isthmus.study.compare import AT_WORK, BFC, GLOBAL, RFC, SURE, comparable, direction, paired
from isthmus.study.costs import Cost, network_name
from isthmus.study.grid import ALPHAS, CROPS_ALONE
from isthmus.study.quotes import NONE, QUOTES, Quote
from isthmus.study.tables import PAPERS, Row
from isthmus.study.verdicts import (
    CONTRADICTED,
    HOLDS,
    NOT_SHOWN,
    NOT_TESTED,
    Needs,
    Place,
    Verdict,
    by_name,
    decided,
    in_brief,
    judged,
    name,
    papers_tally,
)
from isthmus.study.words import interval, number, p_value, times

OWN = "fourconv"
CHOSEN_ALPHA = 0.6
WEIGHTS = "weights, malignant : benign = "
EVEN, PAPERS_WEIGHTS, HEAVIER = (WEIGHTS + weights for weights in ("2.5 : 2.5", "3 : 2", "4 : 1"))


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper and a narrower one of ours, each with verdicts.

    ``quote`` is the paper's, word for word, with its section and how it is read; ``as_it_stands`` are its verdicts, and
    ``papers_as_it_stands`` is what the paper's own tables give of it. ``sentence`` is narrower, ``where`` names the
    sections that it comes from, ``papers_own`` compares the paper's own figures by it, ``verdicts`` are its verdicts.
    """

    name: str
    sentence: str
    where: str
    papers_own: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    quote: Quote = NONE
    papers_as_it_stands: tuple[str, ...] = ()
    as_it_stands: tuple[Verdict, ...] = ()


def _at(architecture: str, backbone: str = OWN) -> Place:
    return (architecture, backbone, "")


DEEP = tuple(backbone for backbone in PAPER_BACKBONES if backbone != OWN)
BFC_BEATS_RFC = Needs([(_at(BFC), _at(RFC))])
MOST_BFC_BEAT_RFC = Needs([(_at(BFC, one), _at(RFC, one)) for one in PAPER_BACKBONES], least=3)
CROPS_BEAT_GLOBAL = Needs([(_at(RFC), _at(GLOBAL)), (_at(BFC), _at(GLOBAL))])
ALL_CROPS_BEAT_GLOBAL = Needs([(_at(own, one), _at(GLOBAL, one)) for own in (RFC, BFC) for one in PAPER_BACKBONES])
FEW_BEAT_DEEP = Needs([(_at(BFC), _at(BFC, one)) for one in DEEP])
FEW_BEAT_DEEP_IN_EACH = Needs([(_at(a), _at(a, one)) for a in (GLOBAL, RFC, BFC) for one in DEEP], higher=PAPERS)
_ALPHA = {alpha: (CROPS_ALONE, OWN, f"alpha = {alpha:g}") for alpha in ALPHAS} | {1.0: (GLOBAL, OWN, "alpha = 1")}
_OTHERS = [(_ALPHA[CHOSEN_ALPHA], place) for alpha, place in _ALPHA.items() if alpha != CHOSEN_ALPHA]
BEST_ALPHA, BEST_ALPHA_IN_BOTH = Needs(_OTHERS), Needs(_OTHERS, higher=("accuracy", "f1"))


def claims(tables: Mapping[str, Sequence[Row]], costs: Mapping[str, Cost]) -> tuple[Claim, ...]:
    """All claims, judged on the rows of the tables by name, and on the costs by ``network_name``."""
    four, three = tables.get("table4", ()), tables.get("table3", ())
    return (
        _cheaper(four, costs),
        _better(
            "bfc-beats-rfc",
            "On the paper’s own backbone, boundary feature cropping beats random.",
            "IV-C, Table 4",
            four,
            BFC_BEATS_RFC,
            MOST_BFC_BEAT_RFC,
        ),
        _better(
            "crops-beat-global",
            "With a cropping branch, RFC or BFC, the paper’s own network beats its global branch alone.",
            "IV-C, Table 4",
            four,
            CROPS_BEAT_GLOBAL,
            ALL_CROPS_BEAT_GLOBAL,
        ),
        _better("best-alpha", "alpha = 0.6 is best.", "IV-B.3, Table 3", three, BEST_ALPHA, BEST_ALPHA_IN_BOTH),
        _better(
            "few-layers",
            "With boundary crops, four convolutions beat deep networks.",
            "IV-C, Table 4",
            four,
            FEW_BEAT_DEEP,
            FEW_BEAT_DEEP_IN_EACH,
        ),
        _weights(tables.get("ablations", ())),
    )


def _better(key: str, sentence: str, where: str, rows: Sequence[Row], narrow: Needs, stands: Needs) -> Claim:
    """A claim that the first of each pair is better than the second; narrower verdicts only where there are some."""
    under = list(_under(rows))
    told = by_name if stands.pairs == narrow.pairs else in_brief
    narrower = [judged(*condition, own, narrow) for condition, own in under]
    return Claim(
        key,
        sentence,
        where,
        tuple(_by_the_paper(*pair) for pair in narrow.pairs),
        tuple(one for one in narrower if one.verdict != NOT_TESTED),
        QUOTES[key],
        papers_tally(stands),
        tuple(judged(*condition, own, stands, told) for condition, own in under),
    )


def _by_the_paper(first: Place, second: Place) -> str:
    """The difference of the paper's own two accuracies, which it prints without an interval."""
    one, other = (paper.confusion_of("table3" if place[2] else "table4", *place) for place in (first, second))
    assert one is not None
    assert other is not None
    gain = proportion_difference(one.right, one.n, other.right, other.n)
    return (
        f"{name(first)} {one.right}, {name(second)} {other.right} of {one.n} right: accuracy differs by "
        f"{number(gain.value)} ({interval(gain.low, gain.high)}, unpaired)"
    )


def _cheaper(rows: Sequence[Row], costs: Mapping[str, Cost]) -> Claim:
    """As it stands judged by count; more narrowly the clock, which other programs disturb, can withhold the verdict."""
    recipes = {
        row.entry.backbone: row.run.recipe
        for row in rows
        if row.run is not None and row.run.recipe is not None and row.entry.architecture == BFC
    }
    found = {
        backbone: costs[network_name(recipe)] for backbone, recipe in recipes.items() if network_name(recipe) in costs
    }
    figures = tuple(_cost_told(backbone, recipes[backbone].preparation.size, cost) for backbone, cost in found.items())
    fewer = [cost.crops_of_image_multiply_adds > cost.multiply_adds for cost in found.values()]
    faster = [cost.times_low > 1 for cost in found.values()]
    verdict = CONTRADICTED if not any(fewer) else HOLDS if all(fewer) and all(faster) else NOT_SHOWN
    by_count = decided([1 if one else -1 for one in fewer], len(PAPER_BACKBONES), len(PAPER_BACKBONES))
    gone = [one for one in PAPER_BACKBONES if one not in found]
    missing = (f"not measured: {', '.join(gone)}",) if gone else ()
    sentence, key = "Cropping features costs less than cropping images.", "cheaper-crops"
    narrower = (Verdict("", "", verdict, figures, 0),) if found else ()
    stands = (Verdict("", "", by_count, missing, 0),) if found else ()
    return Claim(key, sentence, "I, III-C", (), narrower, QUOTES[key], (), stands)


def _cost_told(backbone: str, size: int, cost: Cost) -> str:
    rival, ours = cost.crops_of_image_multiply_adds, cost.multiply_adds
    return (
        f"{backbone}, {size} pixels: five crops of the image and the whole through the network take "
        f"{times(rival / ours)} the multiply-adds ({rival / 1e6:.0f} against {ours / 1e6:.0f} million) and "
        f"{times(cost.times)} the time (quartiles {number(cost.times_low, 1)} to {number(cost.times_high, 1)}; "
        f"{cost.crops_of_image_ms:.1f} against {cost.ms_per_image:.1f} ms, {cost.threads} threads)"
    )


@dataclass(frozen=True)
class _Recall:
    """How the recalls of two weightings compare: the test, and the sign of what the heavier one gains."""

    test: McNemar
    gained: int
    n: int
    figure: str

    def sign(self, p: float) -> int:
        """1 where the heavier one is shown to have more recall by the corrected p, -1 the other way round."""
        return self.gained if p < SURE else 0

    def told(self, p: float) -> str:
        return self.figure.replace("{p}", p_value(p))


def _weights(rows: Sequence[Row]) -> Claim:
    narrower, stands = [], []
    for (protocol, labels), under in _under(rows):
        at = {row.entry.setting: row for row in under}
        pairs = [(PAPERS_WEIGHTS, EVEN), (HEAVIER, EVEN)]
        there = [pair for pair in pairs if all(one in at for one in pair) and comparable(at[pair[0]], at[pair[1]])]
        made = {pair: found for pair in there if (found := _recall(at[pair[0]], at[pair[1]])) is not None}
        if pairs[0] in there:
            narrower.append(_recall_verdict(protocol, labels, [made[one] for one in pairs[:1] if one in made], 1))
        stands.append(_recall_verdict(protocol, labels, list(made.values()), len(pairs)))
    sentence, key = "Weighing malignant 3 to 2 in the loss raises recall.", "weights-raise-recall"
    return Claim(key, sentence, "I, III-D", (), tuple(narrower), QUOTES[key], (), tuple(stands))


def _recall_verdict(protocol: str, labels: str, made: Sequence[_Recall], planned: int) -> Verdict:
    if not made:
        told = "no run of even and of heavier weights has a malignant nodule that both read"
        return Verdict(protocol, labels, NOT_TESTED, (told,), 0)
    p = holm([one.test.p_value for one in made] + [1.0] * (planned - len(made)))
    signs = [one.sign(value) for one, value in zip(made, p, strict=False)]
    figures = [one.told(value) for one, value in zip(made, p, strict=False)]
    figures += [f"{planned - len(made)} of {planned} comparisons lack a finished run"] * (len(made) < planned)
    return Verdict(protocol, labels, decided(signs, planned, planned), tuple(figures), max(one.n for one in made))


def _recall(heavier: Row, even: Row) -> _Recall | None:
    """None where no malignant nodule was read by both."""
    assert heavier.run is not None
    assert even.run is not None
    first, second = heavier.run, even.run
    ours, theirs = (np.array(at) for at in paired(first, second))
    malignant = first.labels[ours] == 1
    ours, theirs = ours[malignant], theirs[malignant]
    if not ours.size:
        return None
    found, found_even = first.verdicts[ours], second.verdicts[theirs]
    test = mcnemar(first.labels[ours], found, found_even, AT_WORK, np.array(first.groups)[ours])
    seeds = np.array([seed for _, seed in first.readings])[ours]
    gained = direction(float((found - found_even)[seeds == seed].sum()) for seed in np.unique(seeds))
    recalls = [f"{number(row.metrics['recall'].value)} ({_interval(row, 'recall')})" for row in (heavier, even)]
    specificities = [number(row.metrics["specificity"].value) for row in (heavier, even)]
    settings = [row.entry.setting.removeprefix(WEIGHTS) for row in (heavier, even)]
    figure = (
        f"recall {recalls[0]} at {settings[0]}, {recalls[1]} at {settings[1]}; of {test.n} readings of malignant "
        f"nodules {test.only_first} are right by the first only, {test.only_second} by the second only, "
        f"p {{p}}; specificity {specificities[0]} and {specificities[1]}"
    )
    return _Recall(test, gained, len({first.readings[at][0] for at in ours}), figure)


def _under(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, str], list[Row]]]:
    """The filled rows of each protocol and label policy."""
    filled = [row for row in rows if row.run is not None]
    for protocol, labels in dict.fromkeys((row.entry.protocol, row.entry.labels) for row in filled):
        own = [row for row in filled if (row.entry.protocol, row.entry.labels) == (protocol, labels)]
        yield (protocol, labels), own


def _interval(row: Row, metric: str) -> str:
    return interval(row.metrics[metric].low, row.metrics[metric].high)
