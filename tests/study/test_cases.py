"""Which cases are shown: at random but repeatably, and the mistakes from the surest down."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from isthmus.nodule import Box, ImageRef, Label, Nodule
from isthmus.study.cases import Case, random_cases, surest_mistakes
from make.case import case_of


def case(name: str, label: Label, p: float, threshold: float = 0.5) -> Case:
    nodule = Nodule(name, name, "1", ImageRef(Path(f"{name}.jpg")), Box(0, 0, 10, 10))
    return case_of(nodule, label, p, threshold)


def many(benign: int = 60, malignant: int = 40) -> list[Case]:
    chance = random.Random(1)
    labels = [Label.BENIGN] * benign + [Label.MALIGNANT] * malignant
    return [
        case(f"{number}_1#1", label, chance.random(), chance.choice([0.3, 0.5, 0.8]))
        for number, label in enumerate(labels)
    ]


def names(cases: tuple[Case, ...]) -> list[str]:
    return [one.nodule.id for one in cases]


@pytest.mark.parametrize(
    ("label", "p", "threshold", "verdict"),
    [
        (Label.BENIGN, 0.5, 0.5, Label.MALIGNANT),
        (Label.BENIGN, 0.49, 0.5, Label.BENIGN),
        (Label.MALIGNANT, 0.6, 0.7, Label.BENIGN),
        (Label.MALIGNANT, 0.3, 0.2, Label.MALIGNANT),
    ],
)
def test_the_threshold_of_the_case_decides(label: Label, p: float, threshold: float, verdict: Label) -> None:
    one = case("1", label, p, threshold)
    assert one.prediction.verdict is verdict
    assert one.is_wrong is (verdict is not label)


def test_draws_the_same_whatever_the_order() -> None:
    cases = many()
    expected = random_cases(cases, 22, seed=4)
    for seed in range(5):
        shuffled = random.Random(seed).sample(cases, len(cases))
        assert random_cases(shuffled, 22, seed=4) == expected


def test_the_same_id_twice_is_drawn_the_same_whatever_the_order() -> None:
    cases = [case("1_1#1", Label.BENIGN, p) for p in (0.2, 0.4, 0.6, 0.8)]
    assert random_cases(cases, 2) == random_cases(cases[::-1], 2)


def test_another_seed_draws_others() -> None:
    sets = {label: {frozenset(names(random_cases(many(), 10, seed)[label])) for seed in range(6)} for label in Label}
    assert all(len(draws) == 6 for draws in sets.values())


def test_every_case_can_be_random_cases() -> None:
    cases = many(8, 8)
    shown = {name for seed in range(40) for few in random_cases(cases, 3, seed).values() for name in names(few)}
    assert shown == {one.nodule.id for one in cases}


def test_draws_22_a_label_once_each_sorted_by_p() -> None:
    chosen = random_cases(many())
    assert list(chosen) == [Label.BENIGN, Label.MALIGNANT]
    for label, few in chosen.items():
        assert len(few) == len(set(names(few))) == 22
        assert {one.prediction.label for one in few} == {label}
        probabilities = [one.prediction.probability for one in few]
        assert probabilities == sorted(probabilities)


def test_the_draw_of_a_label_does_not_hang_on_the_other() -> None:
    cases = many()
    malignant = [one for one in cases if one.prediction.label is Label.MALIGNANT]
    assert random_cases(malignant, 5)[Label.MALIGNANT] == random_cases(cases, 5)[Label.MALIGNANT]


def test_draws_all_where_there_are_fewer() -> None:
    chosen = random_cases(many(3, 0), 22)
    assert sorted(names(chosen[Label.BENIGN])) == ["0_1#1", "1_1#1", "2_1#1"]
    assert chosen[Label.MALIGNANT] == ()
    assert random_cases([]) == {Label.BENIGN: (), Label.MALIGNANT: ()}


def test_mistakes_are_wrong_and_at_most_each() -> None:
    cases = many()
    chosen = surest_mistakes(cases, 5)
    for label, few in chosen.items():
        wrong = [one for one in cases if one.is_wrong and one.prediction.label is label]
        assert len(wrong) > 5
        assert len(few) == 5
        assert set(names(few)) <= {one.nodule.id for one in wrong}
    assert sum(map(len, surest_mistakes(cases, 1000).values())) == sum(one.is_wrong for one in cases)


def test_the_surest_mistake_is_the_furthest_on_its_way_to_the_end() -> None:
    benign = [
        case("half-way-from-0.8", Label.BENIGN, 0.9, 0.8),
        case("three-fifths-from-0.5", Label.BENIGN, 0.8, 0.5),
        case("tenth-from-0.9", Label.BENIGN, 0.91, 0.9),
        case("two-thirds-from-0.1", Label.BENIGN, 0.7, 0.1),
        case("right", Label.BENIGN, 0.05, 0.9),
    ]
    malignant = [
        case("half-way-from-0.2", Label.MALIGNANT, 0.1, 0.2),
        case("quarter-from-0.8", Label.MALIGNANT, 0.6, 0.8),
        case("all-the-way", Label.MALIGNANT, 0.0, 0.01),
    ]
    chosen = surest_mistakes(benign + malignant)
    expected = ["two-thirds-from-0.1", "three-fifths-from-0.5", "half-way-from-0.8", "tenth-from-0.9"]
    assert names(chosen[Label.BENIGN]) == expected
    assert names(chosen[Label.MALIGNANT]) == ["all-the-way", "half-way-from-0.2", "quarter-from-0.8"]
    assert surest_mistakes(benign[::-1] + malignant[::-1]) == chosen


def test_equally_sure_mistakes_come_in_the_order_of_their_ids() -> None:
    cases = [case(name, Label.BENIGN, 0.75) for name in "cab"]
    assert names(surest_mistakes(cases)[Label.BENIGN]) == ["a", "b", "c"]


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_a_threshold_at_the_end(threshold: float) -> None:
    cases = [case("a", Label.BENIGN, 1.0, threshold), case("b", Label.MALIGNANT, 0.0, threshold)]
    chosen = surest_mistakes(cases)
    assert names(chosen[Label.BENIGN]) == ["a"]
    assert names(chosen[Label.MALIGNANT]) == (["b"] if threshold else [])


def test_without_mistakes() -> None:
    assert surest_mistakes([case("a", Label.MALIGNANT, 0.9)]) == {Label.BENIGN: (), Label.MALIGNANT: ()}
