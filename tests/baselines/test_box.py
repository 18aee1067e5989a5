"""Size and shape of outlines, checked by hand, and what is learnt from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.baselines.box import BOX_FEATURES, box_features
from isthmus.judge.metrics import auc
from isthmus.nodule import Box, ImageRef, Nodule
from make.baseline import LABELS, TEST, N, nodule, predictions


def test_box_features_of_a_square_and_a_cross() -> None:
    square = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    notched = ((0.0, 0.0), (10.0, 0.0), (5.0, 5.0), (10.0, 10.0), (0.0, 10.0))
    features = box_features(
        [Nodule("a", "a", "a", ImageRef(Path("a")), Box(0, 0, 11, 22), contour) for contour in (square, notched)]
    )
    first = dict(zip(BOX_FEATURES, features[0], strict=True))
    assert (first["width"], first["height"], first["area"], first["height / width"]) == (11, 22, 242, 2)
    assert (first["contour area"], first["perimeter"], first["solidity"]) == (100, 40, 1)
    assert first["circularity"] == pytest.approx(np.pi / 4)
    assert dict(zip(BOX_FEATURES, features[1], strict=True))["solidity"] == pytest.approx(0.75)


def test_what_a_contour_does_not_have_is_missing() -> None:
    point = ((3.0, 3.0),) * 3
    features = box_features(
        [Nodule("a", "a", "a", ImageRef(Path("a")), Box(0, 0, 4, 4), contour) for contour in ((), point)]
    )
    assert np.isnan(features).sum(axis=1).tolist() == [4, 2]
    assert not np.isnan(features[:, :4]).any()


def test_box_tells_big_from_small() -> None:
    sizes = np.random.default_rng(1).uniform(10, 30, N) + 30 * LABELS
    features = box_features([nodule(i, size, size) for i, size in enumerate(sizes)])
    assert auc(LABELS[TEST], predictions("box", features)) == 1.0


def test_box_tells_taller_than_wide() -> None:
    draw = np.random.default_rng(2)
    nodules = [
        nodule(i, *(size, size * 0.7)[:: -1 if label else 1])
        for i, (label, size) in enumerate(zip(LABELS, draw.uniform(10, 90, N), strict=True))
    ]
    assert auc(LABELS[TEST], predictions("box", box_features(nodules))) > 0.95


def test_nodules_without_a_contour_are_predicted_among_others() -> None:
    nodules = [nodule(i, 10 + 20 * label) for i, label in enumerate(LABELS)]
    bare = [Nodule(n.id, n.image, n.patient, n.picture, n.box) if int(n.id) % 3 else n for n in nodules]
    assert auc(LABELS[TEST], predictions("box", box_features(bare))) == 1.0
