"""Which images stand in one sequence, and how far apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data.audit.file_order import file_order


def test_gaps_in_the_numbers_count() -> None:
    (series,) = file_order(["000012", "000009", "000010"])
    assert (series.names, series.numbered) == (("000009", "000010", "000012"), True)
    assert [(one.tolist(), other.tolist()) for one, other in map(series.pairs, (1, 2, 3, 4))] == [
        ([0], [1]),
        ([1], [2]),
        ([0], [2]),
        ([], []),
    ]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["9_1", "9_2", "101_1"], id="two numbers"),
        pytest.param(["20250101093000", "20250101101512", "20250102080010"], id="times"),
        pytest.param([f"1{'0' * 30}", f"5{'0' * 30}", f"9{'0' * 30}"], id="beyond 64 bits"),
    ],
)
def test_other_numbers_are_no_distance(names: list[str]) -> None:
    (series,) = file_order(reversed(names))
    assert (series.names, series.places.tolist(), series.numbered) == (tuple(names), [0, 1, 2], False)


def test_folders_of_classes_have_one_sequence() -> None:
    (series,) = file_order(["benign/case1.png", "malignant/case2.png", "benign/case3.png"])
    assert series.names == ("benign/case1.png", "malignant/case2.png", "benign/case3.png")


def test_numbers_that_occur_in_several_folders_are_sequences_of_their_own() -> None:
    assert [one.names for one in file_order(["b/1.png", "a/2.png", "a/1.png"])] == [
        ("a/1.png", "a/2.png"),
        ("b/1.png",),
    ]


def test_the_number_with_and_without_zeros() -> None:
    (series,) = file_order(["01", "1", "2"])
    assert not series.numbered, "two images have number 1"


def test_names_without_order_are_apart() -> None:
    assert len(file_order(["3fa", "b2c9", "left"])) == 3


@given(st.sets(st.integers(0, 60), min_size=1), st.integers(1, 30))
def test_pairs_are_those_that_a_double_loop_finds(numbers: set[int], distance: int) -> None:
    (series,) = file_order(f"{number:03}" for number in numbers)
    first, second = series.pairs(distance)
    places = series.places.tolist()
    expected = {(one, other) for one in places for other in places if other - one == distance}
    assert {(places[one], places[other]) for one, other in zip(first, second, strict=True)} == expected
    assert len(first) == len(expected)
