"""Trunks of one form as one network, so that each processor works on one of them and few layers wait for each other."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from timm.models.efficientnet import EfficientNet
from torch import nn

BLOCK = 16  # channels that engines compute together; they fill up what is no multiple of it, but not within groups
TENSORS = ("weight", "bias", "running_mean", "running_var")


class Abreast(nn.Module):
    """EfficientNets of one form, each on images of its kind (n, 3, size, size), to their last maps.

    Stems are computed one after the other, as no engine has groups of three channels; the rest as convolutions in as
    many groups as there are networks, their channels filled up with zeros. The networks themselves are not changed.
    """

    def __init__(self, models: Sequence[EfficientNet]) -> None:
        super().__init__()
        self.channels = int(models[0].num_features)
        self.stems = nn.ModuleList(grouped([nn.Sequential(one.conv_stem, one.bn1)]) for one in models)
        self.rest = grouped([nn.Sequential(one.blocks, one.conv_head, one.bn2) for one in models])

    def forward(self, images: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        maps = torch.cat([stem(one) for stem, one in zip(self.stems, images, strict=True)], 1)
        return [each[:, : self.channels] for each in self.rest(maps).chunk(len(images), 1)]


def grouped(modules: Sequence[nn.Module]) -> nn.Module:
    """Modules of one form side by side: their inputs and outputs are joined along the channels.

    Each has to treat channels alike outside its convolutions and batch norms, as EfficientNet's blocks do.
    """
    joined = copy.deepcopy(modules[0])
    for name, module in joined.named_modules():
        alike = [one.get_submodule(name) for one in modules]
        if isinstance(module, nn.Conv2d):
            depthwise = module.groups > 1
            module.groups = _filled(module.groups) * len(alike)
            module.out_channels = _filled(module.out_channels) * len(alike)
            module.in_channels = _filled(module.in_channels) * len(alike)
            inputs = 1 if depthwise else module.in_channels // len(alike)
        elif isinstance(module, nn.BatchNorm2d):
            module.num_features, inputs = _filled(module.num_features) * len(alike), 1
        else:
            continue
        for tensor in TENSORS:
            if getattr(module, tensor, None) is not None:
                _set(module, tensor, torch.cat([_full(getattr(one, tensor).detach(), inputs) for one in alike]))
    return joined


def _filled(channels: int) -> int:
    """The next multiple of BLOCK; an image's channels, or a few, stay as they are."""
    return channels if channels < BLOCK else -(-channels // BLOCK) * BLOCK


def _full(values: torch.Tensor, inputs: int) -> torch.Tensor:
    """``values`` of channels, or of outputs and inputs, filled up with zeros."""
    outputs = _filled(values.shape[0])
    shape = (outputs, inputs, *values.shape[2:]) if values.ndim > 1 else (outputs,)
    full = values.new_zeros(shape)
    full[tuple(slice(0, length) for length in values.shape)] = values
    return full


def _set(module: nn.Module, name: str, values: torch.Tensor) -> None:
    if name in dict(module.named_parameters(recurse=False)):
        setattr(module, name, nn.Parameter(values))
    else:
        setattr(module, name, values)
