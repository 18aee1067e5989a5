"""Augmentation within what an ultrasound machine and its operator can cause, and a generic one to compare it with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch.nn import functional
from torchvision.transforms import TrivialAugmentWide

from isthmus.errors import RecipeError
from isthmus.learn.processes import Share
from isthmus.recipe import Augmentation


def augment(
    images: torch.Tensor, to: Augmentation, generator: torch.Generator | None = None, share: Share | None = None
) -> torch.Tensor:
    """Changes each image of a batch (n, 3, h, w), RGB in 0 .. 1, within the limits of ``to``; the same shape back.

    Channels behind the third are masks: they move with their image and keep their values.
    Left-right flip, shift, scale and rotation; gain (contrast and brightness); attenuation with depth; speckle.
    Up and down are never exchanged: depth, shadow and enhancement run one way. Where ``images`` are a ``share`` of a
    batch, they change as they would within the whole of it. Raises RecipeError for masks under the policy trivial,
    whose changes move the images alone.
    """
    draws = Draws(Share(len(images)) if share is None else share, generator, images.device)
    if to.policy == "trivial":
        if images.shape[1] > 3:
            raise RecipeError("policy = 'trivial' can't move contours", where="recipe", remedy="Set policy = own.")
        mirrored = _each(draws.uniform() < to.flip)
        return _trivial(torch.where(mirrored, images.flip(-1), images), draws)
    if to.flip or to.shift or to.scale or to.rotation:
        images = _move(images, to, draws)
    if to.gain or to.attenuation or to.speckle:
        colours = _regain(images[:, :3], to, draws)
        images = colours if images.shape[1] == 3 else torch.cat([colours, images[:, 3:]], 1)
    return images


def augment_with_targets(
    images: torch.Tensor, targets: Mapping[str, torch.Tensor], to: Augmentation, share: Share
) -> tuple[torch.Tensor, Mapping[str, torch.Tensor]]:
    """``augment`` of images (n, 3, h, w) and, among their targets by name, of contours uint8 (n, h, w), 0 or 1."""
    if "contours" not in targets:
        return augment(images, to, share=share), targets
    augmented = augment(torch.cat([images, targets["contours"][:, None].float()], 1), to, share=share)
    return augmented[:, :3], {**targets, "contours": (augmented[:, 3] > 0.5).byte()}


@dataclass(frozen=True)
class Draws:
    """Random numbers for a share of a batch: those of the whole batch are drawn, then the share's are taken.

    Numbers an image are drawn on the CPU, alike for every ``device``; fields, which are large, on the device.
    """

    share: Share
    generator: torch.Generator | None
    device: torch.device

    def uniform(self) -> torch.Tensor:
        """One number in 0 .. 1 an image."""
        return torch.rand(self.share.n, generator=self.generator)[self.share.rows].to(self.device)

    def spread(self, most: float) -> torch.Tensor:
        """One number in -``most`` .. ``most`` an image."""
        return (self.uniform() * 2 - 1) * most

    def seeds(self) -> list[int]:
        """The seed of a random state an image."""
        return torch.randint(1 << 62, (self.share.n,), generator=self.generator)[self.share.rows].tolist()

    def normal(self, height: int, width: int) -> torch.Tensor:
        """A field of normal numbers an image, (share, 1, height, width)."""
        shape, on_cpu = (self.share.n, 1, height, width), self.device.type == "cpu"
        if on_cpu or self.generator is None:
            drawn = torch.randn(shape, generator=self.generator, device=self.device)
        else:
            drawn = torch.randn(shape, generator=self.generator).to(self.device)
        return drawn[self.share.rows]


def _move(images: torch.Tensor, to: Augmentation, draws: Draws) -> torch.Tensor:
    angle = draws.spread(to.rotation * math.pi / 180)
    factor = 1 + draws.spread(to.scale)
    mirror = torch.where(draws.uniform() < to.flip, -1.0, 1.0)
    across, down = (draws.spread(2 * to.shift) for _ in range(2))
    if not len(images):  # a process may have none of a small batch
        return images
    cosine, sine = torch.cos(angle) / factor, torch.sin(angle) / factor
    rows = [torch.stack([cosine * mirror, -sine, across], 1), torch.stack([sine * mirror, cosine, down], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _regain(images: torch.Tensor, to: Augmentation, draws: Draws) -> torch.Tensor:
    contrast = 1 + draws.spread(to.gain)
    brightness = draws.spread(to.gain / 2)
    fall = draws.uniform() * to.attenuation
    height, width = images.shape[2:]
    depth = torch.linspace(0, 1, height, device=images.device).view(1, 1, height, 1)
    images = images * _each(contrast)
    images.add_(_each(brightness)).mul_(1 - _each(fall) * depth)  # in place: images are large, and this is a copy
    if to.speckle:
        images.mul_(draws.normal(height, width).mul_(to.speckle).add_(1))
    return images.clamp_(0, 1)


class Upright(TrivialAugmentWide):  # type: ignore[misc]
    """One random change of random strength an image: TrivialAugment (Wide) as in torchvision (Mueller and Hutter,
    ICCV 2021, doi 10.1109/ICCV48922.2021.00081), its rotation cut from 135 to 45 degrees: depth keeps its direction.
    """

    def _augmentation_space(self, num_bins: int) -> dict[str, tuple[torch.Tensor, bool]]:
        rotation = torch.linspace(0.0, 45.0, num_bins)
        return {**super()._augmentation_space(num_bins), "Rotate": (rotation, True)}


def _trivial(images: torch.Tensor, draws: Draws) -> torch.Tensor:
    change, changed = Upright(), []
    for image, seed in zip(images.mul(255).round().byte(), draws.seeds(), strict=True):
        with torch.random.fork_rng(devices=()):  # it draws as many numbers as it likes from torch's own generator
            torch.manual_seed(seed)
            changed.append(change(image))
    return torch.stack(changed).to(images.dtype) / 255 if changed else images


def _each(values: torch.Tensor) -> torch.Tensor:
    """One value an image, in the shape that images are multiplied in."""
    return values.view(-1, 1, 1, 1)
