"""Groups by patient, and by blocks of consecutive numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data import split
from isthmus.data.dataset import ImageRecord
from isthmus.data.grouping import BY_PATIENT, GAP, Grouping, parse, place_of
from isthmus.data.groups import groups
from isthmus.errors import SplitError, UsageError
from isthmus.nodule import Box, ImageRef, Label, Nodule


def record(image: str) -> ImageRecord:
    return ImageRecord(image, ImageRef(Path(f"{image}.jpg")), f"patient of {image}", 100, 100)


def nodule(number: int, label: Label = Label.BENIGN) -> Nodule:
    image = f"{number:06d}"
    return Nodule(image, image, image, ImageRef(Path(image)), Box(0, 0, 9, 9), label=label)


def test_a_block_holds_consecutive_numbers() -> None:
    made = groups(map(record, ["1", "49", "50", "99", "100"]), (), Grouping(50))
    assert made == {"1": "block 0", "49": "block 0", "50": "block 50", "99": "block 50", "100": "block 100"}


def test_numbers_are_counted_along_names_that_are_alike_but_for_the_last_digits() -> None:
    made = groups(map(record, ["a/9_1", "b/9_2", "10_1", "10_70"]), (), Grouping(50))
    assert list(made.values()) == ["9_ block 0", "9_ block 0", "10_ block 0", "10_ block 50"]


def test_names_that_are_no_sequence_are_refused() -> None:
    with pytest.raises(UsageError, match=r"no two images' names are alike but for their last digits .*'f3a', '77c'"):
        groups(map(record, ["f3a", "77c", "b90_1"]), (), Grouping(50))


def test_duplicates_join_their_blocks() -> None:
    made = groups(map(record, ["1", "51", "101"]), [("101", "1")], Grouping(50))
    assert made == {"1": "block 0", "51": "block 50", "101": "block 0"}


def test_a_grouping_is_read_as_it_is_written() -> None:
    for one in (BY_PATIENT, Grouping(1), Grouping(50)):
        assert parse(str(one)) == one


@pytest.mark.parametrize("text", ["", "sequence", "sequence:", "sequence:0", "sequence:-5", "sequence:x", "images"])
def test_another_grouping_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(UsageError, match="can't group by") as refused:
        parse(text)
    assert "\n" not in str(refused.value)


def test_an_image_without_a_number_is_refused_by_name() -> None:
    assert place_of("2024/scan_0007") == ("scan_", 7)
    with pytest.raises(UsageError, match="'scan' has no number"):
        groups(map(record, ["1", "scan"]), (), Grouping(50))


def test_less_than_two_blocks_are_refused() -> None:
    with pytest.raises(SplitError, match="in one block of 50"):
        groups(map(record, ["1", "2", "49"]), (), Grouping(50))


@given(
    st.lists(st.integers(0, 300), min_size=4, max_size=60, unique=True),
    st.integers(1, 60),
)
def test_what_is_learned_from_is_farther_than_the_gap_and_nothing_else_is_lost(numbers: list[int], block: int) -> None:
    nodules = [nodule(number, label) for number in numbers for label in Label]
    side = np.array([at // block % 2 for at in numbers for _ in Label])
    learned, tested = np.flatnonzero(side == 0), np.flatnonzero(side)
    far = [i for i in learned if all(abs(int(nodules[i].image) - int(nodules[j].image)) > GAP for j in tested)]
    if far:
        assert split.apart(nodules, learned, tested, Grouping(block)).tolist() == far
    else:
        with pytest.raises(SplitError, match="no benign nodule is left to learn from: all are within 5 numbers"):
            split.apart(nodules, learned, tested, Grouping(block))
    assert (split.apart(nodules, learned, tested, BY_PATIENT) == learned).all()


def test_nodules_across_a_gap_or_of_another_series_are_no_leak() -> None:
    nodules = [nodule(10), nodule(16), replace(nodule(0), image="a_11", id="a_11"), nodule(17)]
    sides = split.Split(np.array([0]), np.array([1, 2, 3]))
    assert split.leak(nodules, sides, (), Grouping(50)).neighbours == 0
    nearer = split.Split(np.array([0]), np.array([1, 2]))
    assert split.leak([nodules[0], nodule(15), nodule(5)], nearer, (), Grouping(50)).neighbours == 2
    assert split.leak(nodules, sides, ()).neighbours is None


def test_where_no_patients_are_named_a_group_is_an_image() -> None:
    named, unnamed = {"1": "anne", "2": "2"}, {"1": "1", "2": "2"}
    assert BY_PATIENT.among(named) == BY_PATIENT
    assert "a group is a patient" in BY_PATIENT.among(named).definition
    alone = BY_PATIENT.among(unnamed)
    assert (alone.member, alone.members, alone.criterion) == ("image", "images", "image and duplicate")
    assert "a group is an image" in alone.definition
    assert "patient," not in alone.definition
    assert str(alone) == "patient"
    assert Grouping(50).among(unnamed).definition == Grouping(50).definition
    assert Grouping(50).among(unnamed).members == "blocks of consecutive images"
