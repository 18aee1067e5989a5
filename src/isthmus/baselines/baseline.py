"""What a baseline is: features of a nodule without its label, and a classifier that learns from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from isthmus import seeds
from isthmus.data.split import Indices
from isthmus.errors import SplitError
from isthmus.judge.metrics import Floats, Labels
from isthmus.nodule import Label, Nodule
from isthmus.progress import Progress

MOST_STEPS = 5000  # of a logistic regression: far more than the solver needs, so that it never stops early


@dataclass(frozen=True)
class Baseline:
    """One row of a table: the features of a nodule that it sees, and the classifier that learns from them.

    ``about`` is a sentence for a report. ``version`` rises with any change that changes a prediction. ``features``
    gives (n, k), nan where missing; ``classifier`` makes a scikit-learn classifier of a seed. ``requires`` is the
    module beyond those of training that the features need, "" for none.
    """

    title: str
    about: str
    version: int
    features: Callable[[Sequence[Nodule], Progress], Floats]
    classifier: Callable[[int], Any]
    requires: str = ""

    def predict(self, features: Floats, labels: Labels, train: Indices, test: Indices, seed: int = 0) -> Floats:
        """P(malignant) (len(test),), in 0 .. 1, of the test nodules by a classifier fitted on the training nodules.

        ``features`` (n, k) and ``labels`` (n,) are of all nodules; the labels of the test nodules are not used.
        Raises SplitError if the training nodules are all benign or all malignant.
        """
        train_labels = labels[train]
        if len(np.unique(train_labels)) < 2:
            raise SplitError(
                f"the {len(train_labels)} training nodules don't have both labels",
                remedy="Give more data, or another split.",
            )
        classifier = self.classifier(seeds.of_32_bits(seed))
        with threadpool_limits(1):  # so few nodules gain nothing by threads, and lose a minute on a busy machine
            classifier.fit(features[train], train_labels)
            probabilities = classifier.predict_proba(features[test])
        malignant = classifier.classes_.tolist().index(int(Label.MALIGNANT))
        return np.asarray(probabilities[:, malignant], dtype=np.float64)
