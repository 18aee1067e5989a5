"""The network that proposes a box: a grey window about a click to the distances of the nodule's four sides."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from isthmus.net.package_weights import packaged_model

SIZE = 96  # pixels, a side of the window
STRIDE, STAGES, CHANNELS = 16, 5, 112  # of EfficientNet-Lite0's trunk, as far as it is used
USUAL = 0.2  # of the window's side: a distance before anything is learned
NEAREST, FARTHEST = -5.0, 1.5  # logarithms that a distance is kept between


class ProposalNet(nn.Module):
    """The first five stages of EfficientNet-Lite0 on one grey channel, and a head that keeps places apart.

    ``pretrained``: the trunk begins with ImageNet's weights, from the package; a grey channel stands for three equal
    ones, to which the first convolution's weights are added up.
    """

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        trunk: Any = packaged_model("tf_efficientnet_lite0") if pretrained else _empty()
        trunk.conv_stem.weight = nn.Parameter(trunk.conv_stem.weight.detach().sum(1, keepdim=True))
        self.trunk = nn.Sequential(trunk.conv_stem, trunk.bn1, *trunk.blocks[:STAGES])
        cells = (SIZE // STRIDE) ** 2
        self.head = nn.Sequential(
            nn.Conv2d(CHANNELS, 32, 1, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(32 * cells, 128),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(128, 5),
        )
        last = self.head[-1]
        assert isinstance(last, nn.Linear)
        nn.init.normal_(last.weight, 0, 0.01)
        nn.init.zeros_(last.bias)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Windows (n, 1, SIZE, SIZE), 0 to 255, to distances (n, 4): left, up, right, down as shares of the window's
        side; and the logits (n,) of the IoU that it expects of its own box."""
        values = self.head(self.trunk((windows - 127) / 128))
        return (values[:, :4] + math.log(USUAL)).clamp(NEAREST, FARTHEST).exp(), values[:, 4]


def overlap(one: Tensor, other: Tensor) -> Tensor:
    """The IoU (n,) of boxes about one click each, given as distances (n, 4) above 0."""
    both = torch.minimum(one, other)
    shared = (both[:, 0] + both[:, 2]) * (both[:, 1] + both[:, 3])
    first, second = ((box[:, 0] + box[:, 2]) * (box[:, 1] + box[:, 3]) for box in (one, other))
    return shared / (first + second - shared)


def _empty() -> nn.Module:
    import timm

    model: nn.Module = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    return model
