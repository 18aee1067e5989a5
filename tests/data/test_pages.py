"""Two pages of one file are two pictures wherever pictures are told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.data.audit.duplicates import find_duplicates
from isthmus.data.cache import cached_rois
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.data.groups import groups
from isthmus.data.prepare import prepare_all
from isthmus.infer.archive.items import of_nodules
from isthmus.nodule import Box, ImageRef, Label, Nodule
from isthmus.recipe import Preparation
from make.scan import scan

BOX = Box(60, 60, 160, 140)


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    """A file of three pages, the last one the first again, as three images of three patients."""
    path = tmp_path / "clip.tif"
    pages = [Image.fromarray(pixels) for pixels in (scan(1), scan(2), scan(1))]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    pictures = [ImageRef(path, page) for page in (1, 2, 3)]
    images = tuple(
        ImageRecord(str(picture), picture, f"p{picture.page}", pages[0].width, pages[0].height) for picture in pictures
    )
    nodules = tuple(
        Nodule(f"{record.id}-1", record.id, record.patient, record.picture, BOX, label=Label(record.picture.page % 2))
        for record in images
    )
    return DataSet("made", tmp_path, images, nodules)


def test_their_names(data: DataSet) -> None:
    assert [image.id for image in data.images] == ["clip.tif", "clip.tif#2", "clip.tif#3"]


def test_their_rois_are_their_own(data: DataSet, tmp_path: Path) -> None:
    first, second, third = prepare_all(data.nodules, Preparation(size=32))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, third)
    for nodules in (data.nodules, data.nodules[1:], data.nodules[:1]):
        expected = prepare_all(nodules, Preparation(size=32))
        np.testing.assert_array_equal(cached_rois(nodules, Preparation(size=32), tmp_path / "rois"), expected)
    assert len(list((tmp_path / "rois").iterdir())) == 3


def test_their_duplicates_and_groups(data: DataSet) -> None:
    found = find_duplicates(data.images)
    assert found.sets == (("clip.tif", "clip.tif#3"),)
    assert groups(data.images, found.sets) == {"clip.tif": "p1", "clip.tif#2": "p2", "clip.tif#3": "p1"}


def test_their_rows_in_an_archive(data: DataSet) -> None:
    items = list(of_nodules(data.nodules))
    assert [(item.image, item.page) for item in items] == [("clip.tif", 1), ("clip.tif#2", 2), ("clip.tif#3", 3)]
    assert not np.array_equal(items[0].decode().pixels, items[1].decode().pixels)
    np.testing.assert_array_equal(items[0].decode().pixels, items[2].decode().pixels)


def test_their_fingerprint(data: DataSet) -> None:
    other = DataSet(data.kind, data.root, data.images, (data.nodules[0], data.nodules[2]))
    assert data.fingerprint() != other.fingerprint()
