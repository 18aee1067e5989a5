"""RoIs prepared once: what comes from the cache is what preparation gives, whatever happened to the file."""

from __future__ import annotations

import errno
import hashlib
import io
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.data import cache as roi_cache
from isthmus.data.cache import cached_rois, fingerprint
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.errors import DataError, StorageError
from isthmus.nodule import Box, ImageRef, Nodule
from isthmus.recipe import PAPER, Preparation

RECIPE = PAPER.changed(size=24)
# Another value of every field of the preparation
TURNED = {"size": 25, "margin": 0.1, "resize": "letterbox", "view": "inside"}


@pytest.fixture(scope="module")
def nodules(phantom: Path) -> tuple[Nodule, ...]:
    return open_source("phantom", phantom).labelled[:12]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The images decoded, as they are."""
    paths: list[Path] = []
    read = prepare_all.__globals__["read_picture"]
    monkeypatch.setattr("isthmus.data.prepare.read_picture", lambda path: paths.append(path) or read(path))
    return paths


def test_they_are_those_that_preparation_gives_and_nothing_is_decoded_twice(
    nodules: Sequence[Nodule], tmp_path: Path, decoded: list[Path]
) -> None:
    expected = prepare_all(nodules, RECIPE.preparation)
    decoded.clear()
    first = cached_rois(nodules, RECIPE.preparation, tmp_path / "rois")
    assert len(decoded) == len({nodule.picture.path for nodule in nodules})
    again = cached_rois(nodules, RECIPE.preparation, tmp_path / "rois")
    assert len(decoded) == len({nodule.picture.path for nodule in nodules})
    for rois in (first, again):
        np.testing.assert_array_equal(rois, expected)
        assert isinstance(rois, np.memmap)
        assert not rois.flags.writeable
    assert [path.name for path in (tmp_path / "rois").iterdir()] == [f"{fingerprint(nodules, RECIPE.preparation)}.npy"]


def test_numpy_alone_can_read_the_file(nodules: Sequence[Nodule], tmp_path: Path) -> None:
    rois = cached_rois(nodules, RECIPE.preparation, tmp_path)
    np.testing.assert_array_equal(np.load(next(tmp_path.iterdir())), rois)


def test_its_name_hangs_on_all_that_changes_a_pixel_and_on_nothing_else(
    nodules: Sequence[Nodule], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert TURNED.keys() == Preparation.model_fields.keys()
    name = fingerprint(nodules, RECIPE.preparation)
    moved = replace(nodules[0], box=Box(0, 0, 20, 20))
    brighter = tmp_path / "brighter.png"
    brighter.write_bytes(nodules[0].picture.path.read_bytes() + b"\0")
    others = [
        fingerprint(nodules[::-1], RECIPE.preparation),
        fingerprint(nodules[1:], RECIPE.preparation),
        fingerprint([moved, *nodules[1:]], RECIPE.preparation),
        fingerprint([replace(nodules[0], picture=ImageRef(brighter)), *nodules[1:]], RECIPE.preparation),
        *(fingerprint(nodules, RECIPE.changed(**{field: value}).preparation) for field, value in TURNED.items()),
    ]
    assert len({name, *others}) == len(others) + 1
    copied = tmp_path / "copy.png"
    copied.write_bytes(nodules[0].picture.path.read_bytes())
    assert (
        fingerprint([replace(nodules[0], picture=ImageRef(copied), id="renamed"), *nodules[1:]], RECIPE.preparation)
        == name
    )
    assert fingerprint(nodules, RECIPE.changed(alpha=0.9, learning_rate=0.1).preparation) == name
    monkeypatch.setattr(roi_cache, "PREPARATION", roi_cache.PREPARATION + 1)
    assert fingerprint(nodules, RECIPE.preparation) != name


def test_a_field_that_joined_later_leaves_the_names_of_before(nodules: Sequence[Nodule]) -> None:
    prepared = b'2 {"size":24,"margin":0.25,"resize":"stretch"}'
    digest = hashlib.sha256(prepared)
    for nodule in nodules:
        content = hashlib.sha256(nodule.picture.path.read_bytes()).digest()
        digest.update(f" {nodule.box} ".encode() + content)
    assert fingerprint(nodules, Preparation(size=24, margin=0.25)) == digest.hexdigest()[:16]


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue() + bytes(roi_cache.CHECKSUM)


HARM: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut within the header": lambda content: content[:50],
    "cut within the pixels": lambda content: content[: len(content) // 2],
    "without its checksum": lambda content: content[: -roi_cache.CHECKSUM],
    "one bit of a pixel": lambda content: flipped(content, 1000),
    "one bit of the checksum": lambda content: flipped(content, len(content) - 1),
    "zeros": lambda content: bytes(len(content)),
    "something else": lambda content: b"<svg/>" * 99,
    "of another shape": lambda content: npy(np.zeros((3, 24, 24, 3), np.uint8)),
    "of another type": lambda content: npy(np.zeros((12, 24, 24, 3), np.float32)),
    "pickled": lambda content: npy(np.array([{}], object)),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_damaged_or_foreign_file_is_made_anew(
    nodules: Sequence[Nodule], tmp_path: Path, harm: str, decoded: list[Path]
) -> None:
    expected = cached_rois(nodules, RECIPE.preparation, tmp_path).copy()
    path = next(tmp_path.iterdir())
    content = path.read_bytes()
    path.write_bytes(HARM[harm](content))
    decoded.clear()
    said: list[str] = []
    np.testing.assert_array_equal(cached_rois(nodules, RECIPE.preparation, tmp_path, note=said.append), expected)
    assert decoded
    assert [f"{path}: is damaged: the RoIs are prepared again" in line for line in said] == [True]
    assert path.read_bytes() == content


def test_the_file_of_other_nodules_under_this_name_is_made_anew(nodules: Sequence[Nodule], tmp_path: Path) -> None:
    cached_rois(nodules[::-1], RECIPE.preparation, tmp_path)
    other = next(tmp_path.iterdir())
    other.rename(tmp_path / f"{fingerprint(nodules, RECIPE.preparation)}.npy")
    np.testing.assert_array_equal(
        cached_rois(nodules, RECIPE.preparation, tmp_path), prepare_all(nodules, RECIPE.preparation)
    )


def test_a_full_disk_is_a_clear_line_and_leaves_nothing(
    nodules: Sequence[Nodule], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(roi_cache, "_write_rois", full)
    with pytest.raises(StorageError, match=r"No space left on device\. Free some space"):
        cached_rois(nodules, RECIPE.preparation, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_a_clear_line(nodules: Sequence[Nodule], tmp_path: Path) -> None:
    (tmp_path / "rois").write_text("mine")
    with pytest.raises(StorageError, match="can't write"):
        cached_rois(nodules, RECIPE.preparation, tmp_path / "rois")


def test_an_image_that_is_gone_is_named(nodules: Sequence[Nodule], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.png"):
        cached_rois([replace(nodules[0], picture=ImageRef(tmp_path / "gone.png"))], RECIPE.preparation, tmp_path)


def test_processes_share_a_folder_without_a_word(nodules: tuple[Nodule, ...], tmp_path: Path) -> None:
    expected = prepare_all(nodules, RECIPE.preparation)
    with multiprocessing.get_context("fork").Pool(4) as pool:
        several = pool.starmap(cached_rois, [(nodules, RECIPE.preparation, tmp_path)] * 8)
    for rois in several:
        np.testing.assert_array_equal(rois, expected)
    assert len(list(tmp_path.iterdir())) == 1
