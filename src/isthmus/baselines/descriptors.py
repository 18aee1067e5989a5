"""What the reader wrote of a nodule, without a pixel of the image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from isthmus.baselines.baseline import MOST_STEPS, Baseline
from isthmus.data.readers.ddti import DESCRIPTORS as NAMES
from isthmus.errors import DataError
from isthmus.judge.metrics import Floats
from isthmus.nodule import Nodule
from isthmus.progress import Progress, silent


def descriptor_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """The reader's descriptors as codes, (n, 4), nan where one is missing.

    A code is the place of the text among all texts of that descriptor, in alphabetical order, and no more than
    a name. Age and sex are not descriptors. Raises DataError if no nodule has any descriptor.
    """
    texts = [[nodule.descriptors.get(name, "") for name in NAMES] for nodule in nodules]
    if not any(text for row in texts for text in row):
        raise DataError(
            f"none of the {len(nodules)} nodules has a descriptor ({', '.join(NAMES)})",
            remedy="Leave the baseline 'descriptors' out for this data set.",
        )
    columns = [list(column) for column in zip(*texts, strict=True)]
    codes = [{text: place for place, text in enumerate(sorted(set(column) - {""}))} for column in columns]
    return np.array([[code.get(text, math.nan) for text, code in zip(row, codes, strict=True)] for row in texts])


def line_on_categories(seed: int) -> Any:
    """Logistic regression on categories, one-hot; missing is one of them; one that training lacks is all zeros."""
    return make_pipeline(
        OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=MOST_STEPS, random_state=seed)
    )


DESCRIPTORS = Baseline(
    "Reader's descriptors",
    "Sees what the reader wrote of composition, echogenicity, margins and calcifications, from which TI-RADS is "
    "itself derived, and no pixel of the image: logistic regression on their categories, missing being one.",
    1,
    descriptor_features,
    line_on_categories,
)
