"""The same frame is found whatever was done to its file; other frames are not, however alike."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from isthmus.data.audit.duplicates import Duplicates, Pair, components, find_duplicates, groups, natural
from isthmus.data.dataset import DataSet, ImageRecord
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


def mirrored(picture: Pixels) -> Pixels:
    return picture[:, ::-1]


def half_the_size(picture: Pixels) -> Pixels:
    return cv2.resize(picture, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)


def all_at_once(picture: Pixels) -> Pixels:
    return brighter(shifted(cropped(picture)))


CHANGES = [np.copy, shifted, cropped, brighter, mirrored, half_the_size, all_at_once]


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


names = st.integers(1, 12).map(str)


@given(st.lists(st.tuples(names, names), max_size=15), st.randoms(use_true_random=False))
def test_components_are_the_finest_partition_that_joins_every_link(
    links: list[tuple[str, str]], chance: random.Random
) -> None:
    found = components(links)
    home = {name: place for place, members in enumerate(found) for name in members}
    assert len(home) == sum(map(len, found))
    assert all(home[one] == home[other] for one, other in links if one != other)
    for members in found:
        reached, pending = {members[0]}, [members[0]]
        while pending:
            here = pending.pop()
            new = {b for a, b in links if a == here} | {a for a, b in links if b == here}
            pending += new - reached
            reached |= new
        assert reached == set(members)
        assert list(members) == sorted(members, key=int)
    mixed = [(b, a) for a, b in links]
    chance.shuffle(mixed)
    assert components(mixed) == found


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 3)), min_size=1, max_size=12, unique=True),
    st.data(),
)
def test_groups_join_patients_and_take_the_smallest_name(cases: list[tuple[int, int]], data: st.DataObject) -> None:
    images = tuple(ImageRecord(f"{p}_{i}", ImageRef(Path()), str(p), 5, 5) for p, i in cases)
    ids = st.sampled_from([image.id for image in images])
    pairs = tuple(Pair(one, other) for one, other in data.draw(st.lists(st.tuples(ids, ids), max_size=8)))
    found = groups(DataSet("made", Path(), images, ()), Duplicates(near=pairs))
    patient = {image.id: image.patient for image in images}
    assert found.keys() == patient.keys()
    assert all(found[pair.first] == found[pair.second] for pair in pairs)
    for group in set(found.values()):
        members = {patient[image] for image, name in found.items() if name == group}
        assert group == min(members, key=int)
    of_patient = {(patient[image], group) for image, group in found.items()}
    assert len(of_patient) == len(set(patient.values())), "a patient stands in one group"
    tied = {patient[pair.first] for pair in pairs if patient[pair.first] != patient[pair.second]}
    tied |= {patient[pair.second] for pair in pairs if patient[pair.first] != patient[pair.second]}
    assert all(found[image] == owner for image, owner in patient.items() if owner not in tied)
    turned = Duplicates(identical=tuple(Pair(pair.second, pair.first) for pair in reversed(pairs)))
    assert groups(DataSet("made", Path(), images[::-1], ()), turned) == found


@given(st.lists(st.text("019_ab", max_size=5), unique=True))
def test_natural_order_is_total(texts: list[str]) -> None:
    assert len({natural(text) for text in texts}) == len(texts)
    sorted(texts, key=natural)


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
    grouped = groups(data, found)
    assert len(set(grouped.values())) == 385
    assert {grouped[image] for image in ("150_1", "233_1", "349_1")} == {"150"}
