"""The reader's descriptors as categories."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.baselines.descriptors import descriptor_features
from isthmus.errors import DataError
from isthmus.judge.metrics import auc
from make.baseline import LABELS, TEST, N, nodule, predictions


def test_codes_depend_neither_on_order_nor_on_age() -> None:
    nodules = [nodule(0, margins="b"), nodule(1, margins="a", age="80", truncated="1"), nodule(2, margins="c")]
    assert descriptor_features(nodules)[:, 2].tolist() == [1, 0, 2]
    assert descriptor_features(nodules[::-1])[:, 2].tolist() == [2, 0, 1]
    assert np.isnan(descriptor_features(nodules)[:, [0, 1, 3]]).all()


def test_a_data_set_without_descriptors_is_refused() -> None:
    with pytest.raises(DataError, match=r"none of the 2 nodules has a descriptor .*Leave the baseline"):
        descriptor_features([nodule(0), nodule(1, truncated="1")])


def test_descriptors_tell_what_the_reader_wrote() -> None:
    written = ["spiculated", "microlobulated"], ["smooth", "well defined"]
    nodules = [nodule(i, margins=written[1 - label][i // 2 % 2]) for i, label in enumerate(LABELS)]
    assert auc(LABELS[TEST], predictions("descriptors", descriptor_features(nodules))) == 1.0


def test_missing_is_a_category_and_a_word_unknown_to_training_is_none() -> None:
    nodules = [nodule(i, **({"composition": "solid"} if label else {})) for i, label in enumerate(LABELS)]
    nodules[50] = nodule(50, composition="spongiform", echogenicity="isoechogenicity")
    features = descriptor_features(nodules)
    assert features.shape == (N, 4)
    assert np.isnan(features[:, 2:]).all()
    p = predictions("descriptors", features)
    benign = np.delete(p[::2], 5)
    assert benign.max() < p[10] < p[1::2].min()
