"""TN5000: its classes are known, and its authors' lists stay with the nodules."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

from isthmus.data.labels import parse_classes
from isthmus.data.sources import open_source
from isthmus.errors import DataError, UsageError
from isthmus.nodule import Label
from make.commands import isthmus
from make.tn5000 import make
from make.voc import write_annotation


def test_made_copy(tmp_path: Path) -> None:
    data = open_source("tn5000", make(tmp_path))
    assert (data.kind, data.policy, data.faults, len(data.images)) == ("tn5000", "given", (), 12)
    assert [nodule.label for nodule in data.nodules] == [
        *[Label.BENIGN] * 4,
        *[Label.MALIGNANT] * 4,
        *[Label.BENIGN] * 4,
    ]
    assert [nodule.descriptors["lists"] for nodule in data.nodules[:4]] == ["train", "train", "val", "test"]
    assert (data.nodules[0].id, data.nodules[0].image, data.nodules[0].patient) == ("000001-1", "000001", "000001")


def test_it_is_read_as_voc_reads_it_with_its_classes(tmp_path: Path) -> None:
    root = make(tmp_path)
    voc = open_source("voc", root, classes=parse_classes("0=benign,1=malignant"))
    assert open_source("tn5000", root) == dataclasses.replace(voc, kind="tn5000")


def test_another_class_needs_a_meaning(tmp_path: Path) -> None:
    write_annotation(make(tmp_path), "000001", [("cyst", (2, 2, 9, 9))])
    (fault,) = open_source("tn5000", tmp_path).broken
    assert (fault.kind, fault.file) == ("unknown-class", "Annotations")
    assert open_source("tn5000", tmp_path, classes=parse_classes("cyst=benign")).nodules[0].label is Label.BENIGN
    assert len(open_source("tn5000", tmp_path, classes=parse_classes("0=none,cyst=benign")).nodules) == 5


@pytest.mark.parametrize("classes", ["0=malignant", "1=benign,0=malignant"])
def test_its_classes_have_one_meaning(tmp_path: Path, classes: str) -> None:
    with pytest.raises(UsageError, match=r"'[01]' can't mean .* in TN5000 0 is benign and 1 malignant\. .* as voc"):
        open_source("tn5000", make(tmp_path), classes=parse_classes(classes))


def test_a_folder_of_pictures_alone(tmp_path: Path) -> None:
    (tmp_path / "JPEGImages").mkdir()
    with pytest.raises(DataError, match=r"Annotations: no such folder"):
        open_source("tn5000", tmp_path)


def test_look_needs_no_classes(tmp_path: Path) -> None:
    result = isthmus("look", make(tmp_path / "data"), "--as", "tn5000")
    assert result.exit_code == 0, result.exception
    assert "TN5000" in result.stdout or "tn5000" in result.stdout


@pytest.mark.slow
def test_the_real_one(tn5000_root: Path) -> None:
    data = open_source("tn5000", tn5000_root)
    assert data.broken == ()
    assert len(data.images) == len(data.nodules) == len(data.labelled)
    assert Counter(nodule.descriptors["lists"] for nodule in data.nodules).keys() == {"train", "val", "test"}
    assert data.counts()[Label.MALIGNANT] / len(data.nodules) == pytest.approx(0.72, abs=0.01)
