"""Several networks as one: each looks at the centre of one RoI, as large a part as it learned from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from isthmus.errors import RecipeError
from isthmus.net.hybrid import HybridNet, Votes
from isthmus.recipe import Preparation, Recipe
from isthmus.recipes import shown


@dataclass(frozen=True)
class View:
    """What a member sees of the RoI: its central square of ``side`` pixels, brought to ``size``."""

    side: int
    size: int


def common(members: Sequence[Preparation]) -> Preparation:
    """The preparation whose RoI holds what every member sees, with at least its pixels.

    Raises RecipeError for members that see different things: one stretches, another doesn't; or windows of different
    margins that the image's edges clip (all but ``square``).
    """
    first, widest = members[0], max(one.margin for one in members)
    for one in members:
        if (one.resize, one.view) != (first.resize, first.view):
            raise RecipeError(
                "members of an ensemble differ in resize or view", remedy="Train them with the same resize and view."
            )
        if one.margin != widest and one.resize != "square":
            raise RecipeError(
                f"members with margins {one.margin:g} and {widest:g} can't share a window that is clipped",
                remedy="Train them with resize = square, or with one margin.",
            )
    size = max(math.ceil(one.size * (1 + 2 * widest) / (1 + 2 * one.margin)) for one in members)
    return first.model_copy(update={"margin": widest, "size": size})


def views(members: Sequence[Preparation]) -> tuple[View, ...]:
    """Each member's view of the RoI of their ``common`` preparation."""
    whole = common(members)
    share = [(1 + 2 * one.margin) / (1 + 2 * whole.margin) for one in members]
    return tuple(View(round(whole.size * part), one.size) for part, one in zip(share, members, strict=True))


def central(images: torch.Tensor, view: View) -> torch.Tensor:
    """The view of images (n, c, s, s): (n, c, size, size)."""
    start = (images.shape[-1] - view.side) // 2
    part = images[..., start : start + view.side, start : start + view.side]
    return part if view.side == view.size else resized(part, view.size, view.size)


def resized(images: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Images or maps (n, c, h, w) at another height and width: bilinear, antialiased where they get smaller."""
    antialias = height < images.shape[-2]
    return functional.interpolate(
        images, size=(height, width), mode="bilinear", align_corners=False, antialias=antialias
    )


def joined(votes: Sequence[Votes], crops_of: int) -> Votes:
    """One vote of many: ``whole`` and ``fused`` are the means of the members' log-odds; ``crops`` are those of the
    member ``crops_of``. Eq. (1) holds in each member, not between these means."""

    def mean(log_p: list[torch.Tensor]) -> torch.Tensor:
        return functional.log_softmax(torch.stack(log_p).mean(0), dim=-1)

    return Votes(mean([one.whole for one in votes]), votes[crops_of].crops, mean([one.fused for one in votes]))


class Ensemble(nn.Module):
    """The networks of these recipes on one RoI, as ``common`` prepares it. Raises RecipeError as ``common`` does."""

    def __init__(self, recipes: Sequence[Recipe], members: Sequence[HybridNet]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.views = views([recipe.preparation for recipe in recipes])
        self.shown = shown(recipes)

    def forward(self, images: torch.Tensor) -> Votes:
        """The Votes on ``images``, RGB in 0 .. 1, (n, 3, s, s)."""
        read = [member(central(images, view)) for member, view in zip(self.members, self.views, strict=True)]
        return joined(read, self.shown)
