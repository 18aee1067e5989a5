"""The loss of Section III-D, Eq. 3-8. Labels are class indices; probabilities come as logarithms."""

from __future__ import annotations

import torch
from torch.nn import functional

from isthmus.nodule import Label
from isthmus.recipe import Loss


def cross_entropy(labels: torch.Tensor, log_p: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each class, Eq. (3): -y_c log p_c.

    ``labels`` (n,) of 0 benign or 1 malignant, below 0 where it isn't known, which costs nothing; ``log_p`` (n, 2).
    Returns (n, 2).
    """
    truth = (functional.one_hot(labels.clamp(min=0), len(Label)) * (labels >= 0)[:, None]).to(log_p.dtype)
    return -truth * log_p


def class_weights(malignant: float, benign: float) -> torch.Tensor:
    """The weights in the order of the classes, (2,), so that callers name them."""
    weights = torch.empty(len(Label))
    weights[Label.MALIGNANT], weights[Label.BENIGN] = malignant, benign
    return weights


def weighted_cross_entropy(
    labels: torch.Tensor, log_p: torch.Tensor, *, malignant: float = 3.0, benign: float = 2.0
) -> torch.Tensor:
    """Weighted cross-entropy of each image: Eq. (4) a class, Eq. (5) their sum, Eq. (6) and Eq. (7) for two classes.

    ``labels`` (n,), ``log_p`` (n, 2). Returns (n,): -(w_m y_m log p_m + w_b y_b log p_b).
    """
    return (class_weights(malignant, benign).to(log_p) * cross_entropy(labels, log_p)).sum(dim=-1)


def batch_loss(
    labels: torch.Tensor, log_p: torch.Tensor, *, malignant: float = 3.0, benign: float = 2.0
) -> torch.Tensor:
    """The loss of a batch, Eq. (8): the weighted cross-entropies *summed*, not averaged."""
    return weighted_cross_entropy(labels, log_p, malignant=malignant, benign=benign).sum()


def recipe_loss(labels: torch.Tensor, log_p: torch.Tensor, loss: Loss, batch: int | None = None) -> torch.Tensor:
    """Eq. (8) with the weights of ``loss``; divided by the batch where it asks for a mean.

    ``batch`` is the size of the batch where the labels are only a part of it.
    """
    total = batch_loss(labels, log_p, malignant=loss.weight_malignant, benign=loss.weight_benign)
    return total if loss.reduction == "sum" else total / (len(labels) if batch is None else batch)
