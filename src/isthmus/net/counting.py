"""The number of weights and multiply-adds of a network."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def parameters(net: nn.Module) -> int:
    """The number of trained weights."""
    return sum(parameter.numel() for parameter in net.parameters())


def multiply_adds(net: nn.Module, images: torch.Tensor) -> int:
    """Multiply-adds of all convolutions and matrix products when ``net`` reads ``images``, by torch's counter."""
    training = net.training
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        net.eval()(images)
    net.train(training)
    return int(counter.get_total_flops() // 2)
