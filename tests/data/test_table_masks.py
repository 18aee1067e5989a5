"""A mask column in nodules.csv: images in one folder, masks of the same names in another, as TN3K has them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.data.dataset import DataSet
from isthmus.data.readers import folders
from isthmus.data.sources import open_source
from isthmus.nodule import Box, Label
from make.commands import isthmus
from make.folders import HEIGHT, WIDTH, make_tn3k, write_image, write_mask, write_table

HEADER = "image,label,mask"


def faults(data: DataSet) -> list[tuple[str, str, bool]]:
    return [(fault.file, fault.kind, fault.broken) for fault in data.faults]


def test_made_copy(tmp_path: Path) -> None:
    data = open_source("folders", make_tn3k(tmp_path), classes={"0": Label.BENIGN, "1": Label.MALIGNANT})
    assert data.faults == ()
    assert [(nodule.id, nodule.label, nodule.box) for nodule in data.nodules] == [
        (f"trainval-image/{number:04}.jpg-1", Label(number % 2), Box(10 + number, 12, 31, 28)) for number in range(4)
    ]
    assert all(Box.around(nodule.contour) == nodule.box for nodule in data.nodules)


@pytest.mark.parametrize("mask", ["trainval-mask/{}.jpg", "trainval-mask", "{}.jpg"])
def test_a_mask_by_path_folder_or_name(tmp_path: Path, mask: str) -> None:
    first = folders.read(make_tn3k(tmp_path, ("benign", "malignant")))
    rows = [f"trainval-image/{number:04}.jpg,benign,{mask.format(f'{number:04}')}" for number in range(4)]
    write_table(tmp_path, rows, HEADER)
    again = folders.read(tmp_path)
    assert again.faults == ()
    assert again.images == first.images
    assert [dataclasses.replace(nodule, label=None) for nodule in again.nodules] == [
        dataclasses.replace(nodule, label=None) for nodule in first.nodules
    ]


def test_what_look_says_of_a_mask_that_no_row_names(tmp_path: Path) -> None:
    make_tn3k(tmp_path, ("benign", "malignant"))
    (tmp_path / "trainval-image" / "0003.jpg").unlink()
    table = (tmp_path / "nodules.csv").read_text().splitlines()
    write_table(tmp_path, table[1:-1], table[0])
    data = folders.read(tmp_path)
    assert faults(data) == [("trainval-mask/0003.jpg", "no-annotation", False)]
    assert len(data.images) == len(data.nodules) == 3
    result = isthmus("look", tmp_path, "--as", "folders")
    assert "trainval-mask/0003.jpg" in result.stdout


def test_a_masks_lossy_edge_is_not_marked(tmp_path: Path) -> None:
    make_tn3k(tmp_path, ("benign", "malignant"))
    mask = np.asarray(Image.open(tmp_path / "trainval-mask" / "0001.jpg"))
    assert set(np.unique(mask)) - {0, 255}
    assert folders.read(tmp_path).nodules[1].box == Box(11, 12, 31, 28)


@pytest.mark.parametrize(
    ("row", "kind", "says"),
    [
        ("a/0.png,benign,m/9.png", "missing-mask", "line 2: mask m/9.png is not there"),
        ("a/0.png,benign,masks", "missing-mask", "line 2: mask masks is not there"),
        ("a/0.png,benign,a/0.png", "bad-row", "line 2: mask a/0.png is an image of the table, no mask"),
        ("a/0.png,benign,a", "bad-row", "line 2: mask a is an image of the table, no mask"),
        ("a/0.png,benign,\na/0.png,benign,a/0.png", "bad-row", "line 3: mask a/0.png is an image of the table"),
        ("0,benign,0.jpg", "ambiguous-image", "line 2: 0 may be a/0.png or m/0.png"),
        ("1.png,benign,m", "missing-image", "line 2: image 1.png is not there"),
        ("a/0.png,benign,n", "empty-mask", "mask 0.png marks no pixel"),
        ("a/0.png,benign,o", "other-size", "mask 5 x 5 on an image of 80 x 60"),
        ("a/0.png,benign,p", "unreadable-mask", "mask 0.png is text"),
        ("a/0.png,benign,q", "ambiguous-mask", "line 2: mask q may be q/0.bmp or q/0.jpg"),
    ],
)
def test_what_can_be_wrong_with_a_mask(tmp_path: Path, row: str, kind: str, says: str) -> None:
    write_image(tmp_path / "a" / "0.png")
    write_mask(tmp_path / "m" / "0.png", (1, 1, 9, 9))
    write_mask(tmp_path / "n" / "0.png")
    write_mask(tmp_path / "o" / "0.png", (1, 1, 2, 2), size=(5, 5))
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "0.png").write_text("no picture")
    for ending in ("jpg", "bmp"):
        write_mask(tmp_path / "q" / f"0.{ending}", (1, 1, 9, 9))
    write_table(tmp_path, [row], HEADER)
    first, *_ = [fault for fault in folders.read(tmp_path).broken if fault.kind != "unknown-class"]
    assert (first.kind, first.detail[: len(says)]) == (kind, says)


def test_a_box_and_a_mask_are_one_too_many(tmp_path: Path) -> None:
    write_image(tmp_path / "a" / "0.png")
    write_mask(tmp_path / "m" / "0.png", (1, 1, 9, 9))
    write_table(tmp_path, ["0.png,benign,m,1,1,9,9"], "image,label,mask,x0,y0,x1,y1")
    data = folders.read(tmp_path)
    assert data.nodules == ()
    assert ("nodules.csv", "bad-row", True) in faults(data)
    assert "has a box and a mask" in data.broken[0].detail


def test_several_masks_of_one_image_and_rows_without_one(tmp_path: Path) -> None:
    for number in range(2):
        write_image(tmp_path / "a" / f"{number}.png", number)
        write_mask(tmp_path / "m" / f"x{number}.png", (1 + number, 1, 9, 9))
    write_table(tmp_path, ["0.png,benign,m/x0.png", "0.png,malignant,x1", "1.png,benign,"], HEADER)
    data = folders.read(tmp_path)
    assert [nodule.box for nodule in data.nodules] == [Box(1, 1, 9, 9), Box(2, 1, 9, 9), Box(0, 0, WIDTH, HEIGHT)]
    assert data.faults == ()


def test_a_mask_of_the_other_rule_may_be_named(tmp_path: Path) -> None:
    write_image(tmp_path / "benign" / "a.png")
    write_mask(tmp_path / "masks" / "a_mask.png", (1, 1, 9, 9))
    write_table(tmp_path, ["a.png,,masks/a_mask.png"], HEADER)
    data = folders.read(tmp_path)
    assert ([nodule.box for nodule in data.nodules], data.faults) == ([Box(1, 1, 9, 9)], ())
