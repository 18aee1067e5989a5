"""Anybody's split is read, or refused in one line that says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.data.audit.leaks.split_file import read_split
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.errors import DataError
from isthmus.nodule import ImageRef


def data_of(root: Path, *names: str) -> DataSet:
    """Pictures of these ids, each in a file of its id under ``root``."""
    images = tuple(ImageRecord(name, ImageRef(root / f"{name}.jpg"), name, 1, 1) for name in names)
    return DataSet("made", root, images, ())


def table(folder: Path, *rows: str, header: str = "image,split") -> Path:
    path = folder / "split.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name",
    ["a/001", "a/001.jpg", "001", "001.jpg", "001.JPG", "elsewhere/a/001.jpg", r"C:\data\a\001.jpg", "./001.png"],
)
def test_a_picture_by_any_of_its_names(name: str, tmp_path: Path) -> None:
    split = read_split(table(tmp_path, f"{name},train", "b/002,test"), data_of(tmp_path, "a/001", "b/002"))
    assert [(one.image, one.side) for one in split.placed] == [("a/001", "train"), ("b/002", "test")]


def test_sides_by_their_usual_words_and_others_as_they_are(tmp_path: Path) -> None:
    words = ("Training", "dev", "TEST", "validation", "Site B", "valid")
    split = read_split(
        table(tmp_path, *(f"{at},{word}" for at, word in enumerate(words))), data_of(tmp_path, *map(str, range(6)))
    )
    assert [one.side for one in split.placed] == ["train", "val", "test", "val", "site b", "val"]
    assert split.sides == {"train": 1, "val": 3, "test": 1, "site b": 1}


def test_a_picture_on_two_sides_and_one_that_is_listed_twice(tmp_path: Path) -> None:
    split = read_split(table(tmp_path, "1,train", "1,test", "2,test", "2,test"), data_of(tmp_path, "1", "2"))
    assert split.sides == {"train": 1, "test": 2}
    assert len(split.placed) == 3


def test_what_either_lacks_is_named(tmp_path: Path) -> None:
    split = read_split(table(tmp_path, "1,train", "9,test", "2,test", "8,train"), data_of(tmp_path, "1", "2", "3"))
    assert split.missing == ("9", "8")
    assert split.unlisted == ("3",)


def test_columns_in_any_order_case_and_separator(tmp_path: Path) -> None:
    path = table(tmp_path, "train;7;1", "test;8;2", header="Split;fold;Image")
    assert read_split(path, data_of(tmp_path, "1", "2")).sides == {"train": 1, "test": 1}


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (("001,train",), "image,split", r"split.csv: line 2: '001' may be 'a/001' or 'b/001'. Give the folder"),
        (("001.jpg,train",), "image,split", r"line 2: '001.jpg' may be 'a/001' or 'b/001'"),
        (("a/001,train", "b/001,"), "image,split", r"split.csv: line 3: has no split. Fill it in"),
        ((",train",), "image,split", r"line 2: has no image"),
        (("a/001,train",), "picture,split", r"has no column 'image', only 'picture', 'split'"),
        (("a/001,train",), "a,b", r"has no column 'image' and 'split'"),
        (("a/001,train", "b/001,train"), "image,split", r"has a single side, 'train'"),
        (("x,train", "y,test"), "image,split", r"none of its 2 names is that of one of the 2 pictures"),
        ((), "image,split", r"none of its 0 names"),
        (("a/001,train,more",), "image,split", r"line 2: has 3 cells where the header has 2"),
    ],
)
def test_what_is_refused(rows: tuple[str, ...], header: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_split(table(tmp_path, *rows, header=header), data_of(tmp_path, "a/001", "b/001"))


def test_an_exact_id_is_not_ambiguous(tmp_path: Path) -> None:
    split = read_split(table(tmp_path, "1,train", "a/1,test"), data_of(tmp_path, "1", "a/1"))
    assert [(one.image, one.side) for one in split.placed] == [("1", "train"), ("a/1", "test")]


@pytest.mark.parametrize("above", ["", "ImageSets", "ImageSets/Main"])
def test_lists_as_pascal_voc_has_them(above: str, tmp_path: Path) -> None:
    folder = tmp_path / "ImageSets" / "Main"
    folder.mkdir(parents=True)
    lists = {"train": "1\n2 1\n", "val": "3 -1\n", "test": "\n4\n", "trainval": "1\n2\n3\n", "benign_train": "1 -1\n"}
    for name, lines in lists.items():
        (folder / f"{name}.txt").write_text(lines)
    split = read_split(tmp_path / above, data_of(tmp_path, "1", "2", "3", "4"))
    assert split.sides == {"train": 2, "val": 1, "test": 1}


def test_trainval_alone_is_a_side(tmp_path: Path) -> None:
    for name, lines in {"trainval": "1\n", "test": "2\n"}.items():
        (tmp_path / f"{name}.txt").write_text(lines)
    assert read_split(tmp_path, data_of(tmp_path, "1", "2")).sides == {"test": 1, "trainval": 1}


def test_a_folder_without_lists(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("1\n")
    with pytest.raises(DataError, match=r"holds no lists of the sides of a split\. Expected train"):
        read_split(tmp_path, data_of(tmp_path, "1"))
