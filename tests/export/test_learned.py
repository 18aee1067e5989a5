"""RoIs to calibrate and compare on: a sample, and no more prepared than is in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.export.learned import sample, samples
from isthmus.nodule import ImageRef
from make.training import TINY


@pytest.mark.parametrize("most", [(0, 3), (7, 5), (5, 5), (1, 1000)])
def test_samples_are_those_of_all_rois(phantom: Path, most: tuple[int, int]) -> None:
    nodules = open_source("phantom", phantom).labelled
    rois = prepare_all(nodules, TINY.preparation)
    for sampled, number in zip(samples(nodules, TINY.preparation, *most), most, strict=True):
        assert len(sampled) == min(number, len(nodules))
        np.testing.assert_array_equal(sampled, sample(rois, number))


def test_a_sample_is_spread_from_the_first_to_the_last() -> None:
    rois = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1)
    assert sample(rois, 4).ravel().tolist() == [0, 3, 6, 9]
    assert sample(rois, 11).ravel().tolist() == list(range(10))
    assert sample(rois, 0).shape == (0, 1, 1, 1)
    assert sample(rois[:0], 4).shape == (0, 1, 1, 1)


def test_no_picture_outside_the_samples_is_read(phantom: Path, tmp_path: Path) -> None:
    nodules = open_source("phantom", phantom).labelled[:9]
    gone = ImageRef(tmp_path / "gone.png")
    some = [one if at in (0, 4, 8) else replace(one, picture=gone) for at, one in enumerate(nodules)]
    calibration, proof = samples(some, TINY.preparation, 2, 3)
    expected = prepare_all([nodules[at] for at in (0, 4, 8)], TINY.preparation)
    np.testing.assert_array_equal(proof, expected)
    np.testing.assert_array_equal(calibration, expected[[0, 2]])
