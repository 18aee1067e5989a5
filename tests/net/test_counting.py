"""Weights and multiply-adds, counted on the network, are those reckoned by hand."""

from __future__ import annotations

import pytest
import torch

from isthmus.net.counting import multiply_adds, parameters
from isthmus.recipe import Recipe
from make.training import hybrid_net
from multiply_adds import layers

TINY = Recipe().changed(size=64, hidden=8)


@pytest.mark.parametrize("crops", ["none", "random", "boundary"])
@pytest.mark.parametrize("upsampling", ["bilinear", "separable", "transposed"])
def test_the_count_is_that_by_hand(crops: str, upsampling: str) -> None:
    recipe = TINY.changed(crops=crops, upsampling=upsampling)
    net = hybrid_net(recipe).train()
    assert multiply_adds(net, torch.rand(1, 3, 64, 64)) == sum(layer.multiply_adds for layer in layers(recipe))
    assert net.training


def test_more_images_cost_more_and_weights_stay() -> None:
    net = hybrid_net(TINY)
    assert multiply_adds(net, torch.rand(3, 3, 64, 64)) == 3 * multiply_adds(net, torch.rand(1, 3, 64, 64))
    flat = 128 * 4 * 4
    trunk = 9 * (3 * 32 + 32 * 64 + 64 * 128 + 128 * 128) + 2 * (32 + 64 + 128 + 128)
    assert parameters(net) == trunk + (9 * 128 * 128 + 2 * 128) + (flat * 8 + 8) + (8 * 2 + 2)
