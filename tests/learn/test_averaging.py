"""The moving average moves by its decay, and takes over what batch norm averages itself."""

from __future__ import annotations

import torch
from torch import nn

from isthmus.learn.averaging import average_weights, copy_buffers


def norm(weight: float, mean: float) -> nn.BatchNorm2d:
    layer = nn.BatchNorm2d(2)
    nn.init.constant_(layer.weight, weight)
    assert layer.running_mean is not None
    layer.running_mean.fill_(mean)
    return layer


def test_weights_move_by_what_the_decay_leaves_and_buffers_are_copied() -> None:
    average, net = norm(1.0, 0.0), norm(3.0, 5.0)
    average_weights(average, net, 0.75)
    assert average.weight.tolist() == [1.5, 1.5]
    assert average.running_mean.tolist() == [0, 0]
    copy_buffers(average, net)
    assert average.weight.tolist() == [1.5, 1.5]
    assert torch.equal(average.running_mean, net.running_mean)
    assert net.weight.tolist() == [3, 3]
