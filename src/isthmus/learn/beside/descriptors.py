"""The reader's words: composition, echogenicity, margins and calcifications, those that are given of a nodule."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional

from isthmus.learn.beside.second_loss import SecondLoss, linear_head, outputs
from isthmus.learn.targets import DESCRIPTORS
from isthmus.net.hybrid import Votes

VALUES = sum(map(len, DESCRIPTORS.values()))


def head(channels: int) -> nn.Module:
    """A logit a value of a descriptor, in the order of ``Targets.descriptors``."""
    return linear_head(channels, VALUES)


def loss(votes: Votes, targets: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The mean cross-entropy of the values of each nodule's known descriptors, (n,); 0 where none is known."""
    words = targets["descriptors"]
    known = ~words.isnan()
    each = functional.binary_cross_entropy_with_logits(outputs(votes), words.nan_to_num(), reduction="none")
    return (each * known).sum(dim=1) / known.sum(dim=1).clamp(min=1)


READERS_WORDS = SecondLoss(("descriptors",), loss, head)
