"""Augmentation that keeps to what an ultrasound machine and its operator could have done."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from isthmus.recipe import Recipe


def augment(images: torch.Tensor, recipe: Recipe, generator: torch.Generator | None = None) -> torch.Tensor:
    """Changes each image of a batch (n, 3, h, w), RGB in 0 .. 1, within the recipe's limits; the same shape back.

    Left-right flip, shift, scale and rotation; gain (contrast and brightness); attenuation with depth; speckle.
    Up and down are never exchanged: depth, shadow and enhancement run one way.
    """
    if recipe.flip or recipe.shift or recipe.scale or recipe.rotation:
        images = _move(images, recipe, generator)
    if recipe.gain or recipe.attenuation or recipe.speckle:
        images = _regain(images, recipe, generator)
    return images


def _move(images: torch.Tensor, recipe: Recipe, generator: torch.Generator | None) -> torch.Tensor:
    n = len(images)
    angle = _spread(n, recipe.rotation * math.pi / 180, generator)
    factor = 1 + _spread(n, recipe.scale, generator)
    mirror = torch.where(torch.rand(n, generator=generator) < recipe.flip, -1.0, 1.0)
    across, down = (_spread(n, 2 * recipe.shift, generator) for _ in range(2))
    cosine, sine = torch.cos(angle) / factor, torch.sin(angle) / factor
    rows = [torch.stack([cosine * mirror, -sine, across], 1), torch.stack([sine * mirror, cosine, down], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _regain(images: torch.Tensor, recipe: Recipe, generator: torch.Generator | None) -> torch.Tensor:
    n, _, height, _ = images.shape
    contrast = (1 + _spread(n, recipe.gain, generator)).view(n, 1, 1, 1)
    brightness = (_spread(n, recipe.gain / 2, generator)).view(n, 1, 1, 1)
    fall = (torch.rand(n, generator=generator) * recipe.attenuation).view(n, 1, 1, 1)
    depth = torch.linspace(0, 1, height).view(1, 1, height, 1)
    images = (images * contrast + brightness) * (1 - fall * depth)
    if recipe.speckle:
        noise = torch.randn(n, 1, *images.shape[2:], generator=generator)
        images = images * (1 + recipe.speckle * noise)
    return images.clamp(0, 1)


def _spread(n: int, most: float, generator: torch.Generator | None) -> torch.Tensor:
    return (torch.rand(n, generator=generator) * 2 - 1) * most
