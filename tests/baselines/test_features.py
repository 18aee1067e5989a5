"""Features of boxes, contours and descriptors, checked by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.baselines.features import BOX_FEATURES, box_features, descriptor_features
from isthmus.errors import DataError
from isthmus.nodule import Box, ImageRef, Nodule


def nodule(number: int, **descriptors: str) -> Nodule:
    name = str(number)
    return Nodule(name, name, name, ImageRef(Path("none")), Box(0, 0, 4, 4), descriptors=descriptors)


def test_box_features_of_a_square_and_a_cross() -> None:
    square = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    notched = ((0.0, 0.0), (10.0, 0.0), (5.0, 5.0), (10.0, 10.0), (0.0, 10.0))
    features = box_features(
        [Nodule("a", "a", "a", ImageRef(Path("a")), Box(0, 0, 11, 22), own) for own in (square, notched)]
    )
    first = dict(zip(BOX_FEATURES, features[0], strict=True))
    assert (first["width"], first["height"], first["area"], first["height / width"]) == (11, 22, 242, 2)
    assert (first["contour area"], first["perimeter"], first["solidity"]) == (100, 40, 1)
    assert first["circularity"] == pytest.approx(np.pi / 4)
    assert dict(zip(BOX_FEATURES, features[1], strict=True))["solidity"] == pytest.approx(0.75)


def test_what_a_contour_does_not_have_is_missing() -> None:
    point = ((3.0, 3.0),) * 3
    features = box_features([Nodule("a", "a", "a", ImageRef(Path("a")), Box(0, 0, 4, 4), own) for own in ((), point)])
    assert np.isnan(features).sum(axis=1).tolist() == [4, 2]
    assert not np.isnan(features[:, :4]).any()


def test_codes_know_neither_order_nor_age() -> None:
    nodules = [nodule(0, margins="b"), nodule(1, margins="a", age="80", truncated="1"), nodule(2, margins="c")]
    assert descriptor_features(nodules)[:, 2].tolist() == [1, 0, 2]
    assert descriptor_features(nodules[::-1])[:, 2].tolist() == [2, 0, 1]
    assert np.isnan(descriptor_features(nodules)[:, [0, 1, 3]]).all()


def test_a_data_set_without_descriptors_is_refused() -> None:
    with pytest.raises(DataError, match=r"none of the 2 nodules has a descriptor .*Leave the baseline"):
        descriptor_features([nodule(0), nodule(1, truncated="1")])
