"""The baseline that sees nothing."""

from __future__ import annotations

import numpy as np

from isthmus.baselines.majority import no_features
from make.baseline import TEST, N, nodule, predictions


def test_it_predicts_the_training_nodules_share_of_malignant_ones() -> None:
    labels = (np.arange(N) % 4 == 0).astype(np.int64)
    labels[TEST] = 1
    features = no_features([nodule(i) for i in range(N)])
    assert predictions("majority", features, labels).tolist() == [0.25] * 20
