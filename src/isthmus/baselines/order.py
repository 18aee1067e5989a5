"""The place of a nodule's image among the files, and nothing of the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from isthmus.baselines.baseline import Baseline
from isthmus.data.audit.file_order import file_order
from isthmus.data.audit.order import NEIGHBOURS, SHARE
from isthmus.judge.metrics import Floats, Labels
from isthmus.nodule import Nodule
from isthmus.progress import Progress, silent

APART = 10_000_000  # between two sequences of names, so that none has a neighbour in another


def order_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """The place of each nodule's image in file order, (n, 1): its number, or its position where names hold none."""
    place: dict[str, float] = {}
    for number, series in enumerate(file_order(dict.fromkeys(nodule.image for nodule in nodules))):
        place.update((name, number * APART + float(at)) for name, at in zip(series.names, series.places, strict=True))
    return np.array([place[nodule.image] for nodule in nodules], np.float64).reshape(-1, 1)


class Nearest:
    """The mean label of the nearest training nodules: twice NEIGHBOURS, but at most two in SHARE."""

    def fit(self, features: Floats, labels: Labels) -> None:
        """Remembers the training nodules."""
        count = 2 * max(1, min(NEIGHBOURS, len(labels) // SHARE))
        self._model: Any = KNeighborsClassifier(n_neighbors=min(count, len(labels))).fit(features, labels)
        self.classes_ = self._model.classes_

    def predict_proba(self, features: Floats) -> Floats:
        """The share of each of ``classes_``, (n, classes)."""
        return np.asarray(self._model.predict_proba(features), np.float64)


def nearest(seed: int) -> Any:
    """The nearest training nodules; nothing in it is random."""
    return Nearest()


ORDER = Baseline(
    "File order",
    "Sees the place of the image among the files and no pixel: the mean label of the training nodules nearest to it.",
    1,
    order_features,
    nearest,
)
