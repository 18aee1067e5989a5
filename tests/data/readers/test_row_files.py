"""Which image and which mask a row of nodules.csv names."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.data.readers.nodule_table import NoduleLine
from isthmus.data.readers.row_files import row_files

TN3K = ("trainval-image/0.jpg", "trainval-image/1.jpg", "trainval-mask/0.jpg", "trainval-mask/1.jpg")


def found(files: tuple[str, ...], *cells: tuple[str, str]) -> tuple[list[list[str]], list[list[str]], list[str]]:
    """Images, masks and spare files of rows with these images and masks, as text."""
    rows = [NoduleLine(line, image, mask=mask) for line, (image, mask) in enumerate(cells)]
    named = row_files(rows, {name: Path(name) for name in files}, frozenset(map(Path, files)))
    images, masks = ([list(map(str, of.get(row.line, []))) for row in rows] for of in (named.images, named.masks))
    return images, masks, sorted(map(str, named.spare))


@pytest.mark.parametrize("image", ["trainval-image/0.jpg", "0.jpg", "0"])
@pytest.mark.parametrize("mask", ["trainval-mask/0.jpg", "trainval-mask", "trainval-mask/", ".\\trainval-mask\\0.JPG"])
def test_by_path_or_folder(image: str, mask: str) -> None:
    assert found(TN3K, (image, mask)) == (
        [["trainval-image/0.jpg"]],
        [["trainval-mask/0.jpg"]],
        ["trainval-mask/1.jpg"],
    )


def test_a_mask_in_the_folder_may_have_another_ending() -> None:
    images, masks, spare = found(("a/0.jpg", "a/1.5.jpg", "m/0.png", "m/1.5.png"), ("0.jpg", "m"), ("1.5.jpg", "m"))
    assert (images, masks, spare) == ([["a/0.jpg"], ["a/1.5.jpg"]], [["m/0.png"], ["m/1.5.png"]], [])


def test_a_mask_by_its_name_alone_is_no_image_of_the_table() -> None:
    assert found(TN3K, ("trainval-image/0.jpg", "0.jpg")) == (
        [["trainval-image/0.jpg"]],
        [["trainval-mask/0.jpg"]],
        ["trainval-mask/1.jpg"],
    )
    assert found(("a/0.png", "m/0-gt.png"), ("0", "0-gt")) == ([["a/0.png"]], [["m/0-gt.png"]], [])


def test_names_that_two_files_have() -> None:
    images, masks, _ = found(TN3K, ("0.jpg", "0.jpg"))
    assert images == [["trainval-image/0.jpg", "trainval-mask/0.jpg"]]
    assert masks == [[]]
    _, masks, _ = found((*TN3K, "trainval-mask/0.png"), ("0", "trainval-mask"))
    assert masks == [["trainval-mask/0.jpg", "trainval-mask/0.png"]]


def test_images_and_masks_in_one_folder() -> None:
    files = ("a/0.png", "a/0-gt.png", "a/1.png")
    assert found(files, ("0.png", "a/0-gt.png")) == ([["a/0.png"]], [["a/0-gt.png"]], [])


def test_what_is_not_there() -> None:
    assert found(TN3K, ("7.jpg", "trainval-mask"), ("0.jpg", "masks")) == (
        [[], ["trainval-image/0.jpg", "trainval-mask/0.jpg"]],
        [[], []],
        [],
    )


def test_no_mask_column_changes_nothing() -> None:
    assert found(("a/0.png", "b/0.png"), ("0", ""), ("a/0.png", "")) == (
        [["a/0.png", "b/0.png"], ["a/0.png"]],
        [[], []],
        [],
    )


def test_a_mask_that_no_row_names_is_not_taken_for_an_image() -> None:
    images, _, spare = found(TN3K, ("trainval-image/0.jpg", "trainval-mask"), ("1.jpg", ""))
    assert (images[1], spare) == (["trainval-image/1.jpg"], ["trainval-mask/1.jpg"])
