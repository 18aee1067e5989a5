"""The pairs on two sides of a split: each kind is named, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.data.audit.duplicates import Duplicates, Pair
from isthmus.data.audit.file_order import file_order
from isthmus.data.audit.leaks.pairs import (
    LeakingPair,
    Placed,
    of_duplicates,
    of_frame,
    of_order,
    of_patients,
    rank,
    sides_of,
)


def sides(**of_side: str) -> dict[str, tuple[str, ...]]:
    """``train="1 2"``: the pictures of each side."""
    return sides_of(Placed(name, name, side) for side, names in of_side.items() for name in names.split())


def named(leaks: Iterable[LeakingPair]) -> list[str]:
    return [f"{leak.kind} {leak.a} {leak.b} {'-'.join(leak.sides)}" for leak in leaks]


def test_sides_are_named_in_their_usual_order() -> None:
    names = ["fold 10", "test", "fold 2", "val", "train"]
    assert sorted(names, key=rank) == ["train", "val", "test", "fold 2", "fold 10"]


def test_identical_pictures() -> None:
    duplicates = Duplicates(identical=(Pair("1", "2"), Pair("3", "4")))
    assert named(of_duplicates(sides(test="1 3 4", train="2"), duplicates)) == ["identical 2 1 train-test"]


def test_copies_whose_original_is_in_no_side_leak_through_it() -> None:
    duplicates = Duplicates(identical=(Pair("1", "2"),), near=(Pair("1", "3", 0.5, 0.8), Pair("3", "4", 0.5, 0.8)))
    assert named(of_duplicates(sides(train="2", test="4"), duplicates)) == ["near 2 4 train-test"]


def test_identical_ones_are_not_named_as_near_again() -> None:
    duplicates = Duplicates(identical=(Pair("1", "2"),), near=(Pair("1", "3", 0.5, 0.8),))
    assert named(of_duplicates(sides(train="1", val="2", test="3"), duplicates)) == [
        "identical 1 2 train-val",
        "near 1 3 train-test",
        "near 2 3 val-test",
    ]


def test_every_picture_of_a_patient_is_named_but_not_every_pair() -> None:
    patients = {str(number): "anne" if number < 8 else "bea" for number in range(10)}
    leaks = named(of_patients(sides(train="0 1 8 9", test="2 3 4 5 6 7"), patients))
    assert len(leaks) == 6
    assert leaks[:2] == ["patient 0 2 train-test", "patient 1 3 train-test"]
    assert {name for leak in leaks for name in leak.split()[1:3]} == set("01234567")


def test_neighbours_in_file_order_by_their_numbers() -> None:
    order = file_order(["1", "2", "8", "13", "14"])
    leaks = named(of_order(sides(train="1 8", val="13", test="2 14"), order))
    assert sorted(leaks) == ["order 1 2 train-test", "order 13 14 val-test", "order 8 13 train-val"]


def test_nodules_of_one_picture_and_a_picture_on_both_sides() -> None:
    nodules = [
        Placed("7#1", "7", "test"),
        Placed("7#2", "7", "train"),
        Placed("8", "8", "val"),
        Placed("8", "8", "val"),
    ]
    assert named(of_frame(nodules)) == ["frame 7#2 7#1 train-test"]
    assert named(of_frame([Placed("8", "8", "b"), Placed("8", "8", "a")])) == ["frame 8 8 a-b"]
    assert sides_of(nodules)["7"] == ("train", "test")


def test_a_picture_on_both_sides_leaks_to_others_from_both() -> None:
    both = {"1": ("train", "test"), "2": ("test",)}
    assert named(of_patients(both, {"1": "anne", "2": "anne"})) == ["patient 1 2 train-test"]
    assert named(of_order(both, file_order(both))) == ["order 1 2 train-test"]


def test_ten_thousand_pairs_are_counted() -> None:
    names = [str(number) for number in range(20_000)]
    placed = {name: ("train" if number % 2 else "test",) for number, name in enumerate(names)}
    duplicates = Duplicates(
        identical=tuple(Pair(one, other) for one, other in zip(names[::2], names[1::2], strict=True))
    )
    assert len(list(of_duplicates(placed, duplicates))) == 10_000
    assert len(list(of_patients(placed, dict.fromkeys(names, "anne")))) == 10_000


@pytest.mark.parametrize("kind", ["patient", "duplicates"])
@settings(max_examples=40)
@given(st.data())
def test_whoever_has_a_relative_on_another_side_is_named_and_nobody_else(kind: str, data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 12))
    unit = [data.draw(st.integers(0, 4)) for _ in range(count)]
    side = [data.draw(st.sampled_from("abc")) for _ in range(count)]
    placed = {str(at): (side[at],) for at in range(count)}
    if kind == "patient":
        leaks = list(of_patients(placed, {str(at): str(unit[at]) for at in range(count)}))
    else:
        firsts = {one: str(unit.index(one)) for one in unit}
        pairs = [Pair(firsts[unit[at]], str(at)) for at in range(count) if firsts[unit[at]] != str(at)]
        half = len(pairs) // 2
        leaks = list(of_duplicates(placed, Duplicates(tuple(pairs[:half]), tuple(pairs[half:]))))
    expected = {
        (at, side[other])
        for at in range(count)
        for other in range(count)
        if unit[at] == unit[other]
        if side[at] != side[other]
    }
    told = {(int(leak.a), leak.sides[1]) for leak in leaks} | {(int(leak.b), leak.sides[0]) for leak in leaks}
    assert told == expected
