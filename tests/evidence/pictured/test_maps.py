"""Where the nodule lies in a window, windows moved, and parts covered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.evidence.pictured.maps import MARKED, change, filled, first_of_each, marked_cells, moved_box, reader
from isthmus.evidence.pictured.shuffled import shuffled_engine
from isthmus.infer.occlusion import CELLS
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Box, Frame, ImageRef, Nodule
from isthmus.recipe import Preparation
from make.bundle import make

FRAME = Frame(np.zeros((200, 300), np.uint8))
SQUARE = Preparation(size=100, resize="square", margin=0.5)
RANDOM = np.random.default_rng(0)


def nodule(box: Box, contour: tuple[tuple[float, float], ...] = ()) -> Nodule:
    return Nodule("a", "a.png", "a", ImageRef(Path("a.png")), box, contour)


def test_a_box_fills_the_middle_of_its_window() -> None:
    box = Box(100, 60, 150, 110)
    cells = filled(nodule(box), box, FRAME, SQUARE)
    assert cells.mean() == pytest.approx(0.25, abs=0.03)
    assert cells[4, 4] == 1
    assert cells[1, 1] == 0
    np.testing.assert_allclose(cells, cells.T)


def test_a_contour_counts_for_more_than_its_box() -> None:
    box = Box(100, 60, 150, 110)
    corner = ((100.0, 60.0), (150.0, 60.0), (100.0, 110.0))
    cells = filled(nodule(box, corner), box, FRAME, SQUARE)
    assert cells.mean() == pytest.approx(0.125, abs=0.02)
    assert cells[3, 3] == 1
    assert cells[6, 6] == 0


def test_a_moved_window_has_a_corner_of_the_box_in_its_middle() -> None:
    box = Box(100, 60, 150, 110)
    moved = moved_box(box, FRAME, SQUARE, RANDOM)
    assert moved is not None
    assert abs(moved.x0 - box.x0) == abs(moved.y0 - box.y0) == 25
    cells = filled(nodule(box), moved, FRAME, SQUARE)
    assert cells[4:6, 4:6].mean() == pytest.approx(0.25, abs=0.1)
    assert cells.mean() == pytest.approx(0.25, abs=0.03)  # the window is twice the box, and holds all of it


def test_a_box_moves_into_the_picture_or_not_at_all() -> None:
    assert moved_box(Box(0, 0, 50, 50), FRAME, SQUARE, RANDOM) == Box(25, 25, 75, 75)
    assert moved_box(Box(250, 150, 300, 200), FRAME, SQUARE, RANDOM) == Box(225, 125, 275, 175)
    assert moved_box(Box(0, 0, 290, 190), FRAME, SQUARE, RANDOM) is None


def test_marked_cells_are_the_strongest_the_middle_and_any() -> None:
    cells = np.zeros((CELLS, CELLS))
    cells[0], cells[0, 3] = 2, -5
    strong, middle, any_cells = marked_cells(cells, RANDOM)
    assert [one.sum() for one in (strong, middle, any_cells)] == [MARKED] * 3
    assert strong[0].all()
    assert middle[4:6, 4:6].all()
    assert not np.array_equal(any_cells, marked_cells(cells, RANDOM)[2])


def test_covering_what_counts_changes_the_answer() -> None:
    roi = np.full((100, 100, 3), 80, np.uint8)
    roi[20:30, 20:30] = 240
    part, other = np.zeros((2, CELLS, CELLS), bool)
    part[2, 2], other[7, 7] = True, True
    changes = change(lambda rois: rois[:, 20:30, 20:30].mean((1, 2, 3)) / 9, roi, (part, other))
    assert changes[0] > 1
    assert changes[1] == 0


def test_the_first_of_each_class() -> None:
    assert first_of_each(np.array([1, 1, 1, 0, 1, 0, 0])) == {0, 1, 3, 5}
    assert first_of_each(np.array([1, 1, 1])) == {0, 1}


def test_shuffled_weights_give_another_network_the_same_for_the_same_seed(tmp_path: Path) -> None:
    predictor = Predictor.load(make(tmp_path / "untrained"))
    rois = RANDOM.integers(0, 256, (6, 64, 64, 3), dtype=np.uint8)
    one, again, other = (reader(shuffled_engine(predictor.bundle.onnx, seed))(rois) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    own = reader(predictor.engine)(rois)
    assert np.abs(one - own).min() > 1e-4
    assert np.abs(one - other).min() > 1e-4
    np.testing.assert_array_equal(own, reader(Predictor(predictor.bundle).engine)(rois))  # the file stays as it was
