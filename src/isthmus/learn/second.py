"""A second loss beside the weighted cross-entropy of Eq. (8), by name: the paper has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from isthmus.errors import RecipeError
from isthmus.learn.targets import Targets
from isthmus.net.hybrid import Head, Votes
from isthmus.recipe import Loss


@dataclass(frozen=True)
class SecondLoss:
    """A loss of each image, (n,), from its votes and the ``targets`` that it names (fields of ``Targets``).

    ``head``, if any, reads the maps beside the branches; its output is ``votes.second``. It takes part in training
    only, and is in no bundle.
    """

    targets: tuple[str, ...]
    loss: Callable[[Votes, Mapping[str, torch.Tensor]], torch.Tensor]
    head: Head | None = None


SECOND_LOSSES: Mapping[str, SecondLoss | None] = {"none": None}


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


def refuse_lacking(name: str, *parts: Targets) -> None:
    """Raises RecipeError unless all ``parts`` have the targets that the second loss called ``name`` needs."""
    needed = second_loss(name)
    for target in needed.targets if needed else ():
        if any(getattr(part, target) is None for part in parts):
            raise RecipeError(f"second = {name} needs {target}, which the data lack", remedy="Set second = none.")
