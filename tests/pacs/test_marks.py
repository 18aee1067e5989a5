from __future__ import annotations

from isthmus.nodule import Box, Mark
from isthmus.pacs.marks import MOST, FrameMark, as_text, from_text, joined

ONE = FrameMark(1, Mark(Box(10, 10, 50, 50)))


def test_marks_come_back_from_their_text_as_they_were() -> None:
    contour = ((20.5, 20.25), (60.0, 20.0), (20.0, 60.0))
    marks = (ONE, FrameMark(3, Mark(Box(20, 20, 60, 60), contour), (200, 160)))
    assert from_text(as_text(marks)) == marks
    assert from_text("") == ()


def test_a_text_of_a_store_that_had_no_sizes_is_read() -> None:
    assert from_text('[{"frame": 1, "box": [10, 10, 50, 50], "contour": []}]') == (ONE,)


def test_a_region_that_comes_twice_is_one_nodule_and_the_first_stays() -> None:
    nearly = FrameMark(1, Mark(Box(11, 10, 51, 50)))
    assert joined((ONE,), (nearly,)) == (ONE,)


def test_regions_apart_or_on_other_frames_are_others() -> None:
    apart, later = FrameMark(1, Mark(Box(60, 10, 90, 50))), FrameMark(2, ONE.mark)
    within = FrameMark(1, Mark(Box(15, 15, 25, 25)))
    assert joined((ONE,), (apart, later, within)) == (ONE, apart, later, within)


def test_one_more_is_kept_than_is_read_and_no_more() -> None:
    many = [FrameMark(frame, ONE.mark) for frame in range(1, 100)]
    assert len(joined((), many)) == MOST + 1
