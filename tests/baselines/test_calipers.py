"""Calipers only: counts and places of marks in the window, whatever the tissue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.baselines.calipers import caliper_features
from isthmus.nodule import Box, Nodule, Pixels
from make.scan import save, scan

BOX = Box(150, 80, 250, 160)


def marked(picture: Pixels) -> Pixels:
    for x in (150, 230):
        picture[120:122, x - 7 : x + 9] = picture[113:129, x : x + 2] = 222
    picture[90:92, 190:210] = (60, 220, 60)
    picture[100:102, 70:90] = (60, 220, 60)  # outside the window
    return picture


def features(folder: Path, picture: Pixels) -> list[float]:
    one = save(folder, "1", picture)
    first, second = caliper_features([Nodule(name, "1", "1", one.picture, BOX) for name in "ab"])
    np.testing.assert_array_equal(first, second)
    return [float(number) for number in first]


@pytest.mark.parametrize("seed", [1, 2])
def test_marks_are_counted_and_placed(tmp_path: Path, seed: int) -> None:
    upright, diagonal, coloured, *places = features(tmp_path, marked(scan(seed, text="")))
    assert (upright, diagonal, coloured) == (2, 0, 40)
    assert places == pytest.approx([0, 0.8, 0.5, 0.5], abs=0.03)


def test_without_a_mark_there_is_no_place(tmp_path: Path) -> None:
    assert np.nan_to_num(features(tmp_path, scan(1)), nan=-1).tolist() == [0, 0, 0, -1, -1, -1, -1]
