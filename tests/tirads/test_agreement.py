"""Agreement of a model with a level, in words."""

from __future__ import annotations

import pytest

from isthmus.tirads.agreement import HIGH, LOW, Kind, agreement
from isthmus.tirads.assessment import Assessment


def level(name: str | None) -> Assessment:
    return Assessment("acr-2017", 8, name, "FNA.", risk="35.0 %")


@pytest.mark.parametrize(
    ("name", "verdict", "kind"),
    [
        ("TR5", "malignant", Kind.AGREE),
        ("TR5", "benign", Kind.DISAGREE),
        ("TR2", "benign", Kind.AGREE),
        ("TR3", "malignant", Kind.DISAGREE),
        ("TR4", "malignant", Kind.UNDECIDED),
        ("TR5", None, Kind.UNDECIDED),
        (None, "benign", Kind.UNDECIDED),
    ],
)
def test_model_and_level(name: str | None, verdict: str | None, kind: Kind) -> None:
    assert agreement(level(name), verdict).kind == kind


def test_a_model_that_leaves_both_open_agrees_with_nothing() -> None:
    both = agreement(level("TR5"), "malignant", frozenset({"benign", "malignant"}))
    assert both.kind == Kind.UNDECIDED
    assert "both benign and malignant open" in both.sentence


def test_an_abstention_leaves_no_word_of_a_verdict() -> None:
    assert agreement(level("TR5"), None).sentence == "The model gives no answer."


def test_no_level_is_low_and_high() -> None:
    assert set() == LOW & HIGH
