"""Cheap baselines: what a network has to beat before it is shown to read the nodule.

Each is fitted on the training nodules of a split and predicts P(malignant) of the test nodules, as a network does. The
features are computed once for each nodule, without its label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from isthmus import seeds
from isthmus.baselines.features import box_features, descriptor_features, no_features
from isthmus.baselines.frozen import trunk_features
from isthmus.baselines.texture import border_features, texture_features
from isthmus.data.split import Indices
from isthmus.errors import SplitError
from isthmus.judge.metrics import Floats, Labels
from isthmus.nodule import Label, Nodule
from isthmus.progress import Progress

MOST_STEPS = 5000  # far more than the solver needs, so that it never stops early


@dataclass(frozen=True)
class Baseline:
    """One row of a table: what it sees of a nodule, and what learns from that.

    ``about`` is a sentence for a report. ``version`` rises with any change that changes a prediction. ``features``
    gives (n, k), nan where missing; ``classifier`` makes a scikit-learn classifier of a seed.
    """

    title: str
    about: str
    version: int
    features: Callable[[Sequence[Nodule], Progress], Floats]
    classifier: Callable[[int], Any]


def predicted(
    baseline: Baseline, features: Floats, labels: Labels, train: Indices, test: Indices, seed: int = 0
) -> Floats:
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
    classifier = baseline.classifier(seeds.of_32_bits(seed))
    with threadpool_limits(1):  # so few nodules gain nothing by threads, and lose a minute on a busy machine
        classifier.fit(features[train], train_labels)
        p = classifier.predict_proba(features[test])
    return np.asarray(p[:, classifier.classes_.tolist().index(int(Label.MALIGNANT))], dtype=np.float64)


def prior(seed: int) -> Any:
    """Predicts the training nodules' share of malignant ones for every nodule."""
    return DummyClassifier(strategy="prior", random_state=seed)


def line_on_numbers(seed: int) -> Any:
    """Logistic regression on standardised numbers; a missing one is replaced by the training nodules' median."""
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=MOST_STEPS, random_state=seed),
    )


def line_on_categories(seed: int) -> Any:
    """Logistic regression on categories, one-hot; missing is one of them; one that training lacks is all zeros."""
    return make_pipeline(
        OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=MOST_STEPS, random_state=seed)
    )


def linear_probe(seed: int) -> Any:
    """Logistic regression on more standardised features than nodules, hence the strong regularisation."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=MOST_STEPS, random_state=seed))


def boosted_trees(seed: int) -> Any:
    """Histogram gradient boosting, small trees; settings are for hundreds of nodules and were never tuned."""
    return make_pipeline(
        # The trees take nan, but not a feature that is nan throughout, as when every nodule fills its image.
        SimpleImputer(strategy="constant", fill_value=-1.0, keep_empty_features=True),
        HistGradientBoostingClassifier(
            learning_rate=0.05,
            max_iter=150,
            max_leaf_nodes=8,
            min_samples_leaf=10,
            l2_regularization=1.0,
            max_features=0.3,
            early_stopping=False,
            random_state=seed,
        ),
    )


# name -> baseline, in the order of a table's rows
BASELINES: Mapping[str, Baseline] = {
    "majority": Baseline(
        "Majority",
        "Sees nothing: says the training nodules' share of malignant ones of every nodule.",
        1,
        no_features,
        prior,
    ),
    "box": Baseline(
        "Box size and shape",
        "Sees the size and shape of the drawn outline and no pixel of the image: logistic regression on width, height, "
        "area, height to width, and the contour's area, perimeter, circularity and solidity.",
        1,
        box_features,
        line_on_numbers,
    ),
    "descriptors": Baseline(
        "Reader's descriptors",
        "Sees what the reader wrote of composition, echogenicity, margins and calcifications, from which TI-RADS is "
        "itself derived, and no pixel of the image: logistic regression on their categories, missing being one.",
        1,
        descriptor_features,
        line_on_categories,
    ),
    "texture": Baseline(
        "Texture",
        "Sees the nodule's box as grey levels, local binary patterns and co-occurrences, without knowing where in the "
        "box they are: gradient-boosted trees.",
        1,
        texture_features,
        boosted_trees,
    ),
    "frozen-trunk": Baseline(
        "Frozen ImageNet trunk",
        "Sees the RoI through an EfficientNet-Lite0 that was trained on photographs and never on ultrasound: logistic "
        "regression on its 1280 averaged features.",
        1,
        trunk_features,
        linear_probe,
    ),
    "border": Baseline(
        "Border only (the nodule masked out)",
        "Sees the texture around the nodule, the nodule itself masked out; if it does well, the surroundings or "
        "something drawn into them tell the label: gradient-boosted trees.",
        1,
        border_features,
        boosted_trees,
    ),
}
