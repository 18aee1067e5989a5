"""Groups by patient, and by blocks of consecutive numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data import split
from isthmus.data.dataset import ImageRecord
from isthmus.data.grouping import BY_PATIENT, GAP, Grouping, number_of, parse
from isthmus.data.groups import groups
from isthmus.errors import SplitError, UsageError
from isthmus.nodule import Box, ImageRef, Label, Nodule


def record(image: str) -> ImageRecord:
    return ImageRecord(image, ImageRef(Path(f"{image}.jpg")), f"patient of {image}", 100, 100)


def nodule(number: int) -> Nodule:
    image = f"{number:06d}"
    return Nodule(image, image, image, ImageRef(Path(image)), Box(0, 0, 9, 9), label=Label.BENIGN)


def test_a_block_holds_consecutive_numbers() -> None:
    made = groups(map(record, ["1", "49", "50", "99", "100"]), (), Grouping(50))
    assert made == {"1": "block 0", "49": "block 0", "50": "block 50", "99": "block 50", "100": "block 100"}


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
    assert number_of("2024/scan_0007") == 7
    with pytest.raises(UsageError, match="'scan' has no number"):
        groups(map(record, ["1", "scan"]), (), Grouping(50))


def test_less_than_two_blocks_are_refused() -> None:
    with pytest.raises(SplitError, match="in one block of 50"):
        groups(map(record, ["1", "2", "49"]), (), Grouping(50))


@given(
    st.lists(st.integers(0, 300), min_size=2, max_size=60, unique=True),
    st.integers(1, 60),
)
def test_what_is_learned_from_is_farther_than_the_gap_and_nothing_else_is_lost(numbers: list[int], block: int) -> None:
    nodules = [nodule(number) for number in numbers]
    side = np.array([number // block % 2 for number in numbers])
    learned, tested = np.flatnonzero(side == 0), np.flatnonzero(side)
    left = split.apart(nodules, learned, tested, Grouping(block))
    for i in learned:
        is_near = any(abs(numbers[i] - numbers[j]) <= GAP for j in tested)
        assert (i in left) is not is_near
    assert (split.apart(nodules, learned, tested, BY_PATIENT) == learned).all()
