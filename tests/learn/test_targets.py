"""Targets stay with their nodules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.learn.examples import Examples, digest
from isthmus.learn.targets import DESCRIPTORS, LACKING, Targets, has
from isthmus.nodule import Box, ImageRef, Label, Nodule
from isthmus.recipe import Recipe

NODULE = Nodule("1", "1", "1", ImageRef(Path("1.png")), Box(0, 0, 9, 9), label=Label.BENIGN, tirads="2")
OTHER = replace(NODULE, id="2", label=Label.MALIGNANT, tirads="4b")


def test_labels_and_grades_in_the_order_of_the_nodules() -> None:
    targets = Targets.of([OTHER, NODULE, OTHER])
    assert targets.labels.tolist() == [1, 0, 1]
    assert targets.tirads is not None
    assert targets.tirads.tolist() == [3, 0, 3]
    assert targets.take(np.array([1, 0])).arrays(["labels", "tirads"])["tirads"].tolist() == [0, 3]


def test_a_nodule_without_a_grade_or_a_label_lacks_it_and_keeps_its_place() -> None:
    targets = Targets.of([OTHER, replace(NODULE, tirads=""), replace(OTHER, label=None)])
    assert targets.tirads is not None
    assert targets.tirads.tolist() == [3, LACKING, 3]
    assert targets.labels.tolist() == [1, 0, LACKING]
    assert Targets.of([replace(NODULE, tirads="6")]).tirads is None


def test_a_nodule_has_what_its_annotation_gives() -> None:
    bare = replace(NODULE, tirads="", descriptors={"margins": "no such value", "age": "4"})
    assert not any(has(bare, target) for target in ("tirads", "descriptors", "contours"))
    assert has(NODULE, "tirads")
    assert has(replace(bare, descriptors={"margins": "spiculated"}), "descriptors")
    assert has(replace(bare, contour=((0, 0), (3, 0), (3, 3))), "contours")


def test_as_many_targets_as_rois() -> None:
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


def test_descriptors_are_columns_by_value_and_a_missing_one_is_nan() -> None:
    spiculated = replace(NODULE, descriptors={"margins": "spiculated", "composition": "no such value", "age": "4"})
    targets = Targets.of([spiculated, NODULE])
    assert targets.descriptors is not None
    columns = [(name, value) for name, values in DESCRIPTORS.items() for value in values]
    row = dict(zip(columns, targets.descriptors[0].tolist(), strict=True))
    margins = {value: number for (name, value), number in row.items() if name == "margins"}
    assert margins == dict.fromkeys(DESCRIPTORS["margins"], 0.0) | {"spiculated": 1.0}
    assert all(np.isnan(number) for (name, _), number in row.items() if name != "margins")
    assert np.isnan(targets.descriptors[1]).all()
    assert Targets.of([NODULE, OTHER]).descriptors is None


def test_contours_lie_on_the_rois(tmp_path: Path) -> None:
    Image.new("L", (60, 40)).save(tmp_path / "1.png")
    picture = ImageRef(tmp_path / "1.png")
    left = ((10.0, 10.0), (19.0, 10.0), (19.0, 29.0), (10.0, 29.0))
    drawn = replace(NODULE, picture=picture, box=Box(10, 10, 30, 30), contour=left)
    whole = replace(drawn, contour=((10.0, 10.0), (29.0, 10.0), (29.0, 29.0), (10.0, 29.0)))
    preparation = Recipe().changed(size=32, margin=0.0).preparation
    contours = Targets.of([drawn, whole], preparation).contours
    assert contours is not None
    assert contours.dtype == np.uint8
    assert contours.shape == (2, 32, 32)
    assert contours[0, :, :15].all()
    assert not contours[0, :, 17:].any()
    assert contours[1].all()
    assert Targets.of([drawn]).contours is None
    assert Targets.of([replace(drawn, contour=())], preparation).contours is None
    some = Targets.of([replace(drawn, contour=()), drawn], preparation).contours
    assert some is not None
    assert not some[0].any()
    assert (some[1] == contours[0]).all()
