"""File order: the nearest training nodules of one sequence say the label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isthmus.baselines.order import APART, ORDER, order_features
from isthmus.judge.metrics import auc
from make.baseline import nodule


def test_the_place_is_the_number_in_the_name() -> None:
    nodules = [replace(nodule(i), image=name) for i, name in enumerate(["a12", "a10", "b3", "a10"])]
    assert order_features(nodules).tolist() == [[2], [0], [APART], [0]]


def test_stretches_of_one_label_are_told_by_their_neighbours() -> None:
    labels = np.arange(200) // 20 % 2
    features = order_features([replace(nodule(i), image=f"{i:04}") for i in range(200)])
    every_fifth = np.arange(0, 200, 5)
    p = ORDER.predict(features, labels, np.setdiff1d(np.arange(200), every_fifth), every_fifth)
    assert auc(labels[every_fifth], p) > 0.95
