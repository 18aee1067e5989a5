"""The trunks that the paper compares (Section IV-C), and any other that timm knows.

The paper cuts them before "the last fully connected layer", which leaves nothing to crop; here it is the last map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import timm
import torch
from torch import nn

from isthmus.errors import RecipeError
from isthmus.net.fourconv import fourconv
from isthmus.net.package_weights import packaged_model

Trunk = Callable[[bool], nn.Module]


class LastMap(nn.Module):
    """A timm model up to its last feature map, (n, channels, height, width)."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        maps: torch.Tensor = self.model.forward_features(images)  # type: ignore[operator]
        if maps.ndim == 4 and getattr(self.model, "output_fmt", "NCHW") == "NHWC":
            maps = maps.permute(0, 3, 1, 2)
        if maps.ndim != 4:
            raise RecipeError(
                f"backbone gives features of shape {tuple(maps.shape[1:])}, which have no height and width to crop",
                remedy="Use a convolutional backbone.",
            )
        return maps


def _timm(name: str) -> Trunk:
    return lambda pretrained: LastMap(timm.create_model(name, pretrained=pretrained, num_classes=0, global_pool=""))


def _vgg19(pretrained: bool) -> nn.Module:
    # num_classes=0 leaves the 119 million weights of VGG's fully connected layers in place.
    model: nn.Module = timm.create_model("vgg19", pretrained=pretrained)
    return model.get_submodule("features")


def _fourconv(pretrained: bool) -> nn.Module:
    if pretrained:
        raise RecipeError("backbone fourconv has no pretrained weights", remedy="Set pretrained = false.")
    return fourconv()


# name -> trunk; the names are the paper's, in its order
BACKBONES: Mapping[str, Trunk] = {
    "inception_v3": _timm("inception_v3"),
    "vgg19": _vgg19,
    "resnet50": _timm("resnet50"),
    "xception": _timm("legacy_xception"),
    "fourconv": _fourconv,
}


def _packaged(name: str) -> nn.Module:
    model = packaged_model(name)
    model.reset_classifier(0, "")  # type: ignore[operator]
    return LastMap(model)


def trunk(name: str, pretrained: bool | Literal["package"] = False) -> nn.Module:
    """The trunk called ``name``, here or in timm: (n, 3, h, w) becomes (n, channels, h', w').

    Its weights are random, those that timm fetches (True), or those of an installed package. Raises RecipeError for an
    unknown name, or pretrained weights that can't be had; UsageError for a package that isn't installed.
    """
    if name not in BACKBONES and not timm.is_model(name):
        raise RecipeError(f"no backbone {name!r}", remedy=f"Use {', '.join(BACKBONES)}, or a name that timm lists.")
    if pretrained == "package":
        return _packaged(name)
    try:
        return BACKBONES.get(name, _timm(name))(pretrained)
    except (OSError, RuntimeError) as error:
        if not pretrained:
            raise
        raise RecipeError(
            f"the pretrained weights of {name} can't be had ({type(error).__name__})",
            remedy="Connect to the network, or set pretrained = false.",
        ) from error


def map_shape(model: nn.Module, size: int) -> tuple[int, int, int]:
    """(channels, height, width) of the trunk's map for images of ``size`` pixels a side.

    Raises RecipeError if it can't take images of that size.
    """
    training = model.training
    try:
        with torch.inference_mode():
            shape = model.eval()(torch.zeros(1, 3, size, size)).shape
    except (RuntimeError, AssertionError, ValueError) as error:
        raise RecipeError(
            f"the backbone can't take images of {size} pixels a side ({' '.join(str(error).split())[:80]})",
            remedy="Change size.",
        ) from None
    model.train(training)
    return int(shape[1]), int(shape[2]), int(shape[3])
