"""Attention on the trunk's maps, by name: the paper has none (it names it as future work), and both branches share what
it gives.

Each module multiplies the maps by weights in 0 .. 1, so that they keep their shape.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

import torch
from torch import nn

from isthmus.errors import RecipeError

REDUCTION = 16  # channels over those of the hidden layer, in both papers
FEWEST = 4  # hidden channels
WINDOW = 7  # cells a side that a spatial weight is made from


class ChannelAttention(nn.Module):
    """A weight a channel, from its mean and its maximum over the map, by two layers that both share: the channel
    attention of CBAM (Woo et al., ECCV 2018, doi 10.1007/978-3-030-01234-2_1, Section 3).

    With the mean alone it is squeeze and excitation (Hu et al., CVPR 2018, doi 10.1109/CVPR.2018.00745).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(channels // REDUCTION, FEWEST)
        self.layers = nn.Sequential(
            OrderedDict(
                squeeze=nn.Conv2d(channels, hidden, kernel_size=1),
                rectify=nn.ReLU(),
                excite=nn.Conv2d(hidden, channels, kernel_size=1),
            )
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        logits = self.layers(maps.mean((2, 3), keepdim=True)) + self.layers(maps.amax((2, 3), keepdim=True))
        return maps * torch.sigmoid(logits)


class SpatialAttention(nn.Module):
    """A weight a cell, by a 7 x 7 convolution of mean and maximum over the channels: the spatial attention of CBAM
    (Woo et al. 2018, Section 3), with its batch norm left out."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 1, kernel_size=WINDOW, padding=WINDOW // 2)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        seen = torch.cat([maps.mean(1, keepdim=True), maps.amax(1, keepdim=True)], 1)
        return maps * torch.sigmoid(self.convolution(seen))


def _both(channels: int) -> nn.Module:
    """CBAM: channel attention, then spatial."""
    return nn.Sequential(OrderedDict(channel=ChannelAttention(channels), spatial=SpatialAttention()))


# name -> module for that many channels: (n, channels, h, w) to the same shape
ATTENTIONS: Mapping[str, Callable[[int], nn.Module]] = {
    "none": lambda channels: nn.Identity(),
    "channel": ChannelAttention,
    "spatial": lambda channels: SpatialAttention(),
    "both": _both,
}


def attention(name: str, channels: int) -> nn.Module:
    """The attention module called ``name``, for maps (n, channels, h, w). Raises RecipeError for an unknown name."""
    if name not in ATTENTIONS:
        raise RecipeError(f"no attention {name!r}", remedy=f"Use {', '.join(ATTENTIONS)}.")
    return ATTENTIONS[name](channels)
