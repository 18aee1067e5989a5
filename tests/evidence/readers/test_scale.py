"""What scores are taken for."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.evidence.readers.scale import (
    LETTERED,
    PLAIN,
    is_level,
    level_of,
    levels_of,
    scale_of_levels,
    scale_of_numbers,
    with_threshold,
)


@pytest.mark.parametrize(
    ("cell", "level"),
    [("TR4", "4"), ("tr 5", "5"), ("4A", "4a"), ("TI-RADS 3", "3"), ("EU-TIRADS 2", "2"), ("C-TIRADS 4c", "4c")],
)
def test_levels_by_their_usual_names(cell: str, level: str) -> None:
    assert level_of(cell) == level


@pytest.mark.parametrize("cell", ["TR6", "4D", "likely", "0.4", "", "TR"])
def test_what_is_no_level(cell: str) -> None:
    assert not is_level(cell)


def test_a_4_has_no_place_beside_a_4a() -> None:
    assert levels_of(["TR2", "4"]) == PLAIN
    assert levels_of(["3", "4B", "5"]) == LETTERED
    with pytest.raises(ValueError, match="no clear place"):
        levels_of(["4", "4A"])


def test_the_threshold_follows_from_the_scale_alone() -> None:
    assert scale_of_levels(PLAIN).text(4.0) == "TR4"
    assert scale_of_levels(LETTERED).text(scale_of_levels(LETTERED).threshold) == "4B"
    assert scale_of_numbers(np.array([0.0, 1.0])).threshold == 0.5
    assert scale_of_numbers(np.array([0.0, 14.0])).threshold is None


def test_a_given_threshold_is_one_of_the_scale() -> None:
    assert with_threshold(scale_of_levels(LETTERED), "4c").threshold == 6
    assert with_threshold(scale_of_numbers(np.array([1.0, 9.0])), "6").threshold == 6
    for scale, text in ((scale_of_levels(PLAIN), "4A"), (scale_of_numbers(np.array([0.5])), "TR4")):
        with pytest.raises(UsageError):
            with_threshold(scale, text)
