"""The Hybrid Feature Cropping Network: a global and a cropping branch on shared maps (Fig. 3, Eq. 1)."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from isthmus import seeds
from isthmus.errors import RecipeError
from isthmus.net import cropping
from isthmus.net.attention import attention
from isthmus.net.backbones import map_shape, trunk
from isthmus.nodule import Label
from isthmus.recipe import Network

SCALINGS = {
    "unit": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "centred": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}


Head = Callable[[int], nn.Module]  # channels -> module on maps (n, channels, h, w)


class Votes(NamedTuple):
    """Log-probabilities over (benign, malignant): ``whole`` (n, 2), ``crops`` (n, N, 2) or None, ``fused`` (n, 2).

    ``second`` is what the head of a second loss gives, None without one.
    """

    whole: torch.Tensor
    crops: torch.Tensor | None
    fused: torch.Tensor
    second: torch.Tensor | None = None

    @property
    def malignant(self) -> tuple[torch.Tensor, ...]:
        """log P(malignant): fused (n,), whole (n,) and, with a cropping branch, crops (n, N)."""
        votes = (self.fused, self.whole) if self.crops is None else (self.fused, self.whole, self.crops)
        return tuple(log_p[..., Label.MALIGNANT] for log_p in votes)


def fuse(whole: torch.Tensor, crops: torch.Tensor | None, omega: float) -> torch.Tensor:
    """log P of Eq. (1), P = omega P_G + (1 - omega) P_C, where P_C is the mean over the crops.

    In log space throughout, so that -log P stays finite where P itself would round to 0. Without crops, log P_G.
    ``whole`` is log P_G, (n, 2); ``crops`` the crops' log-probabilities, (n, N, 2); ``omega`` in 0 .. 1.
    """
    if crops is None or omega == 1:
        return whole
    cropped = torch.logsumexp(crops, dim=1) - math.log(crops.shape[1])
    if omega == 0:
        return cropped
    return torch.logaddexp(whole + math.log(omega), cropped + math.log1p(-omega))


def of_both(votes: Votes, omega: float) -> Votes:
    """The Votes on n images from those on them and, behind them in the batch, on their mirror images.

    P_G is the mean of both, and the crops of both vote: (n, 2 N, 2). Eq. (1) of these is the mean of both fused P.
    """
    one, other = votes.whole.reshape(2, -1, 2)
    whole = torch.logaddexp(one, other) - math.log(2)
    crops = None if votes.crops is None else torch.cat(list(_halves(votes.crops)), dim=1)
    second = None if votes.second is None else _halves(votes.second)[0]
    return Votes(whole, crops, fuse(whole, crops, omega), second)


def _halves(batch: torch.Tensor) -> torch.Tensor:
    """(2n, ...) as (2, n, ...)."""
    return batch.reshape(2, -1, *batch.shape[1:])


class HybridNet(nn.Module):
    """From RoIs of ``size`` pixels a side to Votes: trunk, attention, and the two branches on the same maps (Fig. 3).

    ``head`` is that of a second loss, for maps of so many channels. Raises RecipeError for an unknown backbone or
    attention, and for a map too small to be cropped.
    """

    def __init__(self, network: Network, size: int, head: Head | None = None) -> None:
        super().__init__()
        self.omega, self.mirrors = network.omega, network.mirror == "both"
        self.scale = Scale(network.scaling)
        self.trunk = trunk(network.backbone, network.pretrained)
        channels, height, width = map_shape(self.trunk, size)
        if network.crops != "none" and min(height, width) < 2:
            raise RecipeError(
                f"backbone {network.backbone} leaves a {height} x {width} map of {size} pixels, too small to crop",
                remedy="Raise size.",
            )
        self.attention = attention(network.attention, channels)
        self.classifier = classifier(network, channels, height, width)
        self.cropping = None if network.crops == "none" else CroppingBranch(network, channels, height, width)
        self.second = None if head is None else head(channels)
        for part in self.children():
            if not (network.pretrained and part is self.trunk):
                part.apply(_initialise)

    def forward(self, images: torch.Tensor) -> Votes:
        """The Votes on ``images``, RGB in 0 .. 1, (n, 3, size, size).

        While training, every call draws new dropout and new RFC crops; otherwise the same images give the same Votes,
        those of the images and their mirror images where the recipe says so.
        """
        if self.mirrors and not self.training:
            return of_both(self._votes(torch.cat([images, images.flip(-1)])), self.omega)
        return self._votes(images)

    def _votes(self, images: torch.Tensor) -> Votes:
        maps = self.attention(self.trunk(self.scale(images)))
        second = None if self.second is None else self.second(maps)
        if self.cropping is None:
            whole = self.vote(maps)
            return Votes(whole, None, fuse(whole, None, self.omega), second)
        n, count = maps.shape[0], self.cropping.count
        cropped = self.cropping(maps).reshape(n, count, *maps.shape[1:])
        if self.omega == 1:
            cropped = cropped.detach()  # a branch without a share learns nothing
        every = torch.cat([maps.unsqueeze(1), cropped], dim=1)  # one pass through the classifier for both branches
        votes = self.vote(every.flatten(0, 1)).reshape(n, 1 + count, 2)
        whole, crops = votes[:, 0], votes[:, 1:]
        return Votes(whole, crops, fuse(whole, crops, self.omega), second)

    def vote(self, maps: torch.Tensor) -> torch.Tensor:
        """Log-probabilities (m, 2) of full-sized maps (m, c, h, w), by the one classifier of both branches."""
        return functional.log_softmax(self.classifier(maps).float(), dim=-1)


class CroppingBranch(nn.Module):
    """Crops of the map, brought back to its size by upsampling convolution: (n, c, h, w) -> (n * N, c, h, w)."""

    def __init__(self, network: Network, channels: int, height: int, width: int) -> None:
        super().__init__()
        self.alpha, self.random = network.alpha, network.crops == "random"
        self.upsampling = Upsampling(network, channels, (height, width))
        # Predictions must be repeatable: in evaluation mode RFC takes the same positions every time.
        generator = torch.Generator().manual_seed(seeds.of_64_bits(network.crop_seed))
        self.corners = (
            cropping.random_corners(height, width, self.alpha, network.crop_count, generator)
            if self.random
            else cropping.boundary_corners(height, width, self.alpha, network.steps)
        )
        self.count = len(self.corners)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        corners = self.corners
        if self.random and self.training:
            corners = cropping.random_corners(maps.shape[2], maps.shape[3], self.alpha, self.count)
        upsampled: torch.Tensor = self.upsampling(cropping.cut(maps, corners, self.alpha))
        return upsampled


class Upsampling(nn.Module):
    """Upsampling convolution: bilinear to (height, width), then 3x3 convolution, batch norm, ReLU.

    As ``separable``, the convolution is a depthwise and a pointwise one: for 2048 channels 4 million weights in place
    of 38. As ``transposed``, a transposed convolution does both at once and the remainder is bilinear.
    """

    def __init__(self, network: Network, channels: int, shape: tuple[int, int]) -> None:
        super().__init__()
        self.shape = shape
        self.transposed = network.upsampling == "transposed"
        self.convolution = _UPSAMPLING[network.upsampling](channels)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        if self.transposed:
            crops = functional.relu(self.norm(self.convolution(crops)))
            return functional.interpolate(crops, size=self.shape, mode="bilinear", align_corners=False)
        crops = functional.interpolate(crops, size=self.shape, mode="bilinear", align_corners=False)
        return functional.relu(self.norm(self.convolution(crops)))


def _separable(channels: int) -> nn.Sequential:
    depthwise = nn.Conv2d(channels, channels, kernel_size=3, padding=1, groups=channels, bias=False)
    pointwise = nn.Conv2d(channels, channels, kernel_size=1, bias=False)
    return nn.Sequential(OrderedDict(depthwise=depthwise, pointwise=pointwise))


_UPSAMPLING: Mapping[str, Callable[[int], nn.Module]] = {
    "bilinear": lambda channels: nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
    "separable": _separable,
    "transposed": lambda channels: nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1, bias=False),
}


class Scale(nn.Module):
    """Brings RGB in 0 .. 1 to the range that the recipe names."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, scaling: str) -> None:
        super().__init__()
        mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) for values in SCALINGS[scaling])
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("deviation", deviation, persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images - self.mean) / self.deviation


def classifier(network: Network, channels: int, height: int, width: int) -> nn.Sequential:
    """The classifier: fully connected 512, ReLU, dropout 0.5, fully connected 2 (Table 1 and Section III-B).

    Recipes of timm's trunks have ``average``, over the map, in place of flattening: 2048x7x7 cells
    would need 51 million weights (decision 11).
    """
    flatten = network.head == "flatten"
    return nn.Sequential(
        OrderedDict(
            pool=nn.Identity() if flatten else nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            hidden=nn.Linear(channels * height * width if flatten else channels, network.hidden),
            rectify=nn.ReLU(),
            dropout=nn.Dropout(network.dropout),
            output=nn.Linear(network.hidden, 2),
        )
    )


def _initialise(module: nn.Module) -> None:
    """Glorot's uniform weights and zero biases, what the paper's TensorFlow gives a layer by default."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
