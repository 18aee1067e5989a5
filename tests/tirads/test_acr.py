"""Every cell of the chart of ACR TI-RADS 2017, and every rule by size."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.tirads import acr
from isthmus.tirads.descriptors import Composition, Echogenicity, Findings, Focus, Margin, Shape

PLAIN = Findings(
    Composition.CYSTIC, Echogenicity.ANECHOIC, Shape.WIDER, Margin.SMOOTH, frozenset({Focus.NONE})
)  # 0 points
CHART = [
    ("composition", "cystic-or-almost", 0),
    ("composition", "mixed", 1),
    ("composition", "solid-or-almost", 2),
    ("composition", "undeterminable", 2),
    ("echogenicity", "anechoic", 0),
    ("echogenicity", "hyper-or-isoechoic", 1),
    ("echogenicity", "undeterminable", 1),
    ("echogenicity", "hypoechoic", 2),
    ("echogenicity", "very-hypoechoic", 3),
    ("shape", "wider-than-tall", 0),
    ("shape", "taller-than-wide", 3),
    ("margin", "smooth", 0),
    ("margin", "ill-defined", 0),
    ("margin", "undeterminable", 0),
    ("margin", "lobulated-or-irregular", 2),
    ("margin", "extrathyroidal-extension", 3),
]
KINDS = {"composition": Composition, "echogenicity": Echogenicity, "shape": Shape, "margin": Margin}
FOCI = {"none": 0, "large-comet-tail": 0, "macrocalcification": 1, "peripheral": 2, "punctate": 3}


@pytest.mark.parametrize(("name", "word", "points"), CHART)
def test_a_descriptor_gives_its_points(name: str, word: str, points: int) -> None:
    assert acr.points(replace(PLAIN, **{name: KINDS[name](word)})) == points


@pytest.mark.parametrize(("word", "points"), FOCI.items())
def test_a_kind_of_foci_gives_its_points(word: str, points: int) -> None:
    assert acr.points(replace(PLAIN, foci=frozenset({Focus(word)}))) == points


@given(st.sets(st.sampled_from(sorted(set(FOCI) - {"none"})), min_size=1))
def test_foci_are_added_up(words: set[str]) -> None:
    foci = frozenset(Focus(word) for word in words)
    assert acr.points(replace(PLAIN, foci=foci)) == sum(FOCI[word] for word in words)


def every_answer() -> list[Findings]:
    each = product(Composition, Echogenicity, Shape, Margin, Focus)
    return [Findings(c, e, s, m, frozenset({f})) for c, e, s, m, f in each]


def test_a_spongiform_nodule_adds_nothing_else() -> None:
    sponges = [one for one in every_answer() if one.composition == Composition.SPONGIFORM]
    assert {acr.points(one) for one in sponges} == {0}
    assert {acr.assess(one).level for one in sponges} == {"TR1"}


@pytest.mark.parametrize(
    ("points", "level"),
    [(0, "TR1"), (2, "TR2"), (3, "TR3"), (4, "TR4"), (5, "TR4"), (6, "TR4"), (7, "TR5"), (8, "TR5"), (16, "TR5")],
)
def test_points_give_a_level(points: int, level: str) -> None:
    given_level = acr.level_of(points)
    assert given_level is not None
    assert given_level.name == level


def test_one_point_is_flagged_and_has_no_level() -> None:
    answer = acr.assess(replace(PLAIN, composition=Composition.MIXED))
    assert (answer.points, answer.level) == (1, None)
    assert any("1 point" in sentence for sentence in answer.inconsistent)


@pytest.mark.parametrize("name", ["composition", "echogenicity", "shape", "margin", "foci"])
def test_without_an_answer_there_is_no_level(name: str) -> None:
    answer = acr.assess(replace(PLAIN, **{name: None}))
    assert (answer.points, answer.level) == (None, None)
    assert name in answer.inconsistent[0]


def test_none_stands_beside_no_other_foci() -> None:
    answer = acr.assess(replace(PLAIN, foci=frozenset({Focus.NONE, Focus.PUNCTATE})))
    assert (answer.points, answer.level) == (None, None)
    assert "none" in answer.inconsistent[0]


@pytest.mark.parametrize(
    ("points", "size", "begins"),
    [
        (0, 9.0, "No FNA."),
        (2, 9.0, "No FNA."),
        (3, 1.49, "No FNA and no follow-up"),
        (3, 1.5, "Follow-up at 1, 3 and 5 years"),
        (3, 2.49, "Follow-up at 1, 3 and 5 years"),
        (3, 2.5, "FNA (from 2.5 cm on)"),
        (4, 0.99, "No FNA and no follow-up"),
        (4, 1.0, "Follow-up at 1, 2, 3 and 5 years"),
        (4, 1.49, "Follow-up at 1, 2, 3 and 5 years"),
        (6, 1.5, "FNA (from 1.5 cm on)"),
        (7, 0.49, "No FNA"),
        (7, 0.5, "FNA by shared decision, otherwise follow-up every year for up to 5 years"),
        (7, 0.99, "FNA by shared decision"),
        (7, 1.0, "FNA (from 1.0 cm on)"),
    ],
)
def test_a_size_is_not_rounded(points: int, size: float, begins: str) -> None:
    level = acr.level_of(points)
    assert level is not None
    assert level.rule.advice(size).startswith(begins)


def test_without_a_size_the_advice_says_from_which_on() -> None:
    level = acr.level_of(3)
    assert level is not None
    assert level.rule.advice(None) == (
        "FNA from 2.5 cm on; follow-up at 1, 3 and 5 years from 1.5 cm on. The size is not given."
    )


def test_worse_answers_never_lower_the_points() -> None:
    for name, word, points in CHART:
        for other in (one for one in CHART if one[0] == name and one[2] > points):
            for base in every_answer()[::37]:
                if base.composition == Composition.SPONGIFORM:
                    continue
                worse = replace(base, **{name: KINDS[name](other[1])})
                assert acr.points(worse) > acr.points(replace(base, **{name: KINDS[name](word)}))
