"""Duplicates kept beside a run are those of the very same images, or none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.data.audit import known_duplicates
from isthmus.data.audit.duplicates import Duplicates, Pair
from isthmus.data.dataset import ImageRecord
from isthmus.nodule import ImageRef

FOUND = Duplicates((Pair("1_1", "2_1"),), (Pair("1_1", "3_1", 0.7123456789, 0.9, True),))


@pytest.fixture
def images(tmp_path: Path) -> list[ImageRecord]:
    for number in (1, 2, 3):
        (tmp_path / f"{number}.png").write_bytes(bytes([number]))
    return [ImageRecord(f"{number}_1", ImageRef(tmp_path / f"{number}.png"), str(number), 9, 9) for number in (1, 2, 3)]


def test_round_trip_in_any_order(images: list[ImageRecord], tmp_path: Path) -> None:
    path = tmp_path / "run" / "duplicates.json"
    assert known_duplicates.load(path, images) is None
    known_duplicates.save(FOUND, images, path)
    assert known_duplicates.load(path, images) == FOUND
    assert known_duplicates.load(path, images[::-1]) == FOUND


def test_other_images_or_another_search_are_not_known(
    images: list[ImageRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "duplicates.json"
    known_duplicates.save(FOUND, images, path)
    assert known_duplicates.load(path, images[:2]) is None
    assert known_duplicates.load(path, [replace(images[0], id="4_1"), *images[1:]]) is None
    images[1].picture.path.write_bytes(b"another picture")
    assert known_duplicates.load(path, images) is None
    images[1].picture.path.write_bytes(bytes([2]))
    assert known_duplicates.load(path, images) == FOUND
    monkeypatch.setattr(known_duplicates, "SEARCH", 99)
    assert known_duplicates.load(path, images) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"of": 1}', "null"])
def test_what_cannot_be_read_is_not_known(images: list[ImageRecord], tmp_path: Path, content: str) -> None:
    (tmp_path / "duplicates.json").write_text(content)
    assert known_duplicates.load(tmp_path / "duplicates.json", images) is None


def test_why_what_is_there_is_not_known_is_told(images: list[ImageRecord], tmp_path: Path) -> None:
    path, said = tmp_path / "duplicates.json", list[str]()
    known_duplicates.load(path, images, said.append)
    known_duplicates.save(FOUND, images, path)
    known_duplicates.load(path, images, said.append)
    assert said == []
    known_duplicates.load(path, images[:2], said.append)
    path.write_text("{")
    known_duplicates.load(path, images, said.append)
    assert ["of other images" in said[0], "can't be read" in said[1]] == [True, True]


def test_the_search_is_left_out_where_the_file_is_of_these_images(
    images: list[ImageRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "duplicates.json"
    monkeypatch.setattr(known_duplicates, "find_duplicates", lambda images, progress, survey: Duplicates((), ()))
    assert known_duplicates.load_or_find(path, images) == Duplicates((), ())
    known_duplicates.save(FOUND, images, path)
    assert known_duplicates.load_or_find(path, images) == FOUND
    assert known_duplicates.load_or_find(path, images[:2]) == Duplicates((), ())
