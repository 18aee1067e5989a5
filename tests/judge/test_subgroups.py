"""Subgroups: their figures, what is not shown, and no claim without a corrected test."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isthmus.judge.compare import holm
from isthmus.judge.metrics import auc
from isthmus.judge.subgroups import Subgroup, subgroups

RANDOM = np.random.default_rng(0)
N = 600
LABELS = RANDOM.integers(0, 2, N)
SEX = np.where(RANDOM.random(N) < 0.5, "f", "m")
AGE = RANDOM.choice(["-39", "40-59", "60-"], N)
GROUPS = RANDOM.integers(300, size=N)
P = np.clip(0.35 + 0.3 * LABELS + RANDOM.normal(0, 0.2, N), 0, 1)
BLIND = np.where(SEX == "m", RANDOM.random(N), P)


def named(every: tuple[Subgroup, ...], attribute: str, value: str) -> Subgroup:
    (one,) = [one for one in every if (one.attribute, one.value) == (attribute, value)]
    return one


def test_each_has_the_figures_of_its_nodules_and_the_difference_to_the_rest() -> None:
    every = subgroups(LABELS, P, {"sex": list(SEX), "age": list(AGE)}, GROUPS)
    assert [(one.attribute, one.value) for one in every] == [
        ("sex", "f"),
        ("sex", "m"),
        *(("age", value) for value in ("-39", "40-59", "60-")),
    ]
    one, inside = named(every, "age", "60-"), AGE == "60-"
    assert one.n == one.benign + one.malignant == inside.sum()
    assert one.metrics["auc"].value == pytest.approx(auc(LABELS[inside], P[inside]))
    assert one.metrics["sensitivity"].n == one.malignant
    difference = one.differences["auc"].estimate
    assert difference.value == pytest.approx(one.metrics["auc"].value - auc(LABELS[~inside], P[~inside]))
    assert difference.low < difference.value < difference.high


def test_a_difference_there_is_is_claimed_and_corrected_for_all_tests() -> None:
    every = subgroups(LABELS, BLIND, {"sex": list(SEX), "age": list(AGE)}, GROUPS)
    women = named(every, "sex", "f")
    assert women.differences["auc"].differs()
    assert women.differences["auc"].estimate.value > 0.2
    tests = [women, *(named(every, "age", value) for value in ("-39", "40-59", "60-"))]
    p_values = [contrast.p_value for one in tests for contrast in one.differences.values()]
    corrected = [contrast.corrected for one in tests for contrast in one.differences.values()]
    assert corrected == pytest.approx(holm(p_values))  # twelve tests: men are the women's rest


def test_two_values_of_an_attribute_are_one_test() -> None:
    women, men = subgroups(LABELS, BLIND, {"sex": list(SEX)}, GROUPS)
    for metric in ("auc", "sensitivity", "specificity"):
        one, other = women.differences[metric], men.differences[metric]
        assert one.estimate.value == pytest.approx(-other.estimate.value)
        assert one.corrected == pytest.approx(other.corrected)


def test_chance_is_hardly_ever_claimed() -> None:
    claimed = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        labels, groups = random.integers(0, 2, 200), random.integers(100, size=200)
        noise = {name: list(random.choice(["a", "b", "c"], 200)) for name in ("one", "two")}
        p = np.clip(0.35 + 0.3 * labels + random.normal(0, 0.2, 200), 0, 1)
        every = subgroups(labels, p, noise, groups)
        claimed += any(contrast.differs() for one in every for contrast in one.differences.values())
    assert claimed <= 6


def test_few_are_counted_and_not_shown() -> None:
    rare = ["rare" if at < 9 else "often" for at in range(N)]
    few, often = reversed(subgroups(LABELS, P, {"kind": rare}, GROUPS))
    assert (few.n, few.reason, few.metrics, few.differences) == (9, "fewer than 10 nodules", {}, {})
    assert often.metrics["auc"].n == N - 9
    assert "fewer than 10" in often.differences["auc"].estimate.method
    assert not often.differences["auc"].differs()
    one_class = ["x" if label else "y" for label in LABELS]
    for one in subgroups(LABELS, P, {"leak": one_class}, GROUPS):
        answer = json.loads(json.dumps(one.as_json(), allow_nan=False))
        assert answer["metrics"]["auc"]["value"] is None
        assert "none is" in answer["metrics"]["auc"]["method"]


def test_what_is_not_known_is_in_no_part() -> None:
    some = [None if at % 3 else value for at, value in enumerate(SEX)]
    known = np.array([one is not None for one in some])
    women, men = subgroups(LABELS, P, {"sex": some}, GROUPS)
    assert women.n + men.n == known.sum()
    inside = known & (SEX == "m")
    assert women.differences["auc"].estimate.value == pytest.approx(
        women.metrics["auc"].value - auc(LABELS[inside], P[inside])
    )
    with pytest.raises(ValueError, match="3 values"):
        subgroups(LABELS, P, {"sex": ["f", "m", "f"]})
