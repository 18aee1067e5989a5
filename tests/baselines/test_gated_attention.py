"""The classifier of bags: one telling window among many is learned from, and gets the weight."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.baselines.gated_attention import GatedAttention
from isthmus.judge.metrics import Floats, Labels, auc

SIZE, WINDOWS = 6, 5


def bags(n: int, seed: int) -> tuple[Floats, Labels, Labels]:
    """Bags of noise; one window of each malignant bag, at the place that comes back, is of another kind."""
    chance = np.random.default_rng(seed)
    windows = chance.normal(size=(n, WINDOWS, SIZE))
    labels, places = np.arange(n) % 2, chance.integers(0, WINDOWS - 1, n)
    windows[labels == 1, places[labels == 1], 0] += 6
    windows[::3, -1] = np.nan  # some have a window less
    return windows.reshape(n, -1), labels, places


@pytest.fixture(scope="module")
def learned() -> GatedAttention:
    features, labels, _ = bags(120, 0)
    return GatedAttention(SIZE, seed=3).fit(features, labels)


def test_one_window_tells_a_bag(learned: GatedAttention) -> None:
    features, labels, _ = bags(80, 1)
    probabilities = learned.predict_proba(features)
    assert probabilities.shape == (80, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert auc(labels, probabilities[:, 1]) > 0.9


def test_the_window_that_tells_has_the_weight(learned: GatedAttention) -> None:
    features, labels, places = bags(80, 1)
    weights = learned.weights(features)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
    malignant = labels == 1
    assert (weights[malignant].argmax(axis=1) == places[malignant]).mean() > 0.8


def test_windows_that_are_not_there_have_none(learned: GatedAttention) -> None:
    features, _, _ = bags(30, 2)
    weights = learned.weights(features)
    assert (weights[::3, -1] == 0).all()
    assert (weights[1::3, -1] > 0).all()


def test_the_order_of_windows_does_not_count(learned: GatedAttention) -> None:
    features, _, _ = bags(30, 2)
    turned = features.reshape(30, WINDOWS, SIZE)[:, ::-1].reshape(30, -1)
    np.testing.assert_allclose(learned.predict_proba(turned), learned.predict_proba(features), atol=1e-5)


def test_the_seed_decides_and_leaves_the_random_state_alone() -> None:
    import torch

    features, labels, _ = bags(20, 4)
    before = torch.random.get_rng_state()
    one, same, other = (GatedAttention(SIZE, seed).fit(features, labels).predict_proba(features) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
