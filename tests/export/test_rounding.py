"""Fitted weights lie on the grid and do less harm than those rounded to the nearest."""

from __future__ import annotations

import torch
from torch.nn import functional

from isthmus.export import rounding
from isthmus.export.rounding import fitted, round_weight, windows


def smooth(n: int = 6) -> torch.Tensor:
    """Maps whose neighbours are alike, as those of pictures are: (n, 4, 12, 12)."""
    torch.manual_seed(0)
    return functional.interpolate(torch.rand(n, 4, 4, 4), size=12, mode="bilinear") + 1


def test_windows_are_what_a_convolution_sees() -> None:
    maps, weight = smooth(), torch.randn(5, 4, 3, 3)
    seen = windows(maps)
    assert seen.shape == (6 * 144, 36)
    expected = functional.conv2d(maps, weight, padding=1).permute(0, 2, 3, 1).flatten(0, 2)
    torch.testing.assert_close(seen @ weight.flatten(1).T, expected)


def test_of_many_places_some_are_taken() -> None:
    assert rounding.SAMPLES <= len(windows(torch.rand(9, 2, 64, 64))) < 2 * rounding.SAMPLES


def test_fitted_weights_lie_on_the_grid_and_give_nearly_the_same() -> None:
    weight, seen = torch.randn(8, 4, 3, 3), windows(smooth())
    near = fitted(weight, seen)
    torch.testing.assert_close(round_weight(near), near)
    torch.testing.assert_close(near.flatten(1).abs().amax(1), weight.flatten(1).abs().amax(1))

    def harm(rounded: torch.Tensor) -> float:
        return float((seen @ (rounded - weight).flatten(1).T).square().mean())

    assert harm(near) < 0.25 * harm(round_weight(weight))


def test_a_layer_of_too_many_inputs_is_rounded_to_the_nearest() -> None:
    weight = torch.randn(2, rounding.MOST_INPUTS + 1)
    assert torch.equal(fitted(weight, torch.empty(0)), round_weight(weight))
