"""The paper's claims, as they stand and more narrowly, judged on runs made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from isthmus.recipe import PAPER, PAPER_BACKBONES
from isthmus.study.claims import Claim, claims
from isthmus.study.compare import BFC, GLOBAL, RFC
from isthmus.study.costs import Cost, network_name
from isthmus.study.grid import Model
from isthmus.study.ledger import Entry, Ledger
from isthmus.study.tables import Row, rows
from isthmus.study.verdicts import (
    CONTRADICTED,
    HOLDS,
    NOT_SHOWN,
    NOT_TESTED,
    PARTLY,
    Contrast,
    Missing,
    Verdict,
    lower_in_the_paper,
    printed,
)
from make.runs import entry, skilled, write_run

N = 240
DEEP = tuple(backbone for backbone in PAPER_BACKBONES if backbone != "fourconv")


def table(to: Path, *entries: Entry) -> tuple[Row, ...]:
    return tuple(row for name in ("table3", "table4", "ablations") for row in rows(Ledger("x", {}, entries), name, to))


def claim(name: str, found: tuple[Claim, ...]) -> Claim:
    (one,) = [one for one in found if one.name == name]
    return one


@pytest.mark.parametrize(
    ("bfc", "rfc", "verdict"), [(2.5, 0.3, HOLDS), (0.3, 2.5, CONTRADICTED), (1.0, 1.0, NOT_SHOWN)]
)
def test_a_verdict_follows_the_runs(tmp_path: Path, bfc: float, rfc: float, verdict: str) -> None:
    write_run(tmp_path, "bfc", *skilled(N, bfc, seed=0))
    write_run(tmp_path, "rfc", *skilled(N, rfc, seed=1))
    found = claims({"table4": table(tmp_path, entry("bfc", BFC), entry("rfc", RFC))}, {})
    (one,) = claim("bfc-beats-rfc", found).verdicts
    assert (one.verdict, one.protocol, one.labels, one.n) == (verdict, "grouped", "benign-2-3-4a", N)


def test_a_claim_of_several_comparisons_needs_all_of_them(tmp_path: Path) -> None:
    write_run(tmp_path, "good", *skilled(N, 2.5, seed=0))
    write_run(tmp_path, "fair", *skilled(N, 2.4, seed=0))
    write_run(tmp_path, "poor", *skilled(N, 0.2, seed=1))
    both = table(tmp_path, entry("good", BFC), entry("fair", RFC), entry("poor", GLOBAL))
    assert claim("crops-beat-global", claims({"table4": both}, {})).verdicts[0].verdict == HOLDS
    two = table(tmp_path, entry("good", BFC), entry("poor", GLOBAL))
    (one,) = claim("crops-beat-global", claims({"table4": two}, {})).verdicts
    assert one.verdict == PARTLY
    assert one.missing == Missing(1, 2, (Model(RFC, "fourconv"),))
    assert claim("few-layers", claims({"table4": two}, {})).verdicts == ()


def test_the_best_alpha_is_compared_with_every_other(tmp_path: Path) -> None:
    entries = []
    for seed, alpha in enumerate((0.5, 0.6, 0.7, 0.8, 0.9, 1.0)):
        write_run(tmp_path, f"a{alpha}", *skilled(N, 3.0 if alpha == 0.6 else 0.3, seed))
        architecture = "global" if alpha == 1 else "BFC alone"
        entries.append(entry(f"a{alpha}", architecture, table="table3", setting=f"alpha = {alpha:g}"))
    found = claim("best-alpha", claims({"table3": table(tmp_path, *entries)}, {}))
    assert len(found.needs.pairs) == len(found.verdicts[0].evidence) == 5
    assert found.verdicts[0].verdict == HOLDS
    assert [counts.right for counts in printed(found.needs.pairs[0])] == [172, 167]


def test_weights_are_judged_by_recall(tmp_path: Path) -> None:
    p, labels = skilled(N, 0.5)
    write_run(tmp_path, "weighted", [min(1.0, one + 0.3) for one in p], labels)
    write_run(tmp_path, "even", p, labels)
    name = "weights, malignant : benign = "
    found = claims(
        {
            "ablations": table(
                tmp_path,
                entry("weighted", BFC, table="ablations", setting=name + "3 : 2"),
                entry("even", BFC, table="ablations", setting=name + "2.5 : 2.5"),
            )
        },
        {},
    )
    (one,) = claim("weights-raise-recall", found).verdicts
    assert (one.verdict, one.n) == (HOLDS, N // 2)


@pytest.mark.parametrize(
    ("multiply_adds", "low", "verdict"), [(900, 3.9, HOLDS), (900, 0.9, NOT_SHOWN), (90, 3.9, CONTRADICTED)]
)
def test_cropping_features_is_cheaper_by_count_unless_the_clock_withholds_it(
    tmp_path: Path, multiply_adds: int, low: float, verdict: str
) -> None:
    recipe = PAPER.changed(size=64)
    write_run(tmp_path, "bfc", *skilled(40, 1.0), recipe=recipe)
    cost = Cost(10, 300, 2.0, multiply_adds, 9.0, 4.5, low, 5.0, 2, 15, "Linux")
    found = claims({"table4": table(tmp_path, entry("bfc", BFC))}, {network_name(recipe): cost})
    assert claim("cheaper-crops", found).verdicts[0].verdict == verdict


Skills = Mapping[tuple[str, str], float]  # architecture, backbone


def grid(to: Path, skills: Skills) -> tuple[Row, ...]:
    """Rows of Table 4: runs whose models err the less the higher their skill is, each from noise of its own."""
    for seed, ((architecture, backbone), skill) in enumerate(skills.items()):
        write_run(to, f"{architecture} {backbone}", *skilled(N, skill, seed))
    return table(to, *(entry(f"{a} {b}", a, b) for a, b in skills))


def networks(architectures: Iterable[str], backbones: Iterable[str], skill: float) -> dict[tuple[str, str], float]:
    return {(a, b): skill for a in architectures for b in backbones}


def stands(name: str, own: tuple[Row, ...]) -> Verdict:
    (one,) = claim(name, claims({"table4": own}, {})).as_it_stands
    return one


def test_each_architecture_is_all_three_and_each_of_four_networks(tmp_path: Path) -> None:
    every = networks((GLOBAL, RFC, BFC), ["fourconv"], 4.0) | networks((GLOBAL, RFC, BFC), DEEP, 0.2)
    one = stands("few-layers", grid(tmp_path, every))
    assert (one.verdict, len(one.evidence), one.missing, one.n) == (HOLDS, 12, None, N)
    one_beaten = grid(tmp_path / "beaten", every | {(RFC, "vgg19"): 9.0, (RFC, "fourconv"): 1.0})
    assert stands("few-layers", one_beaten).verdict == CONTRADICTED
    found = claim("few-layers", claims({"table4": one_beaten}, {}))
    assert found.verdicts[0].verdict == HOLDS  # the narrower sentence, of boundary crops alone


def test_missing_networks_make_each_architecture_partly_or_not_tested(tmp_path: Path) -> None:
    own = networks((GLOBAL, RFC, BFC), ["fourconv"], 4.0)
    one = stands("few-layers", grid(tmp_path / "own", own))
    assert one.verdict == NOT_TESTED
    assert one.missing is not None
    assert (one.evidence, one.missing.comparisons, one.missing.planned) == ((), 12, 12)
    assert {one.backbone for one in one.missing.models} == set(DEEP)
    one = stands("few-layers", grid(tmp_path / "some", own | networks([BFC], DEEP, 0.2)))
    assert one.verdict == PARTLY
    assert one.missing is not None
    assert (len(one.evidence), one.missing.comparisons, one.missing.planned) == (4, 8, 12)


def test_all_four_indicators_have_to_be_higher(tmp_path: Path) -> None:
    every = networks((GLOBAL, RFC, BFC), ["fourconv"], 3.0) | networks((GLOBAL, RFC, BFC), DEEP, 0.2)
    grid(tmp_path, every)
    p, labels = skilled(N, 0.2, 99)
    write_run(tmp_path, f"{GLOBAL} vgg19", [max(0.5, one) for one in p], labels)  # calls all malignant: recall 1
    found = table(tmp_path, *(entry(f"{a} {b}", a, b) for a, b in every))
    one = stands("few-layers", found)
    assert one.verdict == NOT_SHOWN
    (contrast,) = [one for one in one.evidence if isinstance(one, Contrast) and one.lower]
    assert contrast.comparison.second == Model(GLOBAL, "vgg19")
    assert contrast.lower["recall"][1] == 1.0


@pytest.mark.parametrize(
    ("better", "worse", "verdict"), [(3, 0, HOLDS), (2, 2, NOT_SHOWN), (2, 3, CONTRADICTED), (0, 2, NOT_SHOWN)]
)
def test_most_networks_are_three_of_five(tmp_path: Path, better: int, worse: int, verdict: str) -> None:
    backbones = list(PAPER_BACKBONES)
    every = networks((BFC, RFC), backbones, 1.0)
    every |= networks([BFC], backbones[:better], 4.0) | networks([RFC], backbones[5 - worse :], 4.0)
    assert stands("bfc-beats-rfc", grid(tmp_path, every)).verdict == verdict


def test_three_of_five_are_most_whatever_the_missing_would_say(tmp_path: Path) -> None:
    three = networks([BFC], DEEP[:3], 4.0) | networks([RFC], DEEP[:3], 0.2)
    assert stands("bfc-beats-rfc", grid(tmp_path / "three", three)).verdict == HOLDS
    two = networks([BFC], DEEP[:2], 4.0) | networks([RFC], DEEP[:2], 0.2)
    assert stands("bfc-beats-rfc", grid(tmp_path / "two", two)).verdict == PARTLY


def test_the_papers_own_tables_are_held_against_its_sentences() -> None:
    few = claim("few-layers", claims({}, {})).needs_as_it_stands
    lower = {pair: missed for pair in few.pairs if (missed := lower_in_the_paper(pair, few.higher))}
    assert (len(few.pairs), len(lower)) == (12, 6)
    pair = Model(GLOBAL, "fourconv"), Model(GLOBAL, "inception_v3")
    assert lower[pair]["recall"] == pytest.approx((64 / 71, 65 / 71))
    most = claim("bfc-beats-rfc", claims({}, {})).needs_as_it_stands
    assert [pair[0].backbone for pair in most.pairs if lower_in_the_paper(pair, ("accuracy",))] == ["inception_v3"]


def test_heavier_weights_are_judged_as_well_as_the_papers(tmp_path: Path) -> None:
    p, labels = skilled(N, 0.5)
    name = "weights, malignant : benign = "
    for run, gain in (("3 : 2", 0.3), ("2.5 : 2.5", 0.0), ("4 : 1", -0.3)):
        write_run(tmp_path, run, [min(1.0, max(0.0, one + gain)) for one in p], labels)
    entries = [entry(run, BFC, table="ablations", setting=name + run) for run in ("3 : 2", "2.5 : 2.5", "4 : 1")]
    found = claim("weights-raise-recall", claims({"ablations": table(tmp_path, *entries)}, {}))
    assert [one.verdict for one in found.verdicts] == [HOLDS]
    assert [one.verdict for one in found.as_it_stands] == [CONTRADICTED]
    some = claim("weights-raise-recall", claims({"ablations": table(tmp_path, *entries[:2])}, {}))
    assert [one.verdict for one in some.as_it_stands] == [PARTLY]
    assert some.as_it_stands[0].missing == Missing(1, 2)


def test_calculation_is_counted_on_all_five_backbones(tmp_path: Path) -> None:
    cost = Cost(10, 300, 2.0, 900, 9.0, 4.5, 0.9, 5.0, 2, 15, "Linux")
    entries, known = [], {}
    for backbone in PAPER_BACKBONES:
        head = "flatten" if backbone == "fourconv" else "average"
        recipe = PAPER.changed(size=64, backbone=backbone, head=head)
        write_run(tmp_path, backbone, *skilled(40, 1.0), recipe=recipe)
        entries.append(entry(backbone, BFC, backbone))
        known[network_name(recipe)] = cost
    found = claim("cheaper-crops", claims({"table4": table(tmp_path, *entries)}, known))
    assert found.as_it_stands[0].verdict == HOLDS  # by count, which is what the sentence is about
    assert found.verdicts[0].verdict == NOT_SHOWN  # the clock withholds it
    some = claim("cheaper-crops", claims({"table4": table(tmp_path, *entries[:2])}, known))
    assert some.as_it_stands[0].verdict == PARTLY
    assert some.as_it_stands[0].missing is not None
    assert [one.backbone for one in some.as_it_stands[0].missing.models] == ["resnet50", "xception", "fourconv"]
