"""What holds of every baseline: no label of a test nodule reaches a prediction, and the seed decides."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from isthmus.baselines.table import BASELINES
from isthmus.data.split import Indices
from isthmus.errors import SplitError
from isthmus.judge.metrics import Floats, auc
from make.baseline import LABELS, TEST, TRAIN, N, predictions


def random_features(columns: int = 5, seed: int = 0) -> Floats:
    features = np.random.default_rng(seed).normal(size=(N, columns))
    features[::7, 0] = np.nan
    return features


def codes(seed: int = 0) -> Floats:
    return np.random.default_rng(seed).integers(0, 3, (N, 4)).astype(np.float64)


FEATURES = {
    "box": random_features(),
    "texture": random_features(),
    "border": random_features(),
    "square-border": random_features(),
    "frozen-trunk": np.nan_to_num(random_features()),
    "frames": np.random.default_rng(0).normal(size=(N, 2 * 1280)),
}


def suitable(name: str) -> Floats:
    """Features such as the baseline's classifier takes, codes for one that isn't in FEATURES."""
    return FEATURES.get(name, codes()).copy()


def test_names_in_stored_runs_still_name_a_baseline() -> None:
    assert {"majority", "box", "descriptors", "texture", "frozen-trunk", "border"} <= set(BASELINES)


def test_titles_are_distinct_and_what_a_baseline_sees_is_a_sentence() -> None:
    assert len({baseline.title for baseline in BASELINES.values()}) == len(BASELINES)
    assert all(baseline.about.endswith(".") and baseline.version >= 1 for baseline in BASELINES.values())


@pytest.mark.parametrize("name", BASELINES)
def test_it_travels_to_another_process(name: str) -> None:
    assert pickle.loads(pickle.dumps(BASELINES[name])) == BASELINES[name]


@pytest.mark.parametrize("name", BASELINES)
def test_probabilities_of_the_test_nodules_in_their_order(name: str) -> None:
    p = predictions(name, suitable(name))
    assert p.shape == (20,)
    assert ((p >= 0) & (p <= 1)).all()
    backwards = BASELINES[name].predict(suitable(name), LABELS, TRAIN, TEST[::-1])
    np.testing.assert_allclose(backwards[::-1], p)


@pytest.mark.parametrize("name", BASELINES)
def test_the_labels_of_the_test_nodules_are_never_looked_at(name: str) -> None:
    other = LABELS.copy()
    other[TEST] = 1 - other[TEST]
    np.testing.assert_array_equal(predictions(name, suitable(name)), predictions(name, suitable(name), other))


@pytest.mark.parametrize("name", BASELINES)
def test_the_features_of_the_other_test_nodules_change_nothing(name: str) -> None:
    other = suitable(name)
    other[TEST[1:]] = other[TEST[1:]][::-1] + 1
    assert predictions(name, suitable(name))[0] == predictions(name, other)[0]


@pytest.mark.parametrize("name", [name for name in BASELINES if name != "majority"])
def test_the_labels_of_the_training_nodules_matter(name: str) -> None:
    other = LABELS.copy()
    other[TRAIN] = 1 - other[TRAIN]
    assert not np.array_equal(predictions(name, suitable(name)), predictions(name, suitable(name), other))


@pytest.mark.parametrize("name", BASELINES)
def test_the_seed_decides(name: str) -> None:
    np.testing.assert_array_equal(predictions(name, suitable(name), seed=3), predictions(name, suitable(name), seed=3))


def test_trees_of_another_seed_differ() -> None:
    assert not np.array_equal(
        predictions("texture", random_features(), seed=3), predictions("texture", random_features(), seed=4)
    )


@pytest.mark.parametrize("name", BASELINES)
def test_malignant_is_the_positive_class(name: str) -> None:
    features = np.repeat(LABELS[:, None], 1280 if name == "frames" else 2, axis=1).astype(np.float64)
    p = predictions(name, features)
    assert auc(LABELS[TEST], p) == (0.5 if name == "majority" else 1.0)


@pytest.mark.parametrize("name", BASELINES)
def test_one_label_only_is_refused(name: str) -> None:
    train: Indices = np.arange(0, 40, 2)
    with pytest.raises(SplitError, match=r"the 20 training nodules don't have both labels. Give"):
        BASELINES[name].predict(suitable(name), LABELS, train, TEST)


@pytest.mark.parametrize("name", ["box", "texture", "border", "square-border", "calipers"])
def test_a_feature_missing_throughout_says_nothing(name: str) -> None:
    p = predictions(name, np.full((N, 3), np.nan))
    np.testing.assert_allclose(p, 0.5, atol=1e-6)
