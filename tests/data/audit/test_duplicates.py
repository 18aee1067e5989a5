"""The same frame is found whatever was done to its file; other frames are not, however alike."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from isthmus.data.audit.duplicates import Pair, find_duplicates
from isthmus.data.dataset import ImageRecord
from isthmus.data.groups import groups
from isthmus.data.readers import ddti
from isthmus.errors import DataError
from isthmus.nodule import ImageRef, Pixels
from make.scan import AREA, HEIGHT, WIDTH, save, scan


def joined(records: list[ImageRecord]) -> tuple[tuple[str, ...], ...]:
    return find_duplicates(records).sets


def test_identical_pixels_in_another_file(tmp_path: Path) -> None:
    picture = scan(1)
    records = [save(tmp_path, "1_1", picture), save(tmp_path, "2_1", picture, "bmp"), save(tmp_path, "3_1", scan(2))]
    found = find_duplicates(records)
    assert found.identical == (Pair("1_1", "2_1"),)
    assert found.near == ()
    assert found.across_cases(records) == (("1_1", "2_1"),)


def test_a_picture_stored_lying_is_identical_to_the_upright_one(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = scan(1)
    records = [save(tmp_path, "1_1", picture), save(tmp_path, "2_1", np.rot90(picture), exif=exif)]
    assert find_duplicates(records).identical == (Pair("1_1", "2_1"),)


def test_grey_and_rgb_of_the_same_pixels_are_identical(tmp_path: Path) -> None:
    picture = scan(1)
    records = [save(tmp_path, "1_1", picture), save(tmp_path, "1_2", picture[:, :, 0])]
    assert len(find_duplicates(records).identical) == 1
    assert find_duplicates(records).across_cases(records) == ()


def shifted(picture: Pixels) -> Pixels:
    return cv2.warpAffine(picture, np.array([[1, 0, 8], [0, 1, 8]], np.float32), (WIDTH, HEIGHT))


def cropped(picture: Pixels) -> Pixels:
    dx, dy = WIDTH // 10, HEIGHT // 10
    return cv2.resize(picture[dy:-dy, dx:-dx], (WIDTH, HEIGHT))


def brighter(picture: Pixels) -> Pixels:
    return np.clip(picture * 1.1 + 5, 0, 255).astype(np.uint8)


def lifted(picture: Pixels) -> Pixels:
    """Brighter, black too: the machine's frame is no scan for that."""
    return np.clip(picture * 1.2 + 15, 0, 255).astype(np.uint8)


def mirrored(picture: Pixels) -> Pixels:
    return picture[:, ::-1]


def half_the_size(picture: Pixels) -> Pixels:
    return cv2.resize(picture, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)


def all_at_once(picture: Pixels) -> Pixels:
    return brighter(shifted(cropped(picture)))


CHANGES = [np.copy, shifted, cropped, brighter, lifted, mirrored, half_the_size, all_at_once]


def test_across_patients_alone_gives_the_same_groups(tmp_path: Path) -> None:
    picture = scan(1)
    pictures = {"1_1": picture, "1_2": shifted(picture), "2_1": brighter(picture), "3_1": scan(2)}
    records = [save(tmp_path, name, each) for name, each in pictures.items()]
    whole, across = find_duplicates(records), find_duplicates(records, across=True)
    assert {(pair.first, pair.second) for pair in whole.near} == {("1_1", "1_2"), ("1_1", "2_1"), ("1_2", "2_1")}
    assert {(pair.first, pair.second) for pair in across.near} == {("1_1", "2_1"), ("1_2", "2_1")}
    assert groups(records, whole.sets) == groups(records, across.sets)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_copy_is_near(tmp_path: Path, change: Callable[[Pixels], Pixels]) -> None:
    records = [save(tmp_path, f"{seed}_1", scan(seed)) for seed in range(1, 4)]
    copies = [save(tmp_path, f"{seed}0_1", change(scan(seed)), "jpg", quality=50) for seed in range(1, 4)]
    found = find_duplicates(records + copies)
    assert found.sets == (("1_1", "10_1"), ("2_1", "20_1"), ("3_1", "30_1"))
    assert all(pair.mirrored is (change is mirrored) for pair in found.near)


def test_a_shared_half_of_a_split_screen_is_near(tmp_path: Path) -> None:
    one, other = scan(1), scan(2)
    other[:, : WIDTH // 2] = one[:, : WIDTH // 2]
    assert joined([save(tmp_path, "1_1", one), save(tmp_path, "1_2", other)]) == (("1_1", "1_2"),)


def test_other_frames_under_the_same_overlay_are_not_near(tmp_path: Path) -> None:
    assert joined([save(tmp_path, f"{seed}_1", scan(seed)) for seed in range(12)]) == ()


def test_other_speckle_over_the_same_anatomy_is_not_near(tmp_path: Path) -> None:
    one, other = scan(1).astype(float), scan(2).astype(float)
    anatomy = cv2.GaussianBlur(one, (0, 0), 8)
    other = np.clip(anatomy + other - cv2.GaussianBlur(other, (0, 0), 8), 0, 255)
    assert joined([save(tmp_path, "1_1", one.astype(np.uint8)), save(tmp_path, "2_1", other.astype(np.uint8))]) == ()


def test_pictures_without_speckle_are_no_trouble(tmp_path: Path) -> None:
    flat, tiny = np.full((HEIGHT, WIDTH), 90, np.uint8), np.zeros((3, 5), np.uint8)
    ramp = np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))
    long = np.full((2, 3000), 200, np.uint8)
    named = {"1_1": flat, "2_1": tiny, "3_1": ramp, "4_1": long}
    assert joined([save(tmp_path, name, picture) for name, picture in named.items()]) == ()
    assert joined([]) == ()


def test_order_changes_nothing(tmp_path: Path) -> None:
    records = [save(tmp_path, f"{seed}_1", scan(seed)) for seed in range(1, 6)]
    records += [save(tmp_path, f"1{seed}_1", cropped(scan(seed))) for seed in range(1, 4)]
    records += [save(tmp_path, "20_1", scan(4)), save(tmp_path, "21_1", scan(4))]
    expected = find_duplicates(records)
    assert len(expected.near) == 3
    assert len(expected.identical) == 2
    for seed in range(2):
        random.Random(seed).shuffle(records)
        assert find_duplicates(records) == expected


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    record = ImageRecord("1_1", ImageRef(tmp_path / "1_1.png"), "1", 5, 5)
    with pytest.raises(DataError, match=r"1_1\.png: can't read"):
        find_duplicates([record])


def test_crops_of_the_scan_area_alone(tmp_path: Path) -> None:
    x0, y0, x1, y1 = AREA
    records = [save(tmp_path, "1_1", scan(1)), save(tmp_path, "2_1", scan(1)[y0:y1, x0:x1])]
    assert joined([*records, save(tmp_path, "3_1", scan(3)[y0:y1, x0:x1])]) == (("1_1", "2_1"),)


@pytest.mark.slow
def test_real_ddti(ddti_root: Path) -> None:
    data = ddti.read(ddti_root)
    found = find_duplicates(data.images)
    assert found.across_cases(data.images) == (("150_1", "233_2", "323_1", "326_1", "349_1"), ("353_2", "396_1"))
    assert (len(found.identical), len(found.near)) == (9, 2)
    grouped = groups(data.images, found.sets)
    assert len(set(grouped.values())) == 385
    assert {grouped[image] for image in ("150_1", "233_1", "349_1")} == {"150"}
