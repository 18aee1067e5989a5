"""The network as it is read with: the same function as HybridNet in evaluation mode, in fewer operations."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import cast

import torch
from timm.models.efficientnet import EfficientNet
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from isthmus.net import cropping
from isthmus.net.fourconv import fourconv
from isthmus.net.hybrid import CroppingBranch, HybridNet, Votes, fuse, of_both

TAPS = (1, 3, 2, 0)  # from a convolution's weight (outputs, c, down, across) to that of its nine products


class Block(nn.Module):
    """Convolution, ReLU, max pool (Table 1), the batch norm folded into the convolution.

    ReLU and pool change places without changing the result. With ``pool_first`` ReLU has a quarter of the
    values, and the pool stays beside a convolution that isn't quantised; else runtimes fuse ReLU into the convolution.
    """

    def __init__(self, convolution: nn.Conv2d, pool_first: bool) -> None:
        super().__init__()
        self.convolution, self.pool_first = convolution, pool_first

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        maps = self.convolution(maps)
        if self.pool_first:
            return functional.relu(functional.max_pool2d(maps, 3, 2, 1))
        return functional.max_pool2d(functional.relu(maps), 3, 2, 1)


class Scaled(nn.Module):
    """A trunk that takes 0 .. 255 in place of the range that its recipe names."""

    def __init__(self, net: HybridNet) -> None:
        super().__init__()
        self.trunk, self.scale = net.trunk, net.scale

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        maps: torch.Tensor = self.trunk(self.scale(images / 255))
        return maps


class Shift(nn.Module):
    """Subtracts the mean. It can't be folded: the convolution behind it pads with zeros."""

    mean: torch.Tensor

    def __init__(self, mean: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean, persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images - self.mean


class FoldedBranch(nn.Module):
    """The cropping branch with its batch norm folded: (n, c, h, w) -> (n * N, c, h, w).

    ``shared``: bilinear upsampling is linear, and so is the 3x3 convolution behind it. So its nine matrices multiply
    the whole map once, for all crops; then each crop's nine products are brought up and added, each shifted by its
    place in the kernel, which is two small products with fixed matrices. A fifth of the multiply-adds.
    """

    rows: torch.Tensor
    columns: torch.Tensor

    def __init__(self, branch: CroppingBranch, shared: bool) -> None:
        super().__init__()
        self.corners, self.alpha, self.count = branch.corners, branch.alpha, branch.count
        self.shape, self.transposed = branch.upsampling.shape, branch.upsampling.transposed
        self.convolution = _fused(branch.upsampling.convolution, branch.upsampling.norm)
        self.shared = shared and isinstance(self.convolution, nn.Conv2d)
        for name, side in zip(("rows", "columns"), self.shape, strict=True):
            spread = _spread(cropping.crop_side(side, self.alpha), side).flatten(1)
            self.register_buffer(name, spread, persistent=False)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        if self.transposed:
            return self._to_size(functional.relu(self.convolution(self._cut(maps))))
        return functional.relu(self._nine_products(maps) if self.shared else self.convolution(self.raised(maps)))

    def raised(self, maps: torch.Tensor) -> torch.Tensor:
        """All crops of a batch of maps, brought to the map's size."""
        return self._to_size(self._cut(maps))

    def _nine_products(self, maps: torch.Tensor) -> torch.Tensor:
        """The convolution of the raised crops, computed on the maps."""
        convolution = cast(nn.Conv2d, self.convolution)
        (height, width), outputs = self.shape, convolution.out_channels
        high, wide = (cropping.crop_side(side, self.alpha) for side in self.shape)
        taps = convolution.weight.permute(TAPS).flatten(1)  # (c, across * down * outputs)
        products = maps.permute(0, 2, 3, 1) @ taps
        crops = torch.stack([products[:, r : r + high, c : c + wide] for r, c in self.corners], dim=1)
        crops = self.columns @ crops.reshape(-1, high, wide * 3, 3 * outputs)
        crops = crops.reshape(-1, high, width, 3, outputs).transpose(2, 3)
        crops = self.rows @ crops.reshape(-1, high * 3, width * outputs)
        bias = cast(torch.Tensor, convolution.bias)  # folding a batch norm leaves one
        return (crops.reshape(-1, height, width, outputs) + bias).permute(0, 3, 1, 2)

    def _cut(self, maps: torch.Tensor) -> torch.Tensor:
        return cropping.cut(maps, self.corners, self.alpha)

    def _to_size(self, crops: torch.Tensor) -> torch.Tensor:
        return functional.interpolate(crops, size=self.shape, mode="bilinear", align_corners=False)


def _spread(side: int, target: int) -> torch.Tensor:
    """What each of ``side`` cells gives each of ``target`` under bilinear upsampling, for a kernel's three places
    before, on and behind it: (target, side, 3). Beyond the edges there is nothing."""
    raised = functional.interpolate(torch.eye(side)[None], size=target, mode="linear", align_corners=False)[0].T
    padded = functional.pad(raised, (0, 0, 1, 1))
    return torch.stack([padded[place : place + target] for place in range(3)], dim=-1)


def _fused(convolution: nn.Module, norm: nn.BatchNorm2d) -> nn.Module:
    """The convolution, or the last of several in a row, with the batch norm behind it folded in."""
    if isinstance(convolution, nn.Sequential):
        *before, last = convolution.children()
        return nn.Sequential(*before, _fused(last, norm))
    fused: nn.Module = fuse_conv_bn_eval(
        cast(nn.Conv2d, convolution), norm, transpose=isinstance(convolution, nn.ConvTranspose2d)
    )
    return fused


class Folded(nn.Module):
    """HybridNet for reading: RoIs uint8 (n, size, size, 3) in; Votes and the trunk's map (n, c, h, w) out.

    Batch norms and the scale of the pixels are folded into convolutions, all crops are brought up and convolved in
    one batch, and the fully connected layer runs once over the whole map and its crops, so that its weights are
    fetched once. ``net`` itself is not changed. ``shared`` is that of ``FoldedBranch``.
    """

    def __init__(self, net: HybridNet, pool_first: bool = False, shared: bool = True) -> None:
        super().__init__()
        net = copy.deepcopy(net).eval()
        self.omega, self.mirrors = net.omega, net.mirrors
        self.trunk = _folded_trunk(net, pool_first)
        self.attention = net.attention
        self.flatten = nn.Sequential(
            OrderedDict((name, net.classifier.get_submodule(name)) for name in ("pool", "flatten"))
        )
        self.hidden = cast(nn.Linear, net.classifier.hidden)
        self.output = cast(nn.Linear, net.classifier.output)
        self.cropping = None if net.cropping is None else FoldedBranch(net.cropping, shared)

    @property
    def blocks(self) -> list[Block]:
        """The four blocks, first to last; none where the trunk isn't ``fourconv``."""
        return [block for block in self.trunk if isinstance(block, Block)]

    def forward(self, roi: torch.Tensor) -> tuple[Votes, torch.Tensor]:
        return self.read(roi.permute(0, 3, 1, 2).float())

    def read(self, images: torch.Tensor) -> tuple[Votes, torch.Tensor]:
        """Votes and map for images in 0 .. 255, (n, 3, size, size)."""
        if not self.mirrors:
            return self._votes(images)
        votes, maps = self._votes(torch.cat([images, images.flip(-1)]))
        return of_both(votes, self.omega), maps[: images.shape[0]]

    def _votes(self, images: torch.Tensor) -> tuple[Votes, torch.Tensor]:
        return self.of_maps(self.trunk(images))

    def of_maps(self, maps: torch.Tensor) -> tuple[Votes, torch.Tensor]:
        """Votes and map for what the trunk gives, (n, c, h, w)."""
        maps = self.attention(maps)
        rows = [self.flatten(maps)]
        width = rows[0].shape[1]
        if self.cropping is not None:
            rows.append(self.flatten(self.cropping(maps)).reshape(-1, self.cropping.count * width))
        log_p = functional.log_softmax(self.votes(torch.cat(rows, 1).reshape(-1, width)), dim=-1)
        log_p = log_p.reshape(maps.shape[0], -1, 2)
        whole, crops = log_p[:, 0], None if self.cropping is None else log_p[:, 1:]
        return Votes(whole, crops, fuse(whole, crops, self.omega)), maps

    def votes(self, rows: torch.Tensor) -> torch.Tensor:
        """The classifier of Table 1 on flattened maps: (m, features) to logits (m, 2)."""
        # As a maximum, not a ReLU: onnxruntime would fuse that with a layer whose output stays fp32, and then read the
        # layer's weights as fp32, too.
        hidden = self.hidden(rows)
        logits: torch.Tensor = self.output(torch.maximum(hidden, torch.zeros_like(hidden)))
        return logits


def _folded_trunk(net: HybridNet, pool_first: bool) -> nn.Sequential:
    layers: list[nn.Module]
    if _is_fourconv(net.trunk):
        convolutions = [
            fuse_conv_bn_eval(cast(nn.Conv2d, block.convolution), cast(nn.BatchNorm2d, block.norm))
            for block in net.trunk.children()
        ]
        first = convolutions[0]
        layers = [Block(layer, pool_first and layer is first) for layer in convolutions]
    elif (model := efficientnet(net.trunk)) is not None:
        first, layers = cast(nn.Conv2d, model.conv_stem), [net.trunk]
    else:
        return nn.Sequential(Scaled(net))
    first.weight = nn.Parameter(first.weight.detach() / (255 * net.scale.deviation))
    shift = [Shift(net.scale.mean * 255)] if bool((net.scale.mean != 0).any()) else []
    return nn.Sequential(*shift, *layers)


def efficientnet(trunk: nn.Module) -> EfficientNet | None:
    """The model of a trunk that is one of timm's EfficientNets."""
    model = getattr(trunk, "model", None)
    return model if isinstance(model, EfficientNet) else None


def _is_fourconv(trunk: nn.Module) -> bool:
    return [name for name, _ in trunk.named_children()] == [name for name, _ in fourconv().named_children()]
