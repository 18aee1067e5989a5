"""What a second loss is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from isthmus.net.hybrid import Head, Votes


@dataclass(frozen=True)
class SecondLoss:
    """A loss of each image, (n,), from its votes and the ``targets`` that it names (fields of ``Targets``); 0 where the
    nodule lacks them.

    ``head``, if any, reads the maps beside the branches; its output is ``votes.second``. It takes part in training
    only, and is in no bundle.
    """

    targets: tuple[str, ...]
    loss: Callable[[Votes, Mapping[str, torch.Tensor]], torch.Tensor]
    head: Head | None = None


def outputs(votes: Votes) -> torch.Tensor:
    """What the head gave, in fp32. Raises ValueError where the network has none."""
    if votes.second is None:
        raise ValueError("the network has no head for the second loss")
    return votes.second.float()


def linear_head(channels: int, count: int) -> nn.Module:
    """``count`` numbers of the mean of a map."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, count))
