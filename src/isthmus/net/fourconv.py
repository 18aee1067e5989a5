"""The backbone that the paper proposes: four convolutions (Table 1, Fig. 4)."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

CHANNELS = (32, 64, 128, 128)


def fourconv(channels: tuple[int, ...] = CHANNELS) -> nn.Sequential:
    """Four times [3x3 convolution, batch norm, 3x3 max pool of stride 2, ReLU].

    Convolutions and pools are Table 1's, batch norm Section III-B's, the order and this ReLU ours (decision 3).

    (n, 3, 224, 224) becomes (n, 128, 14, 14): 224 -> 112 -> 56 -> 28 -> 14, the pool padded by 1.
    ReLU and max pool change places without changing the result; behind the pool it has a quarter
    of the values.
    """
    inputs = (3, *channels[:-1])
    blocks = [(f"block{i}", _block(*pair)) for i, pair in enumerate(zip(inputs, channels, strict=True), 1)]
    return nn.Sequential(OrderedDict(blocks))


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            convolution=nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
            norm=nn.BatchNorm2d(outputs),
            pool=nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
            rectify=nn.ReLU(),
        )
    )
