"""Which cases are shown: at random but repeatably, and the mistakes from the surest down."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from isthmus.nodule import Box, ImageRef, Label, Nodule
from isthmus.study.cases import Case, drawn, surest_mistakes


def case(name: str, label: Label, p: float, threshold: float = 0.5) -> Case:
    return Case(Nodule(name, name, "1", ImageRef(Path(f"{name}.jpg")), Box(0, 0, 10, 10)), label, p, threshold)


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
    ("label", "p", "threshold", "called"),
    [
        (Label.BENIGN, 0.5, 0.5, Label.MALIGNANT),
        (Label.BENIGN, 0.49, 0.5, Label.BENIGN),
        (Label.MALIGNANT, 0.6, 0.7, Label.BENIGN),
        (Label.MALIGNANT, 0.3, 0.2, Label.MALIGNANT),
    ],
)
def test_a_case_is_called_by_its_own_threshold(label: Label, p: float, threshold: float, called: Label) -> None:
    one = case("1", label, p, threshold)
    assert one.called is called
    assert one.wrong is (called is not label)


def test_draws_the_same_whatever_the_order() -> None:
    cases = many()
    expected = drawn(cases, 22, seed=4)
    for seed in range(5):
        shuffled = random.Random(seed).sample(cases, len(cases))
        assert drawn(shuffled, 22, seed=4) == expected


def test_the_same_id_twice_is_drawn_the_same_whatever_the_order() -> None:
    cases = [case("1_1#1", Label.BENIGN, p) for p in (0.2, 0.4, 0.6, 0.8)]
    assert drawn(cases, 2) == drawn(cases[::-1], 2)


def test_another_seed_draws_others() -> None:
    sets = {label: {frozenset(names(drawn(many(), 10, seed)[label])) for seed in range(6)} for label in Label}
    assert all(len(found) == 6 for found in sets.values())


def test_every_case_can_be_drawn() -> None:
    cases = many(8, 8)
    found = {name for seed in range(40) for own in drawn(cases, 3, seed).values() for name in names(own)}
    assert found == {one.nodule.id for one in cases}


def test_draws_22_a_label_once_each_sorted_by_p() -> None:
    found = drawn(many())
    assert list(found) == [Label.BENIGN, Label.MALIGNANT]
    for label, own in found.items():
        assert len(own) == len(set(names(own))) == 22
        assert {one.label for one in own} == {label}
        assert [one.p for one in own] == sorted(one.p for one in own)


def test_the_draw_of_a_label_does_not_hang_on_the_other() -> None:
    cases = many()
    malignant = [one for one in cases if one.label is Label.MALIGNANT]
    assert drawn(malignant, 5)[Label.MALIGNANT] == drawn(cases, 5)[Label.MALIGNANT]


def test_draws_all_where_there_are_fewer() -> None:
    found = drawn(many(3, 0), 22)
    assert sorted(names(found[Label.BENIGN])) == ["0_1#1", "1_1#1", "2_1#1"]
    assert found[Label.MALIGNANT] == ()
    assert drawn([]) == {Label.BENIGN: (), Label.MALIGNANT: ()}


def test_mistakes_are_wrong_and_at_most_each() -> None:
    cases = many()
    found = surest_mistakes(cases, 5)
    for label, own in found.items():
        wrong = [one for one in cases if one.wrong and one.label is label]
        assert len(wrong) > 5
        assert len(own) == 5
        assert set(names(own)) <= {one.nodule.id for one in wrong}
    assert sum(map(len, surest_mistakes(cases, 1000).values())) == sum(one.wrong for one in cases)


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
    found = surest_mistakes(benign + malignant)
    expected = ["two-thirds-from-0.1", "three-fifths-from-0.5", "half-way-from-0.8", "tenth-from-0.9"]
    assert names(found[Label.BENIGN]) == expected
    assert names(found[Label.MALIGNANT]) == ["all-the-way", "half-way-from-0.2", "quarter-from-0.8"]
    assert surest_mistakes(benign[::-1] + malignant[::-1]) == found


def test_equally_sure_mistakes_come_in_the_order_of_their_ids() -> None:
    cases = [case(name, Label.BENIGN, 0.75) for name in "cab"]
    assert names(surest_mistakes(cases)[Label.BENIGN]) == ["a", "b", "c"]


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_a_threshold_at_the_end(threshold: float) -> None:
    cases = [case("a", Label.BENIGN, 1.0, threshold), case("b", Label.MALIGNANT, 0.0, threshold)]
    found = surest_mistakes(cases)
    assert names(found[Label.BENIGN]) == ["a"]
    assert names(found[Label.MALIGNANT]) == (["b"] if threshold else [])


def test_without_mistakes() -> None:
    assert surest_mistakes([case("a", Label.MALIGNANT, 0.9)]) == {Label.BENIGN: (), Label.MALIGNANT: ()}
