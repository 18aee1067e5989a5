"""What a training needs, looked at before its data are read."""

from __future__ import annotations

from dataclasses import replace

import torch

from isthmus.learn import devices, processes
from isthmus.net.backbones import trunk
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe


def refuse_untrainable(recipe: Recipe, device: str = "auto") -> str:
    """Raises unless the recipe's network can be made and the device is here; gives device and precision in words.

    Pretrained weights are fetched, if they aren't on this machine yet. Raises UsageError for the device, RecipeError
    for a backbone that nobody knows or that takes no images of the recipe's size, for a map too small to be cropped,
    and for weights that can't be had.
    """
    chosen = devices.device(device, processes.on_this_machine())
    told = devices.told(chosen, devices.precision(recipe, chosen))
    with torch.device("meta"):  # shapes only, without weights
        HybridNet(replace(recipe, pretrained=False))
    if recipe.pretrained:
        trunk(recipe.backbone, pretrained=True)
    return told
