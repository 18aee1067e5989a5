"""The sizes of ACR TI-RADS 2017 at which it advises a biopsy, at and just below each."""

from __future__ import annotations

import pytest

from isthmus.judge.usefulness.size_rule import biopsy


@pytest.mark.parametrize(("level", "least"), [(3, 25.0), (4, 15.0), (5, 10.0)])
def test_from_the_size_on(level: int, least: float) -> None:
    assert biopsy([level, level], [least, least - 0.1]).tolist() == [True, False]


def test_levels_1_and_2_never() -> None:
    assert not biopsy([1, 2], [90, 90]).any()


@pytest.mark.parametrize(("levels", "sizes"), [([0], [10]), ([6], [10]), ([4], [0]), ([4, 5], [10])])
def test_what_is_no_level_or_size_is_refused(levels: list[int], sizes: list[float]) -> None:
    with pytest.raises(ValueError, match="are"):
        biopsy(levels, sizes)
