"""The systems of Europe, Korea and China, and what holds for every system."""

from __future__ import annotations

from itertools import product

import pytest

from isthmus.tirads.descriptors import DESCRIPTORS, read
from isthmus.tirads.names import SYSTEMS
from isthmus.tirads.systems import ASSESS, assess

PLAIN = {
    "composition": "solid-or-almost",
    "echogenicity": "hyper-or-isoechoic",
    "shape": "wider-than-tall",
    "margin": "smooth",
    "foci": "none",
}


def level(system: str, **words: str) -> str | None:
    findings, unknown = read(PLAIN | words)
    assert unknown == ()
    return assess(findings, system).level


def advice(system: str, size_cm: str, **words: str) -> str:
    return assess(read(PLAIN | words | {"size_cm": size_cm})[0], system).advice


def test_every_named_system_is_there() -> None:
    assert list(ASSESS) == list(SYSTEMS)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"composition": "cystic-or-almost", "echogenicity": "anechoic"}, 2),
        ({"composition": "spongiform"}, 2),
        ({}, 3),
        ({"composition": "mixed"}, 3),
        ({"foci": "macrocalcification;peripheral"}, 3),
        ({"margin": "ill-defined"}, 3),
        ({"echogenicity": "hypoechoic"}, 4),
        ({"echogenicity": "very-hypoechoic"}, 5),
        ({"shape": "taller-than-wide"}, 5),
        ({"margin": "lobulated-or-irregular"}, 5),
        ({"margin": "extrathyroidal-extension"}, 5),
        ({"foci": "punctate"}, 5),
    ],
)
def test_europe(words: dict[str, str], expected: int) -> None:
    assert level("eu-2017", **words) == f"EU-TIRADS {expected}"


@pytest.mark.parametrize(
    ("words", "size", "begins"),
    [
        ({}, "2.0", "No FNA"),
        ({}, "2.01", "FNA (over 2.0 cm)"),
        ({"echogenicity": "hypoechoic"}, "1.5", "No FNA"),
        ({"echogenicity": "hypoechoic"}, "1.51", "FNA (over 1.5 cm)"),
        ({"foci": "punctate"}, "1.0", "Follow-up, or FNA"),
        ({"foci": "punctate"}, "1.01", "FNA (over 1.0 cm)"),
        ({"composition": "spongiform"}, "5", "No FNA."),
    ],
)
def test_sizes_of_europe_lie_above_their_limits(words: dict[str, str], size: str, begins: str) -> None:
    assert advice("eu-2017", size, **words).startswith(begins)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"composition": "cystic-or-almost", "echogenicity": "anechoic"}, 2),
        ({"composition": "spongiform"}, 2),
        ({"composition": "mixed", "foci": "large-comet-tail"}, 2),
        ({"composition": "mixed", "foci": "large-comet-tail;punctate"}, 4),
        ({}, 3),
        ({"composition": "mixed"}, 3),
        ({"composition": "mixed", "echogenicity": "hypoechoic"}, 3),
        ({"echogenicity": "hypoechoic"}, 4),
        ({"echogenicity": "very-hypoechoic"}, 4),
        ({"foci": "punctate"}, 4),
        ({"composition": "mixed", "shape": "taller-than-wide"}, 4),
        ({"composition": "undeterminable", "foci": "macrocalcification"}, 4),
        ({"echogenicity": "hypoechoic", "foci": "punctate"}, 5),
        ({"echogenicity": "hypoechoic", "shape": "taller-than-wide"}, 5),
        ({"echogenicity": "very-hypoechoic", "margin": "lobulated-or-irregular"}, 5),
    ],
)
def test_korea(words: dict[str, str], expected: int) -> None:
    assert level("k-2021", **words) == f"K-TIRADS {expected}"


@pytest.mark.parametrize(
    ("words", "size", "begins"),
    [
        ({}, "2.0", "No FNA"),
        ({}, "2.1", "FNA (over 2.0 cm)"),
        ({"echogenicity": "hypoechoic"}, "1.0", "No FNA"),
        ({"echogenicity": "hypoechoic"}, "1.2", "FNA as circumstances have it"),
        ({"echogenicity": "hypoechoic"}, "1.6", "FNA (over 1.5 cm)"),
        ({"echogenicity": "hypoechoic", "foci": "punctate"}, "1.0", "No FNA"),
        ({"echogenicity": "hypoechoic", "foci": "punctate"}, "1.1", "FNA (over 1.0 cm)"),
    ],
)
def test_sizes_of_korea(words: dict[str, str], size: str, begins: str) -> None:
    assert advice("k-2021", size, **words).startswith(begins)


@pytest.mark.parametrize(
    ("words", "points", "expected"),
    [
        ({"composition": "mixed", "foci": "large-comet-tail"}, -1, "2"),
        ({"composition": "mixed"}, 0, "3"),
        ({}, 1, "4A"),
        ({"echogenicity": "very-hypoechoic"}, 2, "4B"),
        ({"foci": "punctate", "shape": "taller-than-wide"}, 3, "4C"),
        ({"foci": "punctate", "shape": "taller-than-wide", "margin": "ill-defined"}, 4, "4C"),
        (
            {
                "foci": "punctate",
                "shape": "taller-than-wide",
                "margin": "extrathyroidal-extension",
                "echogenicity": "very-hypoechoic",
            },
            5,
            "5",
        ),
    ],
)
def test_china(words: dict[str, str], points: int, expected: str) -> None:
    answer = assess(read(PLAIN | words)[0], "c-2020")
    assert (answer.points, answer.level) == (points, f"C-TIRADS {expected}")
    assert "secondary sources" in answer.source


@pytest.mark.parametrize(
    ("words", "size", "begins"),
    [
        ({}, "1.49", "No FNA"),
        ({}, "1.5", "FNA (from 1.5 cm on)"),
        ({"echogenicity": "very-hypoechoic"}, "0.99", "No FNA"),
        ({"echogenicity": "very-hypoechoic"}, "1.0", "FNA (from 1.0 cm on)"),
    ],
)
def test_sizes_of_china(words: dict[str, str], size: str, begins: str) -> None:
    assert advice("c-2020", size, **words).startswith(begins)


@pytest.mark.parametrize("system", ["eu-2017", "k-2021", "c-2020"])
def test_what_cannot_be_determined_leaves_the_level_open_only_where_it_matters(system: str) -> None:
    assert level(system, echogenicity="undeterminable") is None
    words = {"shape": "taller-than-wide", "foci": "punctate", "echogenicity": "very-hypoechoic"}
    assert (level(system, margin="undeterminable", **words) is None) == (system == "c-2020")


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", DESCRIPTORS)
def test_no_system_gives_a_level_before_all_is_answered(system: str, name: str) -> None:
    answer = assess(read(PLAIN | {name: ""})[0], system)
    assert answer.level is None
    assert name in answer.inconsistent[0]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_answer_gets_a_level_or_a_reason(system: str) -> None:
    for words in product(*DESCRIPTORS.values()):
        findings, unknown = read(dict(zip(DESCRIPTORS, map(str, words), strict=True)))
        answer = assess(findings, system)
        assert unknown == ()
        assert answer.level or answer.inconsistent
        assert answer.advice.endswith(".")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ({"echogenicity": "anechoic"}, "solid part"),
        ({"composition": "cystic-or-almost", "echogenicity": "hypoechoic"}, "fluid is anechoic"),
        ({"composition": "undeterminable"}, "no calcification"),
        ({"composition": "spongiform", "foci": "punctate"}, "throughout"),
    ],
)
def test_answers_that_seldom_go_together_are_flagged(words: dict[str, str], part: str) -> None:
    assert any(part in sentence for sentence in assess(read(PLAIN | words)[0], "acr-2017").inconsistent)


def test_a_plain_nodule_is_not_flagged() -> None:
    assert assess(read(PLAIN)[0]).inconsistent == ()


@pytest.mark.parametrize("size", ["", "0.4", "1.0"])
def test_a_small_nodule_of_eu_5_is_told_its_limit(size: str) -> None:
    told = assess(read(PLAIN | {"foci": "punctate", "size_cm": size})[0], "eu-2017").advice
    assert "1.0 cm" in told
    assert "0.0 cm" not in told


@pytest.mark.parametrize("system", SYSTEMS)
def test_absent_points_have_a_reason(system: str) -> None:
    whole = assess(read(PLAIN)[0], system).as_json()
    missing = assess(read({"foci": "none"})[0], system).as_json()
    has_points = system in ("acr-2017", "c-2020")
    assert (whole["points"] is not None, whole["no_points"] is None) == (has_points, has_points)
    assert missing["points"] is None
    assert missing["no_points"]
