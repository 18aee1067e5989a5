"""A second loss beside the weighted cross-entropy of Eq. (8), by name: the paper has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from isthmus.errors import RecipeError
from isthmus.learn.beside.contour import CONTOUR
from isthmus.learn.beside.descriptors import READERS_WORDS
from isthmus.learn.beside.second_loss import SecondLoss
from isthmus.learn.beside.tirads import ORDINAL_TIRADS
from isthmus.learn.targets import Targets
from isthmus.net.hybrid import Votes
from isthmus.nodule import Nodule
from isthmus.progress import Progress, silent
from isthmus.recipe import Loss, Recipe

SECOND_LOSSES: Mapping[str, SecondLoss | None] = {
    "none": None,
    "tirads": ORDINAL_TIRADS,
    "descriptors": READERS_WORDS,
    "contour": CONTOUR,
}


def second_loss(name: str) -> SecondLoss | None:
    """The second loss called ``name``, None for "none". Raises RecipeError for an unknown name."""
    if name not in SECOND_LOSSES:
        raise RecipeError(f"no second loss {name!r}", remedy=f"Use {', '.join(SECOND_LOSSES)}.")
    return SECOND_LOSSES[name]


def weighted(
    second: SecondLoss, votes: Votes, targets: Mapping[str, torch.Tensor], loss: Loss, batch: int
) -> torch.Tensor:
    """The second loss of a part of a ``batch``, times its weight, summed or averaged as Eq. (8) is."""
    total = loss.second_weight * second.loss(votes, targets).sum()
    return total if loss.reduction == "sum" else total / batch


def targets_of(
    nodules: Sequence[Nodule], recipe: Recipe, progress: Progress = silent, beside: Sequence[Nodule] = ()
) -> Targets:
    """The targets of labelled nodules, and behind them of those ``beside`` them, of which no label is read; contours
    only where the recipe's second loss names them.

    Raises RecipeError where the data lack what that loss needs, ValueError where one of the ``nodules`` has no label,
    and what ``Targets.of`` raises.
    """
    if unlabelled := [nodule.id for nodule in nodules if nodule.label is None]:
        raise ValueError(f"nodule {unlabelled[0]} has no label")
    second = second_loss(recipe.loss.second)
    drawn = second is not None and "contours" in second.targets
    every = (*nodules, *(replace(nodule, label=None) for nodule in beside))
    targets = Targets.of(every, recipe.preparation if drawn else None, progress)
    refuse_lacking(recipe.loss.second, targets)
    return targets


def refuse_lacking(name: str, targets: Targets) -> None:
    """Raises RecipeError unless ``targets`` has what the second loss called ``name`` needs."""
    second = second_loss(name)
    for target in second.targets if second else ():
        if getattr(targets, target) is None:
            raise RecipeError(f"second = {name} needs {target}, which the data lack", remedy="Set second = none.")
