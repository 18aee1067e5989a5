"""The paper's SGD (Section IV-B.2), and AdamW with one cycle and a moving average of the weights."""

from __future__ import annotations

import math

import torch
from torch import nn

from isthmus.recipe import Learning

WARM_UP = 0.2  # share of the one cycle in which the learning rate rises
START, END = 1 / 25, 1e-4  # of the peak, where the cycle begins and ends


def optimiser(net: nn.Module, learning: Learning) -> torch.optim.Optimizer:
    """SGD with momentum and weight decay (Section IV-B.2), on every parameter, or AdamW; a step in one pass."""
    if learning.optimiser == "sgd":
        return torch.optim.SGD(
            net.parameters(),
            lr=learning.learning_rate,
            momentum=learning.momentum,
            weight_decay=learning.weight_decay,
            fused=True,
        )
    decayed = [parameter for parameter in net.parameters() if parameter.ndim > 1]
    plain = [parameter for parameter in net.parameters() if parameter.ndim <= 1]
    return torch.optim.AdamW(
        [{"params": decayed, "weight_decay": learning.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=learning.learning_rate,
        fused=True,
    )


def learning_rate(learning: Learning, progress: float) -> float:
    """The learning rate when ``progress`` (0 .. 1) of all steps is done.

    >>> learning_rate(Learning(), 0.3), learning_rate(Learning(schedule="one-cycle", learning_rate=0.1), 0.2)
    (1e-05, 0.1)
    """
    if learning.schedule == "constant":
        return learning.learning_rate
    if progress < WARM_UP:
        return learning.learning_rate * _cosine(START, 1.0, progress / WARM_UP)
    return learning.learning_rate * _cosine(1.0, END, (progress - WARM_UP) / (1 - WARM_UP))


@torch.no_grad()
def average_weights(average: nn.Module, net: nn.Module, decay: float) -> None:
    """Moves the weights of ``average`` towards those of ``net`` by 1 - ``decay``, in 0 .. 1."""
    means, weights = ([parameter.detach() for parameter in module.parameters()] for module in (average, net))
    torch._foreach_lerp_(means, weights, 1 - decay)


def copy_buffers(average: nn.Module, net: nn.Module) -> None:
    """Takes over the running statistics of batch norm, which are averages already."""
    for mean, buffer in zip(average.buffers(), net.buffers(), strict=True):
        mean.copy_(buffer)


def _cosine(first: float, last: float, progress: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * min(progress, 1.0))) / 2
