"""Words to findings."""

from __future__ import annotations

import pytest

from isthmus.tirads.descriptors import COLUMNS, Composition, Findings, Focus, read


def test_case_blanks_and_underscores_do_not_matter() -> None:
    findings, unknown = read({"composition": " Solid_or Almost ", "foci": "Punctate ; large comet tail"})
    assert unknown == ()
    assert findings.composition == Composition.SOLID
    assert findings.foci == {Focus.PUNCTATE, Focus.COMET_TAIL}


def test_an_unknown_word_is_named_with_the_nearest_and_leaves_the_question_open() -> None:
    findings, unknown = read({"margin": "smoth", "foci": "punctate;x"})
    assert findings == Findings()
    assert "did you mean smooth?" in unknown[0]
    assert "'x'" in unknown[1]


@pytest.mark.parametrize("size", ["0", "-1", "nan", "inf", "1,5", "big", "15.1"])
def test_a_size_that_is_none_is_named(size: str) -> None:
    findings, unknown = read({"size_cm": size})
    assert findings.size_cm is None
    assert "size_cm" in unknown[0]


def test_nothing_is_answered_by_nothing() -> None:
    assert read(dict.fromkeys(COLUMNS, " ")) == (Findings(), ())


@pytest.mark.parametrize(
    ("column", "typed", "meant"),
    [
        ("composition", "solid", "solid-or-almost"),
        ("composition", "cystic", "cystic-or-almost"),
        ("echogenicity", "isoechoic", "hyper-or-isoechoic"),
        ("echogenicity", "Hyperechoic", "hyper-or-isoechoic"),
        ("echogenicity", "markedly hypoechoic", "very-hypoechoic"),
        ("foci", "microcalcifications", "punctate"),
        ("foci", "rim calcification", "peripheral"),
        ("shape", "taller", "taller-than-wide"),
        ("margin", "irregular", "lobulated-or-irregular"),
        ("foci", "comet-tail", "large-comet-tail"),
    ],
)
def test_a_part_of_a_name_is_known_for_it(column: str, typed: str, meant: str) -> None:
    (problem,) = read({column: typed})[1]
    assert problem.endswith(f"did you mean {meant}?")
