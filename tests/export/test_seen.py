"""What a member sees by matrix products is what it sees by torch's resize."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.export.seen import Seen
from isthmus.net.ensemble import View, central


def sides() -> st.SearchStrategy[tuple[int, View]]:
    """A RoI's side, and a view that lies in it."""
    return st.integers(2, 70).flatmap(
        lambda whole: st.tuples(st.just(whole), st.builds(View, st.integers(1, whole), st.integers(1, 70)))
    )


@settings(max_examples=60, deadline=None)
@given(sides(), st.integers(0, 2**31))
def test_it_is_torchs_resize_of_the_centre_to_rounding(sides: tuple[int, View], seed: int) -> None:
    whole, view = sides
    drawn = torch.Generator().manual_seed(seed)
    roi = torch.randint(0, 256, (2, whole, whole, 3), dtype=torch.uint8, generator=drawn)
    expected = central(roi.permute(0, 3, 1, 2).float(), view)
    torch.testing.assert_close(Seen(whole, view)(roi), expected, atol=2e-4, rtol=0)


@pytest.mark.parametrize(("whole", "view"), [(320, View(320, 192)), (320, View(160, 128)), (320, View(192, 192))])
def test_the_views_of_the_model_that_ships(whole: int, view: View) -> None:
    roi = torch.randint(0, 256, (1, whole, whole, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    expected = central(roi.permute(0, 3, 1, 2).float(), view)
    torch.testing.assert_close(Seen(whole, view)(roi), expected, atol=2e-4, rtol=0)


def test_an_output_line_needs_few_input_lines() -> None:
    lines = Seen(320, View(320, 192)).lines
    assert lines is not None
    assert lines.weights.shape == (8, 24, 42)  # of 320
