"""What `open_source` does for every reader: it chooses a policy, labels, and refuses what holds nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.data.sources import SOURCES, open_source, title_of
from isthmus.errors import DataError, UsageError
from isthmus.nodule import Frame, ImageRef, Label
from make import ddti, folders


def test_a_policy_labels_by_ti_rads_and_another_changes_the_labels(tmp_path: Path) -> None:
    root = ddti.make(tmp_path)
    default, other = open_source("ddti", root), open_source("ddti", root, policy="benign-2-3-without-4a")
    assert (default.policy, other.policy) == ("benign-2-3-4a", "benign-2-3-without-4a")
    for data in (default, other):
        malignant = {nodule.tirads for nodule in data.labelled if nodule.label is Label.MALIGNANT}
        benign = {nodule.tirads for nodule in data.labelled if nodule.label is Label.BENIGN}
        assert malignant <= {"4b", "4c", "5"}
        assert benign <= ({"2", "3", "4a"} if data is default else {"2", "3"})


def test_class_names_are_mapped_by_the_caller(tmp_path: Path) -> None:
    for name in ("0", "1"):
        folders.write_image(tmp_path / name / "a.png")
    data = open_source("folders", tmp_path, classes={"0": Label.BENIGN, "1": Label.MALIGNANT})
    assert {nodule.image: nodule.label for nodule in data.nodules} == {
        "0/a.png": Label.BENIGN,
        "1/a.png": Label.MALIGNANT,
    }
    with pytest.raises(UsageError, match="no class names"):
        open_source("ddti", ddti.make(tmp_path / "ddti"), classes={"0": Label.BENIGN})


def test_pictures_are_read_by_the_callers_decoder(tmp_path: Path) -> None:
    calls: list[ImageRef] = []

    def decode(picture: ImageRef, origin: str = "") -> Frame:
        calls.append(picture)
        with Image.open(picture.path) as image:
            return Frame(np.asarray(image.convert("L")))

    data = open_source("folders", folders.make(tmp_path), decode=decode)
    assert set(calls) == {record.picture for record in data.images}


def test_images_that_no_annotation_names_are_counted(tmp_path: Path) -> None:
    folders.write_image(tmp_path / "1_1.jpg")
    with pytest.raises(DataError, match=r"holds no image that an annotation names, only others \(1\)"):
        open_source("ddti", tmp_path)


@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_has_a_title_and_the_layout_that_an_error_names(kind: str) -> None:
    assert title_of(kind) not in ("", kind)
    assert SOURCES[kind].about


def test_an_unknown_kind_is_its_title() -> None:
    assert title_of("made") == "made"
