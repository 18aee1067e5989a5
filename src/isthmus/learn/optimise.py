"""The paper's SGD (Section IV-B.2), and AdamW with one cycle and a moving average of the weights."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from isthmus.recipe import Learning

WARM_UP = 0.2  # share of the one cycle in which the learning rate rises
START, END = 1 / 25, 1e-4  # of the peak, where the cycle begins and ends


def optimiser(net: nn.Module, learning: Learning) -> torch.optim.Optimizer:
    """SGD with momentum and weight decay (Section IV-B.2), on every parameter, or AdamW; a step in one pass."""
    if learning.optimiser == "sgd":
        return torch.optim.SGD(
            _groups(net, learning), lr=learning.learning_rate, momentum=learning.momentum, fused=True
        )
    return torch.optim.AdamW(_groups(net, learning), lr=learning.learning_rate, fused=True)


def set_learning_rate(optimiser: torch.optim.Optimizer, learning: Learning, progress: float) -> None:
    """Gives each group of weights its share of the learning rate at ``progress`` (0 .. 1) of all steps."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(learning, progress) * group["share"]


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


def _groups(net: nn.Module, learning: Learning) -> list[dict[str, Any]]:
    """Weights with their decay and their share of the learning rate; the trunk's last, if its share isn't 1.

    AdamW decays neither norms nor biases.
    """
    apart, plainest = learning.trunk_rate != 1, 1 if learning.optimiser == "adamw" else -1  # in dimensions
    groups = []
    for share, is_trunk in ((1.0, False), (learning.trunk_rate, True)):
        weights = [p for name, p in net.named_parameters() if (apart and name.startswith("trunk.")) == is_trunk]
        decayed, plain = [p for p in weights if p.ndim > plainest], [p for p in weights if p.ndim <= plainest]
        for parameters, decay in ((decayed, learning.weight_decay), (plain, 0.0)):
            groups.append({"params": parameters, "weight_decay": decay, "share": share})
    return [group for group in groups if group["params"]]


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
