"""Which epoch's network is taken: the recipe's rule, on validation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from isthmus.learn.checkpoint import Epoch
from isthmus.learn.loss import recipe_loss
from isthmus.prediction import Probabilities
from isthmus.recipe import Recipe


def is_better(epoch: Epoch, best: Epoch, rule: str) -> bool:
    """Whether ``epoch`` replaces the ``best`` before it, by ``rule``: lowest "loss", highest "auc" or "last".

    Of equals the first stays, so that an undefined AUC never wins.
    """
    return _merit(epoch, rule) > _merit(best, rule)


def validation_loss(predictions: Probabilities, labels: npt.NDArray[np.int64], recipe: Recipe) -> float:
    """The weighted cross-entropy of Eq. (7) on validation, a nodule's mean."""
    p = torch.from_numpy(predictions.fused).clamp(1e-12, 1 - 1e-12)
    log_p = torch.stack([torch.log1p(-p), torch.log(p)], dim=1)
    return float(recipe_loss(torch.from_numpy(labels), log_p, recipe.changed(reduction="mean").loss))


def _merit(epoch: Epoch, rule: str) -> float:
    return {"loss": -epoch.validation_loss, "auc": epoch.auc, "last": float(epoch.epoch)}[rule]
