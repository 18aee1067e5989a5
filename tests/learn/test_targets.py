"""Targets stay with their nodules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.learn.examples import Examples, digest
from isthmus.learn.targets import Targets
from isthmus.nodule import Box, Label, Nodule

NODULE = Nodule("1", "1", "1", Path("1.png"), Box(0, 0, 9, 9), label=Label.BENIGN, tirads="2")
OTHER = replace(NODULE, id="2", label=Label.MALIGNANT, tirads="4b")


def test_labels_and_grades_in_the_order_of_the_nodules() -> None:
    targets = Targets.of([OTHER, NODULE, OTHER])
    assert targets.labels.tolist() == [1, 0, 1]
    assert targets.tirads is not None
    assert targets.tirads.tolist() == [3, 0, 3]
    assert targets.take(np.array([1, 0])).arrays(["labels", "tirads"])["tirads"].tolist() == [0, 3]


def test_one_nodule_without_a_grade_leaves_none() -> None:
    assert Targets.of([OTHER, replace(NODULE, tirads="")]).tirads is None


def test_a_nodule_without_a_label_is_refused_and_not_left_out() -> None:
    with pytest.raises(ValueError, match="nodule 1 has no label"):
        Targets.of([OTHER, replace(NODULE, label=None), OTHER])
    with pytest.raises(ValueError, match="3 RoIs and 2 labels"):
        Examples(np.zeros((3, 4, 4, 3), np.uint8), Targets.of([OTHER, NODULE]))


def test_a_digest_is_over_the_targets_that_are_named() -> None:
    rois = np.zeros((2, 4, 4, 3), np.uint8)
    graded = Examples(rois, Targets.of([OTHER, NODULE]))
    regraded = Examples(rois, Targets.of([replace(OTHER, tirads="5"), NODULE]))
    assert digest(graded) == digest(regraded) == digest(Examples(rois, Targets(graded.labels)))
    assert digest(graded, targets=["tirads"]) != digest(regraded, targets=["tirads"])
    with pytest.raises(KeyError, match="tirads"):
        digest(Examples(rois, Targets(graded.labels)), targets=["tirads"])
