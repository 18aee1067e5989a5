"""The contour: of each cell of the map, what share of it lies in the nodule."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional

from isthmus.learn.beside.second_loss import SecondLoss, outputs
from isthmus.net.hybrid import Votes


def head(channels: int) -> nn.Module:
    """A logit a cell, (n, 1, h, w)."""
    return nn.Conv2d(channels, 1, kernel_size=1)


def loss(votes: Votes, targets: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The mean cross-entropy of the cells of each map, (n,); "contours" are (n, size, size), 0 outside and 1 inside, of
    which one without an inside costs nothing."""
    cells = outputs(votes)[:, 0]
    inside = functional.adaptive_avg_pool2d(targets["contours"].float(), (cells.shape[1], cells.shape[2]))
    each = functional.binary_cross_entropy_with_logits(cells, inside, reduction="none").mean(dim=(1, 2))
    return each * (inside.amax(dim=(1, 2)) > 0)


CONTOUR = SecondLoss(("contours",), loss, head)
