from __future__ import annotations

import numpy as np
import pytest

from isthmus.learn.proposal.pictures import Picture
from make.ellipse import ellipse
from proposal_baselines import Constant, Growing, best_constant, best_growing, iou
from proposal_tables import tables

BOX = (60.0, 50.0, 140.0, 110.0)
WHOLE = Constant(0.9, 0.9)


def test_iou_of_boxes_that_are_apart_the_same_and_half() -> None:
    assert iou((0, 0, 1, 1), (2, 2, 3, 3)) == 0
    assert iou(BOX, BOX) == 1
    assert iou((0, 0, 2, 1), (0, 0, 1, 1)) == 0.5


def test_a_constant_box_is_clipped_to_the_picture() -> None:
    assert Constant(0.5, 0.5)(np.zeros((100, 200), np.uint8), (10, 90)) == (0, 65, 60, 100)


def test_a_region_grows_to_the_edge_of_an_ellipse() -> None:
    pixels = ellipse(300, 200, BOX)
    assert iou(Growing(30, 2.0, WHOLE)(pixels, (100, 80)), BOX) > 0.7


def test_a_region_that_is_everything_gives_the_constant_box() -> None:
    flat = np.full((100, 200), 50, np.uint8)
    assert Growing(30, 2.0, WHOLE)(flat, (100, 50)) == WHOLE(flat, (100, 50))


def test_the_best_of_each_is_found() -> None:
    clicked = [(Picture(ellipse(300, 200, BOX, seed), BOX), (100.0, 80.0)) for seed in range(3)]
    constant = best_constant(clicked)
    assert (constant.across, constant.down) == pytest.approx((0.25, 0.3), abs=0.06)
    growing = best_growing(clicked, constant)
    assert iou(growing(*[clicked[0][0].pixels, clicked[0][1]]), BOX) > 0.7


def test_the_tables_have_n_groups_and_intervals() -> None:
    rows = [
        {
            "pictures": "DDTI",
            "nodule": str(i),
            "group": str(i // 2),
            "label": "malignant" if i % 3 else "benign",
            "network": 0.6 + 0.01 * i,
            "growing": 0.4,
            "constant": 0.5,
            "milliseconds": 5.0,
            "p_given": 0.1 * i,
            "p_proposed": 0.09 * i,
            "threshold": 0.5,
        }
        for i in range(10)
    ]
    text = tables(rows)
    assert "| DDTI | 10, 5 | network | 0.645 (0." in text
    assert "| DDTI | 10, 10 labelled |" in text
    assert "median 5.0, p95 5.0" in text
