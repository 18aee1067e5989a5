"""What the authors' split lets through: duplicates and neighbours of test pictures in training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from isthmus.data.audit.duplicates import Duplicates, Pair
from isthmus.data.audit.leaks.authors import SplitLeaks, split_leaks
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.nodule import Box, ImageRef, Nodule

NONE = Duplicates()


def leaks(lists: Mapping[int, str], duplicates: Duplicates = NONE, looks: str = "") -> SplitLeaks | None:
    """The leaks of a split of images by number; ``looks`` are the numbers of those that look alike."""
    images = [ImageRecord(f"{number:03}", ImageRef(Path(f"{number:03}")), "", 1, 1) for number in lists]
    nodules = [
        Nodule(one.id, one.id, "", one.picture, Box(0, 0, 1, 1), descriptors={"lists": of_image} if of_image else {})
        for one, of_image in zip(images, lists.values(), strict=True)
    ]
    alike = {f"{int(number):03}" for number in looks.split()}
    data = DataSet("made", Path(), tuple(images), tuple(nodules))
    return split_leaks(
        data, duplicates, lambda name: bytes(32) if name in alike else np.random.default_rng(int(name)).bytes(32)
    )


def test_no_lists_no_split() -> None:
    assert leaks({1: "", 2: ""}) is None
    assert leaks({1: "test", 2: "test"}) is None
    assert leaks({1: "train", 2: "val"}) is None


def test_neighbours_in_training() -> None:
    found = leaks({1: "train", 6: "test", 12: "test", 20: "val", 25: "test", 26: "", 27: ""}, looks="20 25 26")
    assert found is not None
    assert (found.test.n, found.test.training, found.test.neighbours, found.test.alike) == (3, 2, 2, 1)
    assert found.validation is not None
    assert (found.validation.n, found.validation.training, found.validation.neighbours) == (1, 1, 0)


def test_duplicates_through_a_third() -> None:
    lists = {1: "val", 30: "train", 60: "test", 90: "test", 120: "test"}
    pairs = Duplicates(
        identical=(Pair("001", "060"), Pair("001", "030"), Pair("090", "120")), near=(Pair("030", "090", 0.5, 0.8),)
    )
    found = leaks(lists, pairs)
    assert found is not None
    assert (found.test.duplicates, found.test.identical) == (3, 1)
    assert found.validation is not None
    assert (found.validation.duplicates, found.validation.identical) == (1, 1), "by a copy in training"


def test_a_picture_in_both_lists_is_its_own_duplicate() -> None:
    found = leaks({1: "test,train", 30: "test", 60: "train"})
    assert found is not None
    assert (found.test.n, found.test.duplicates, found.test.identical) == (2, 1, 1)
    assert found.validation is None
