"""Eq. (2) and Fig. 6: where the maps are cropped."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from isthmus.net.cropping import boundary_corners, crop_count, crop_side, cut, random_corners

sides = st.integers(1, 40)
alphas = st.integers(1, 100).map(lambda percent: percent / 100)


def test_figure_6b_four_quarters_and_the_centre() -> None:
    assert boundary_corners(14, 14, 0.5) == ((0, 0), (0, 7), (7, 0), (7, 7), (3, 3))
    assert boundary_corners(16, 16, 0.5) == ((0, 0), (0, 8), (8, 0), (8, 8), (4, 4))
    assert crop_side(14, 0.5) == 7


def test_the_papers_five_for_every_alpha_of_table_3_but_where_they_coincide() -> None:
    assert [len(boundary_corners(14, 14, alpha)) for alpha in (0.5, 0.6, 0.7, 0.8, 0.9)] == [5, 5, 5, 5, 4]


def test_a_whole_crop_is_one_crop() -> None:
    assert boundary_corners(14, 14, 1.0) == ((0, 0),)


@given(sides, alphas)
def test_a_crops_side_is_alpha_h_rounded_half_up_and_at_least_one(side: int, alpha: float) -> None:
    exact = int((Decimal(str(alpha)) * side).quantize(Decimal(1), ROUND_HALF_UP))
    assert crop_side(side, alpha) == max(1, exact)


@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 6), st.integers(1, 6))
def test_equation_2_counts_the_grid_where_steps_are_exact(
    rows: int, columns: int, step_height: int, step_width: int
) -> None:
    """A map whose slide is a whole number of steps: Eq. (2) must count every position, tried one by one."""
    height, width = 2 * rows * step_height, 2 * columns * step_width  # alpha 0.5, so the slide is half the side
    positions = [
        (top, left)
        for top in range(0, height - height // 2 + 1, step_height)
        for left in range(0, width - width // 2 + 1, step_width)
    ]
    assert crop_count(0.5, height, width, step_height, step_width) == pytest.approx(len(positions))


@given(st.integers(1, 6), st.integers(1, 4))
def test_boundary_corners_are_equation_2s_grid_without_its_inside_and_with_the_centre(steps: int, cells: int) -> None:
    side = 4 * steps * cells
    corners = boundary_corners(side, side, 0.5, steps)
    slide = side / 2 / steps
    inside = (steps - 1) ** 2
    assert len(corners) == round(crop_count(0.5, side, side, slide, slide)) - inside + 1
    if steps == 1:
        assert len(corners) - 1 == crop_count(0.5, side, side, slide, slide)


@given(sides, sides, alphas, st.integers(1, 6))
def test_windows_are_inside_the_map_distinct_and_reach_all_four_corners(
    height: int, width: int, alpha: float, steps: int
) -> None:
    corners = boundary_corners(height, width, alpha, steps)
    high, wide = crop_side(height, alpha), crop_side(width, alpha)
    assert len(set(corners)) == len(corners)
    assert all(0 <= top <= height - high and 0 <= left <= width - wide for top, left in corners)
    assert {(t, w) for t in (0, height - high) for w in (0, width - wide)} <= set(corners)


@given(sides, sides, st.integers(50, 100), st.integers(1, 6))
def test_with_alpha_of_a_half_or_more_every_cell_of_the_edge_is_seen(
    height: int, width: int, percent: int, steps: int
) -> None:
    high, wide = crop_side(height, percent / 100), crop_side(width, percent / 100)
    seen = torch.zeros(height, width)
    for top, left in boundary_corners(height, width, percent / 100, steps):
        seen[top : top + high, left : left + wide] = 1
    for edge in (seen[0], seen[-1], seen[:, 0], seen[:, -1]):
        assert edge.all()


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 4))
def test_windows_are_symmetric_left_to_right_and_top_to_bottom(rows: int, columns: int, steps: int) -> None:
    height, width = 4 * steps * rows, 4 * steps * columns  # the slide is a whole, even number of steps
    corners = set(boundary_corners(height, width, 0.5, steps))
    assert {(height // 2 - top, left) for top, left in corners} == corners
    assert {(top, width // 2 - left) for top, left in corners} == corners


@given(sides, sides, alphas, st.integers(1, 9), st.integers(0, 5))
def test_random_windows_are_inside_the_map_and_repeat_with_their_seed(
    height: int, width: int, alpha: float, count: int, seed: int
) -> None:
    first, second = (random_corners(height, width, alpha, count, torch.Generator().manual_seed(seed)) for _ in range(2))
    assert first == second
    assert len(first) == count
    assert all(0 <= top <= height - crop_side(height, alpha) for top, _ in first)
    assert all(0 <= left <= width - crop_side(width, alpha) for _, left in first)


def test_random_windows_come_everywhere() -> None:
    found = random_corners(4, 4, 0.5, 400, torch.Generator().manual_seed(0))
    assert set(found) == {(top, left) for top in range(3) for left in range(3)}


def test_cut_is_plain_slicing_image_by_image() -> None:
    maps = torch.randn(3, 5, 7, 9)
    corners = ((0, 0), (2, 1), (3, 4))
    crops = cut(maps, corners, 0.6)
    assert crops.shape == (9, 5, 4, 5)
    for image in range(3):
        for number, (top, left) in enumerate(corners):
            assert torch.equal(crops[image * 3 + number], maps[image, :, top : top + 4, left : left + 5])


def test_steps_finer_than_the_map_give_no_window_twice() -> None:
    corners = boundary_corners(4, 4, 0.5, 64)
    assert len(corners) == len(set(corners)) == 9
