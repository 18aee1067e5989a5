"""Votes as arrays: the same in batches of any size, and back from one table."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.learn.votes import as_images, as_table, from_table, probabilities
from make.training import TINY, examples, hybrid_net

ROIS = examples(7).rois


@pytest.mark.parametrize("crops", ["none", "boundary"])
def test_probabilities_are_the_networks_in_the_order_of_the_rois(crops: str) -> None:
    torch.manual_seed(0)
    net = hybrid_net(TINY.changed(crops=crops)).eval()
    read = probabilities(net, ROIS, batch=3)
    with torch.inference_mode():
        votes = net(as_images(ROIS))
    np.testing.assert_allclose(read.fused, votes.fused[:, 1].exp().numpy(), rtol=1e-5)
    np.testing.assert_allclose(read.whole, votes.whole[:, 1].exp().numpy(), rtol=1e-5)
    assert (read.crops is None) == (crops == "none")
    if read.crops is not None:
        np.testing.assert_allclose(read.crops, votes.crops[..., 1].exp().numpy(), rtol=1e-5)


@pytest.mark.parametrize("crops", ["none", "boundary"])
def test_a_table_gives_the_votes_back(crops: str) -> None:
    read = probabilities(hybrid_net(TINY.changed(crops=crops)).eval(), ROIS)
    table = as_table(read)
    again = from_table(table)
    assert table.shape == (7, 2 if read.crops is None else 2 + read.crops.shape[1])
    for name in ("fused", "whole", "crops"):
        np.testing.assert_array_equal(getattr(again, name), getattr(read, name))
