"""TI-RADS in its order: of each category but the last, whether the nodule is beyond it.

E. Frank and M. Hall, "A simple approach to ordinal classification", ECML 2001, doi 10.1007/3-540-44795-4_13; in one
network Z. Niu et al., CVPR 2016, doi 10.1109/CVPR.2016.532.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional

from isthmus.data.labels import TIRADS
from isthmus.learn.beside.second_loss import SecondLoss, linear_head, outputs
from isthmus.net.hybrid import Votes

STEPS = len(TIRADS) - 1


def head(channels: int) -> nn.Module:
    """A logit a step from one category to the next."""
    return linear_head(channels, STEPS)


def loss(votes: Votes, targets: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The mean over the steps of their cross-entropies, (n,); "tirads" are positions in ``data.labels.TIRADS``, below 0
    where there is none, which costs nothing."""
    grades = targets["tirads"]
    beyond = (grades[:, None] > torch.arange(STEPS, device=grades.device)).float()
    each = functional.binary_cross_entropy_with_logits(outputs(votes), beyond, reduction="none").mean(dim=1)
    return each * (grades >= 0)


ORDINAL_TIRADS = SecondLoss(("tirads",), loss, head)
