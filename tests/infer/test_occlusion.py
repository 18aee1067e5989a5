"""The map finds the place that an answer depends on, and says for which class it speaks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.infer.occlusion import (
    CELLS,
    PATCH,
    PLACES,
    averaged,
    log_odds,
    occlusion,
    of_cells,
    patches_of,
    shown,
    summed,
)
from isthmus.nodule import Pixels

SIZE = 60  # six pixels a cell


def spotted(row: int, column: int) -> Pixels:
    """A grey RoI with one white cell."""
    roi = np.full((SIZE, SIZE, 3), 90, np.uint8)
    roi[6 * row : 6 * row + 6, 6 * column : 6 * column + 6] = 250
    return roi


def brightness(row: int, column: int, sign: float = 1.0) -> object:
    """A reader whose log-odds are the brightness of one cell."""

    def read(rois: Pixels) -> npt.NDArray[np.floating]:
        return sign * rois[:, 6 * row : 6 * row + 6, 6 * column : 6 * column + 6].mean((1, 2, 3)) / 50

    return read


@settings(max_examples=12)
@given(st.integers(0, CELLS - 1), st.integers(0, CELLS - 1), st.sampled_from([1.0, -1.0]))
def test_the_cell_that_counts_is_the_strongest_and_has_the_sign(row: int, column: int, sign: float) -> None:
    cells = occlusion(brightness(row, column, sign), spotted(row, column))  # type: ignore[arg-type]
    strong = np.abs(cells)
    assert strong[row, column] == pytest.approx(strong.max())
    assert np.sign(cells[row, column]) == sign
    far = np.maximum(*np.abs(np.mgrid[:CELLS, :CELLS] - np.array([row, column])[:, None, None])) >= PATCH
    assert (strong[far] == 0).all()


def test_an_answer_that_depends_on_nothing_has_a_level_map() -> None:
    assert not occlusion(lambda rois: np.full(len(rois), 2.0), spotted(3, 3)).any()


def test_patches_cover_the_roi_also_where_cells_do_not_divide_it() -> None:
    for size in (60, 64, 97):
        patches = patches_of(size)
        assert len(patches) == PLACES**2
        assert np.any(patches, axis=0).all()
        assert sum(
            of_cells(one, size).sum() for one in np.eye(CELLS * CELLS, dtype=bool).reshape(-1, CELLS, CELLS)
        ) == (size * size)


def test_sums_of_pixels_are_what_patches_hold() -> None:
    pixels = np.random.default_rng(0).normal(size=(SIZE, SIZE))
    sums = np.array([pixels[patch].sum() for patch in patches_of(SIZE)]).reshape(PLACES, PLACES)
    np.testing.assert_allclose(summed(pixels), averaged(sums))


def test_a_map_keeps_its_place_in_pixels() -> None:
    cells = np.zeros((CELLS, CELLS))
    cells[2, 7] = 3
    pixels = shown(cells, SIZE)
    assert pixels.dtype == np.float32
    row, column = np.unravel_index(np.argmax(pixels), pixels.shape)
    assert (row // 6, column // 6) == (2, 7)


def test_log_odds_stay_finite() -> None:
    np.testing.assert_allclose(log_odds(np.array([0.0, 0.5, 1.0])), [-16.118, 0, 16.118], atol=1e-3)
