"""The nouns: labels by name, boxes that check themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, ImageRef, Label, Nodule, parse_contour

whole = st.integers(-500, 500)
sides = st.integers(1, 400)
boxes = st.builds(lambda x, y, width, height: Box(x, y, x + width, y + height), whole, whole, sides, sides)


def test_malignant_is_positive() -> None:
    assert (int(Label.BENIGN), int(Label.MALIGNANT)) == (0, 1)
    assert [str(label) for label in Label] == ["benign", "malignant"]


@pytest.mark.parametrize("text", ["", "0", "1", "cancer", "benign malignant"])
def test_other_labels_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="neither 'benign' nor 'malignant'"):
        Label.named(text)


@pytest.mark.parametrize("sides", [(5, 5, 5, 9), (5, 5, 9, 5), (9, 5, 5, 9), (0, 0, 0, 0)])
def test_a_box_has_area(sides: tuple[int, int, int, int]) -> None:
    with pytest.raises(DataError, match="has no area"):
        Box(*sides)


@pytest.mark.parametrize("bow", ["10,10;100,100;100,10;10,100", "0,0;4,4;4,0;0,5"])
def test_a_bow_crosses_itself_even_where_its_halves_leave_no_area(bow: str) -> None:
    with pytest.raises(DataError, match="crosses itself"):
        parse_contour(bow)


@given(boxes)
def test_a_box_reads_back_from_its_text(box: Box) -> None:
    assert Box.parse(str(box)) == box


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1_0,2,30,4", "nan,0,1,1", "0,0,inf,9", "0,0,9,1e6"]
)
def test_other_texts_are_no_box(text: str) -> None:
    with pytest.raises(DataError, match="not four numbers"):
        Box.parse(text)


@pytest.mark.parametrize(
    ("sides", "box"),
    [
        (("1.5", "2", "3.2", "4"), Box(1, 2, 4, 4)),
        ((1.0, 2.0, 3.0, 4.0), Box(1, 2, 3, 4)),
        ((-0.5, 0.999, 0.5, 1.001), Box(-1, 0, 1, 2)),
        ((np.float32(2.5), np.int64(1), 7, " 9 "), Box(2, 1, 7, 9)),
    ],
)
def test_fractions_cover_the_pixels_that_they_touch(sides: Sequence[object], box: Box) -> None:
    assert Box.covering(sides) == box


@pytest.mark.parametrize("sides", [(5.6, 1, 5.2, 9), (5.5, 1, 5.5, 9), (1, 9.5, 5, 9)])
def test_rounding_gives_no_area(sides: Sequence[object]) -> None:
    with pytest.raises(DataError, match="has no area"):
        Box.covering(sides)


@pytest.mark.parametrize("sides", [(True, 1, 2, 3), (None, 1, 2, 3), ("", 1, 2, 3), (1, 2, 3), (1 << 2000, 1, 2, 3)])
def test_other_things_are_no_box(sides: Sequence[object]) -> None:
    with pytest.raises(DataError, match="not four numbers"):
        Box.covering(sides)


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=1, max_size=9))
def test_the_box_around_points_is_the_smallest(points: list[tuple[float, float]]) -> None:
    box = Box.around(points)
    assert all(box.x0 <= x < box.x1 and box.y0 <= y < box.y1 for x, y in points)
    assert any(x < box.x0 + 1 for x, _ in points)
    assert any(x >= box.x1 - 1 for x, _ in points)
    assert any(y < box.y0 + 1 for _, y in points)
    assert any(y >= box.y1 - 1 for _, y in points)


@given(boxes, sides, sides)
def test_clipping(box: Box, width: int, height: int) -> None:
    if not box.meets(width, height):
        with pytest.raises(DataError):
            box.clipped(width, height)
        return
    clipped = box.clipped(width, height)
    assert clipped.fits(width, height)
    assert (clipped == box) == box.fits(width, height)
    inside = {(x, y) for x in (box.x0, box.x1 - 1) for y in (box.y0, box.y1 - 1) if 0 <= x < width and 0 <= y < height}
    assert all(clipped.x0 <= x < clipped.x1 and clipped.y0 <= y < clipped.y1 for x, y in inside)


def test_a_frame_knows_its_size() -> None:
    frame = Frame(np.zeros((30, 40, 3), np.uint8))
    assert (frame.width, frame.height) == (40, 30)


def test_nodules_are_frozen_and_can_be_keys() -> None:
    nodule = Nodule("1_1-1", "1_1", "1", ImageRef(Path("1_1.jpg")), Box(0, 0, 9, 9), descriptors={"margins": "smooth"})
    assert len({nodule, dataclasses.replace(nodule)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        nodule.label = Label.BENIGN  # type: ignore[misc]
