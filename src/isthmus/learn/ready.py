"""Checks of a recipe and device before the data are read."""

from __future__ import annotations

import torch

from isthmus.learn import devices, processes
from isthmus.learn.second import second_loss
from isthmus.net.backbones import trunk
from isthmus.net.cropping import boundary_corners, crop_side
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe
from isthmus.recipes import RECIPES


def refuse_untrainable(recipe: Recipe, device: str = "auto") -> str:
    """Raises unless the recipe's network can be made and the device is here; returns device and precision in words.

    Pretrained weights are fetched, if they aren't on this machine yet. Raises UsageError for the device and a package
    that isn't installed, RecipeError for an unknown backbone, attention or second loss, a backbone that takes no images
    of the recipe's size, a map too small to be cropped, and weights that can't be had.
    """
    chosen = devices.device(device, processes.on_this_machine())
    words = devices.description(chosen, devices.precision(recipe.learning.precision, chosen))
    second_loss(recipe.loss.second)
    _outline(recipe)
    if recipe.network.pretrained:
        trunk(recipe.network.backbone, recipe.network.pretrained)
    return words


def remarks(recipe: Recipe) -> tuple[str, ...]:
    """Settings of a recipe without effect: idle fields that no shipped recipe sets so, and crops lost on a small map.

    Raises RecipeError for a network that can't be built.
    """
    idle = [
        f"{name} = {recipe.values[name]} changes nothing with {why}"
        for name, why in recipe.idle.items()
        if recipe.values[name] not in [shipped.values[name] for shipped in RECIPES.values()]
    ]
    return (*idle, *lost_in_cells(recipe))


def lost_in_cells(recipe: Recipe) -> tuple[str, ...]:
    """Settings of crops that are lost by rounding to whole cells of the map. Raises RecipeError."""
    cropping = _outline(recipe).cropping
    if cropping is None:
        return ()
    height, width = cropping.upsampling.shape
    lost, map_of = [], f"on a map of {height} x {width}"
    if recipe.network.alpha < 1 and all(crop_side(side, recipe.network.alpha) == side for side in (height, width)):
        lost.append(f"alpha = {recipe.network.alpha} is the whole map {map_of}: nothing is cropped away")
    if recipe.network.crops == "boundary":
        windows = [
            set(boundary_corners(height, width, recipe.network.alpha, steps))
            for steps in range(1, recipe.network.steps + 1)
        ]
        first = 1 + windows.index(windows[-1])
        if first < recipe.network.steps:
            lost.append(f"steps = {recipe.network.steps} gives the windows of steps = {first} {map_of}")
    return tuple(lost)


def _outline(recipe: Recipe) -> HybridNet:
    """The recipe's network as shapes only, without weights."""
    with torch.device("meta"):
        return HybridNet(recipe.changed(pretrained=False).network, recipe.preparation.size)
