"""What the paper claims: each sentence judged as it stands, and a narrower one beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from isthmus.judge.compare import holm, mcnemar
from isthmus.recipe import PAPER_BACKBONES
from isthmus.study.compare import AT_WORK, BFC, GLOBAL, RFC, SURE, comparable, direction, paired
from isthmus.study.costs import Cost, network_name
from isthmus.study.grid import ALPHAS, PAPERS_BACKBONE, Architecture, Knob, Model, setting
from isthmus.study.quotes import QUOTES, Quote
from isthmus.study.tables import PAPERS, Row
from isthmus.study.verdicts import (
    CONTRADICTED,
    HOLDS,
    NOT_SHOWN,
    NOT_TESTED,
    Missing,
    Needs,
    NetworkCost,
    Recalls,
    Verdict,
    decide,
    judge_claim,
)

CHOSEN_ALPHA = 0.6
EVEN, PAPERS_WEIGHTS, HEAVIER = (
    Model(BFC, PAPERS_BACKBONE, setting(Knob.WEIGHTS, weights)) for weights in ("2.5 : 2.5", "3 : 2", "4 : 1")
)
NOTHING = Needs()


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper with its verdicts, and those of a narrower one.

    ``quote`` is the paper's, word for word, ``as_it_stands`` its verdicts. ``verdicts`` are of the narrower claim,
    which ``name`` stands for. ``needs_as_it_stands`` and ``needs`` are the pairs that each compares, none for cost and
    loss weights.
    """

    name: str
    quote: Quote
    as_it_stands: tuple[Verdict, ...]
    verdicts: tuple[Verdict, ...]
    needs_as_it_stands: Needs = NOTHING
    needs: Needs = NOTHING


def _at(architecture: Architecture, backbone: str = PAPERS_BACKBONE) -> Model:
    return Model(architecture, backbone)


DEEP = tuple(backbone for backbone in PAPER_BACKBONES if backbone != PAPERS_BACKBONE)
BFC_BEATS_RFC = Needs([(_at(BFC), _at(RFC))])
MOST_BFC_BEAT_RFC = Needs([(_at(BFC, one), _at(RFC, one)) for one in PAPER_BACKBONES], least=3)
CROPS_BEAT_GLOBAL = Needs([(_at(RFC), _at(GLOBAL)), (_at(BFC), _at(GLOBAL))])
ALL_CROPS_BEAT_GLOBAL = Needs([(_at(crops, one), _at(GLOBAL, one)) for crops in (RFC, BFC) for one in PAPER_BACKBONES])
FEW_BEAT_DEEP = Needs([(_at(BFC), _at(BFC, one)) for one in DEEP])
FEW_BEAT_DEEP_IN_EACH = Needs([(_at(a), _at(a, one)) for a in (GLOBAL, RFC, BFC) for one in DEEP], higher=PAPERS)
_ALPHA = {
    alpha: Model(Architecture.CROPS_ALONE if alpha < 1 else GLOBAL, PAPERS_BACKBONE, setting(Knob.ALPHA, alpha))
    for alpha in (*ALPHAS, 1.0)
}
_OTHERS = [(_ALPHA[CHOSEN_ALPHA], model) for alpha, model in _ALPHA.items() if alpha != CHOSEN_ALPHA]
BEST_ALPHA, BEST_ALPHA_IN_BOTH = Needs(_OTHERS), Needs(_OTHERS, higher=("accuracy", "f1"))


def claims(tables: Mapping[str, Sequence[Row]], costs: Mapping[str, Cost]) -> tuple[Claim, ...]:
    """All claims, judged on the rows of the tables by name, and on the costs by ``network_name``."""
    four, three = tables.get("table4", ()), tables.get("table3", ())
    return (
        _cheaper(four, costs),
        _better("bfc-beats-rfc", four, BFC_BEATS_RFC, MOST_BFC_BEAT_RFC),
        _better("crops-beat-global", four, CROPS_BEAT_GLOBAL, ALL_CROPS_BEAT_GLOBAL),
        _better("best-alpha", three, BEST_ALPHA, BEST_ALPHA_IN_BOTH),
        _better("few-layers", four, FEW_BEAT_DEEP, FEW_BEAT_DEEP_IN_EACH),
        _weights(tables.get("ablations", ())),
    )


def _better(name: str, rows: Sequence[Row], narrow: Needs, stands: Needs) -> Claim:
    """A claim that the first of each pair is better than the second; narrower verdicts only where there are some."""
    conditions = list(_by_condition(rows))
    narrower = [judge_claim(*condition, under, narrow) for condition, under in conditions]
    return Claim(
        name,
        QUOTES[name],
        tuple(judge_claim(*condition, under, stands) for condition, under in conditions),
        tuple(one for one in narrower if one.verdict != NOT_TESTED),
        stands,
        narrow,
    )


def _cheaper(rows: Sequence[Row], costs: Mapping[str, Cost]) -> Claim:
    """As it stands judged by count; more narrowly the clock, which other programs disturb, can withhold the verdict."""
    recipes = {row.entry.backbone: row.run.recipe for row in rows if row.run and row.entry.architecture == BFC}
    evidence = tuple(
        NetworkCost(backbone, recipe.preparation.size, costs[network_name(recipe)])
        for backbone, recipe in recipes.items()
        if recipe and network_name(recipe) in costs
    )
    fewer = [one.cost.crops_of_image_multiply_adds > one.cost.multiply_adds for one in evidence]
    faster = [one.cost.times_low > 1 for one in evidence]
    verdict = CONTRADICTED if not any(fewer) else HOLDS if all(fewer) and all(faster) else NOT_SHOWN
    planned = len(PAPER_BACKBONES)
    by_count = decide([1 if one else -1 for one in fewer], planned, planned)
    absent = [_at(BFC, one) for one in PAPER_BACKBONES if one not in {cost.backbone for cost in evidence}]
    missing = Missing(len(absent), planned, tuple(absent)) if absent else None
    stands = (Verdict("", "", by_count, 0, (), missing),) if evidence else ()
    narrower = (Verdict("", "", verdict, 0, evidence),) if evidence else ()
    return Claim("cheaper-crops", QUOTES["cheaper-crops"], stands, narrower)


def _weights(rows: Sequence[Row]) -> Claim:
    narrower, stands = [], []
    for condition, under in _by_condition(rows):
        at = {row.entry.model: row for row in under}
        papers, heavier = (
            (at[one], at[EVEN]) if one in at and EVEN in at and comparable(at[one], at[EVEN]) else None
            for one in (PAPERS_WEIGHTS, HEAVIER)
        )
        if papers:
            narrower.append(_recall_verdict(condition, [papers], 1))
        stands.append(_recall_verdict(condition, [pair for pair in (papers, heavier) if pair], 2))
    return Claim("weights-raise-recall", QUOTES["weights-raise-recall"], tuple(stands), tuple(narrower))


def _recall_verdict(condition: tuple[str, str], pairs: Sequence[tuple[Row, Row]], planned: int) -> Verdict:
    tests = [recalls for pair in pairs if (recalls := _recalls(*pair))]
    missing = Missing(planned - len(tests), planned) if len(tests) < planned else None
    if not tests:
        return Verdict(*condition, NOT_TESTED, 0, (), missing)
    p_values = holm([one.p_value for one in tests] + [1.0] * (planned - len(tests)))
    evidence = tuple(replace(one, p_value=p) for one, p in zip(tests, p_values, strict=False))
    signs = [one.gain if one.p_value < SURE else 0 for one in evidence]
    return Verdict(*condition, decide(signs, planned, planned), max(one.n for one in tests), evidence, missing)


def _recalls(heavier: Row, even: Row) -> Recalls | None:
    """Both recalls compared, the p-value not corrected yet; None where no malignant nodule was read by both."""
    assert heavier.run is not None
    assert even.run is not None
    first, second = heavier.run, even.run
    ours, theirs = (np.array(at) for at in paired(first, second))
    malignant = first.labels[ours] == 1
    ours, theirs = ours[malignant], theirs[malignant]
    if not ours.size:
        return None
    calls, even_calls = first.verdicts[ours], second.verdicts[theirs]
    test = mcnemar(first.labels[ours], calls, even_calls, AT_WORK, np.array(first.groups)[ours])
    seeds = np.array([seed for _, seed in first.readings])[ours]
    return Recalls(
        models=(heavier.entry.model, even.entry.model),
        recall=(heavier.metrics["recall"], even.metrics["recall"]),
        specificity=(heavier.metrics["specificity"].value, even.metrics["specificity"].value),
        readings=test.n,
        only_heavier=test.only_first,
        only_even=test.only_second,
        p_value=test.p_value,
        gain=direction(float((calls - even_calls)[seeds == seed].sum()) for seed in np.unique(seeds)),
        n=len({first.readings[at][0] for at in ours}),
    )


def _by_condition(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, str], list[Row]]]:
    """The filled rows of each protocol and label policy."""
    filled = [row for row in rows if row.run is not None]
    for condition in dict.fromkeys((row.entry.protocol, row.entry.labels) for row in filled):
        yield condition, [row for row in filled if (row.entry.protocol, row.entry.labels) == condition]
