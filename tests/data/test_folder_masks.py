"""Masks beside images of plain folders: their boxes, and what can be wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.data.dataset import DataSet
from isthmus.data.readers import folders
from isthmus.nodule import Box, Label
from make.folders import HEIGHT, WIDTH, write_image, write_mask, write_table

BENIGN, MALIGNANT = Label.BENIGN, Label.MALIGNANT
WHOLE = Box(0, 0, WIDTH, HEIGHT)


def faults(data: DataSet) -> list[tuple[str, str, bool]]:
    return [(fault.file, fault.kind, fault.broken) for fault in data.faults]


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """benign/a.png and malignant/b.png."""
    write_image(tmp_path / "benign" / "a.png", 0)
    write_image(tmp_path / "malignant" / "b.png", 1)
    return tmp_path


def test_no_mask_is_the_whole_image(two: Path) -> None:
    data = folders.read(two)
    assert [(nodule.id, nodule.patient, nodule.box, nodule.label) for nodule in data.nodules] == [
        ("benign/a.png-1", "benign/a.png", WHOLE, BENIGN),
        ("malignant/b.png-1", "malignant/b.png", WHOLE, MALIGNANT),
    ]


def test_a_masks_contour_runs_along_its_edge(two: Path) -> None:
    write_mask(two / "benign" / "a_mask.png", (10, 12, 30, 28))
    nodule = folders.read(two).nodules[0]
    assert nodule.box == Box(10, 12, 30, 28) == Box.around(nodule.contour)
    assert all(x in (10, 29) or y in (12, 27) for x, y in nodule.contour)


def test_masks_are_read_in_the_order_of_their_numbers(two: Path) -> None:
    write_mask(two / "benign" / "a_mask_10.png", (1, 1, 9, 9))
    write_mask(two / "benign" / "a_mask_2.png", (2, 2, 9, 9))
    write_mask(two / "benign" / "a_MASK.png", (3, 3, 9, 9))
    assert [nodule.box.x0 for nodule in folders.read(two).nodules[:3]] == [3, 2, 1]


def test_a_mask_in_pieces_is_one_nodule_and_said(two: Path) -> None:
    write_mask(two / "benign" / "a_mask.png", (10, 10, 30, 30), (50, 40, 55, 45))
    data = folders.read(two)
    assert data.nodules[0].box == Box(10, 10, 55, 45)
    assert Box.around(data.nodules[0].contour) == Box(10, 10, 30, 30)
    assert faults(data) == [("benign/a_mask.png", "mask-in-pieces", False)]


def test_a_mask_of_one_pixel_has_a_box_and_no_contour(two: Path) -> None:
    write_mask(two / "benign" / "a_mask.png", (10, 10, 11, 11))
    assert (folders.read(two).nodules[0].box, folders.read(two).nodules[0].contour) == (Box(10, 10, 11, 11), ())


def test_masks_of_ones_colours_and_jpeg(two: Path) -> None:
    marked = np.zeros((HEIGHT, WIDTH), np.uint8)
    marked[10:30, 20:40] = 1
    for mask in (Image.fromarray(marked), Image.fromarray(np.dstack([marked, marked * 0, marked * 0]))):
        mask.save(two / "benign" / "a_mask.png")
        assert folders.read(two).nodules[0].box == Box(20, 10, 40, 30)
    (two / "benign" / "a_mask.png").unlink()
    Image.fromarray(marked * 255).save(two / "benign" / "a_mask.jpg", quality=60)
    assert folders.read(two).nodules[0].box == Box(20, 10, 40, 30)


@pytest.mark.parametrize(
    ("size", "marked", "box"),
    [
        ((WIDTH // 2, HEIGHT // 2), (5, 6, 15, 14), Box(10, 12, 30, 28)),
        ((WIDTH * 3, HEIGHT * 3), (30, 36, 90, 84), Box(10, 12, 30, 28)),
        ((WIDTH * 3, HEIGHT * 3), (31, 37, 89, 83), Box(10, 12, 30, 28)),
        ((WIDTH * 3 // 4, HEIGHT * 3 // 4), (3, 3, 6, 6), Box(4, 4, 8, 8)),
        ((WIDTH // 4, HEIGHT // 4), (0, 0, WIDTH // 4, HEIGHT // 4), WHOLE),
    ],
)
def test_a_mask_of_the_images_size_times_something_is_scaled(
    two: Path, size: tuple[int, int], marked: tuple[int, int, int, int], box: Box
) -> None:
    write_mask(two / "benign" / "a_mask.png", marked, size=size)
    data = folders.read(two)
    assert (data.nodules[0].box, faults(data)) == (box, [("benign/a_mask.png", "scaled-mask", False)])
    assert f"mask {size[0]} x {size[1]} on an image of {WIDTH} x {HEIGHT}" in data.faults[0].detail
    assert all(box.x0 <= x < box.x1 and box.y0 <= y < box.y1 for x, y in data.nodules[0].contour)


@pytest.mark.parametrize("size", [(WIDTH // 2, HEIGHT), (HEIGHT, WIDTH), (WIDTH, HEIGHT * 2), (WIDTH // 2, 31)])
def test_a_mask_of_another_shape_is_left_out(two: Path, size: tuple[int, int]) -> None:
    write_mask(two / "benign" / "a_mask.png", (1, 1, 9, 9), size=size)
    data = folders.read(two)
    assert faults(data) == [("benign/a_mask.png", "other-size", True)]
    assert [nodule.image for nodule in data.nodules] == ["malignant/b.png"]


def test_a_mask_that_is_there_twice_is_named(two: Path) -> None:
    for name in ("a_mask.png", "a_mask_1.png"):
        write_mask(two / "benign" / name, (1, 1, 9, 9))
    data = folders.read(two)
    assert faults(data) == [("benign/a_mask_1.png", "repeated-region", False)]
    assert len(data.nodules) == 3


def test_mask_and_image_are_both_turned(two: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    marked = np.zeros((WIDTH, HEIGHT), np.uint8)
    marked[10:20, 30:35] = 255
    Image.fromarray(np.full((WIDTH, HEIGHT), 9, np.uint8)).save(two / "benign" / "a.png", exif=exif)
    Image.fromarray(marked).save(two / "benign" / "a_mask.png", exif=exif)
    data = folders.read(two)
    assert data.nodules[0].box == Box(WIDTH - 20, 30, WIDTH - 10, 35)
    assert faults(data) == [("benign/a.png", "orientation", False), ("benign/a_mask.png", "orientation", False)]


def test_bad_masks(two: Path) -> None:
    write_mask(two / "benign" / "a_mask.png")
    write_mask(two / "benign" / "a_mask_1.png", (1, 1, 9, 9), size=(WIDTH + 1, HEIGHT))
    (two / "benign" / "a_mask_2.png").write_bytes(b"no picture")
    write_mask(two / "malignant" / "z_mask.png", (1, 1, 9, 9))
    data = folders.read(two)
    assert faults(data) == [
        ("malignant/z_mask.png", "missing-image", True),
        ("benign/a_mask.png", "empty-mask", True),
        ("benign/a_mask_1.png", "other-size", True),
        ("benign/a_mask_2.png", "unreadable-mask", True),
    ]
    assert [nodule.image for nodule in data.nodules] == ["malignant/b.png"]


def test_names_and_masks_are_found_however_they_are_spelt(tmp_path: Path) -> None:
    composed, decomposed = "\u00fc", "u\u0308"
    write_image(tmp_path / "benign" / f"{decomposed}.png", 0)
    write_mask(tmp_path / "benign" / f"{composed}_mask.png", (10, 12, 30, 28))
    write_image(tmp_path / "malignant" / "b.PNG", 1)
    write_table(tmp_path, [f".\\benign\\{composed}.PNG;anna;;", "b.png;bert;;1,0"], header="Image;PATIENT;Label;x0")
    data = folders.read(tmp_path)
    assert [(nodule.image, nodule.patient, nodule.box) for nodule in data.nodules] == [
        (f"benign/{decomposed}.png", "anna", Box(10, 12, 30, 28))
    ]
    (fault,) = data.faults
    assert fault.detail.startswith("line 3: box '1.0,,,' is not")
    write_table(tmp_path, ["b.png;1;2;9;8"], header="image;x0;y0;x1;y1")
    assert folders.read(tmp_path).nodules[-1].box == Box(1, 2, 9, 8)
