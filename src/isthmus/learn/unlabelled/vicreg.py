"""What a network can learn of pictures without labels: two views of one give like features.

A. Bardes, J. Ponce and Y. LeCun, "VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning",
ICLR 2022, arXiv 2105.04906. Its batches may be small, and it needs no second network.
"""

from __future__ import annotations

import torch
from torch.nn import functional

INVARIANCE, VARIANCE, COVARIANCE = 25.0, 25.0, 1.0  # lambda, mu and nu (Section 4.2)
EPSILON = 1e-4


def vicreg(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """The loss of the features of two views of n >= 2 pictures, (n, d) each, to a number (their Eq. 6).

    Both views of a picture shall agree; each feature shall have a standard deviation of 1 or more over the batch, so
    that not all pictures get the same; and no two features shall go together.
    """
    one, other = one.float(), other.float()
    invariance = functional.mse_loss(one, other)
    spread = _lack_of_variance(one) + _lack_of_variance(other)
    together = _covariance(one) + _covariance(other)
    return INVARIANCE * invariance + VARIANCE * spread / 2 + COVARIANCE * together


def _lack_of_variance(features: torch.Tensor) -> torch.Tensor:
    deviation = torch.sqrt(features.var(dim=0) + EPSILON)
    return functional.relu(1 - deviation).mean()


def _covariance(features: torch.Tensor) -> torch.Tensor:
    """The squares of the covariances of different features, summed, for each feature."""
    n, d = features.shape
    centred = features - features.mean(dim=0)
    squares = (centred.T @ centred / (n - 1)) ** 2
    return (squares.sum() - squares.diagonal().sum()) / d
