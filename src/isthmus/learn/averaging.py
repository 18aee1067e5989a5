"""The moving average of a network's weights."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def average_weights(average: nn.Module, net: nn.Module, decay: float) -> None:
    """Moves the weights of ``average`` towards those of ``net`` by 1 - ``decay``, in 0 .. 1."""
    means, weights = ([parameter.detach() for parameter in module.parameters()] for module in (average, net))
    torch._foreach_lerp_(means, weights, 1 - decay)


def copy_buffers(average: nn.Module, net: nn.Module) -> None:
    """Takes over the running statistics of batch norm, which are averages already."""
    for mean, buffer in zip(average.buffers(), net.buffers(), strict=True):
        mean.copy_(buffer)
