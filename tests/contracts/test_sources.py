"""What every kind of data set has to keep to, each on its made copy."""

from __future__ import annotations

import dataclasses
import importlib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from isthmus.data.dataset import DataSet
from isthmus.data.labels import GIVEN
from isthmus.data.sources import SOURCES, open_source
from isthmus.errors import DataError, UsageError
from isthmus.nodule import Label
from isthmus.progress import Item


def make(kind: str, root: Path) -> Path:
    """A made copy of a kind of data set: the maker's file is called as the reader's."""
    maker = importlib.import_module(f"make.{SOURCES[kind].module}")
    return Path(maker.make(root))


@pytest.fixture(params=list(SOURCES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def root(kind: str, tmp_path: Path) -> Path:
    return make(kind, tmp_path / "made")


@pytest.fixture
def data(kind: str, root: Path) -> DataSet:
    return open_source(kind, root)


def test_same_ids_each_time(kind: str, root: Path, data: DataSet) -> None:
    again = open_source(kind, root)
    assert again == data
    assert [nodule.id for nodule in again.nodules] == [nodule.id for nodule in data.nodules]


def test_ids_are_unique(data: DataSet) -> None:
    assert len({record.id for record in data.images}) == len(data.images) > 0
    assert len({nodule.id for nodule in data.nodules}) == len(data.nodules) > 0


def test_both_labels_and_the_policy_are_there(kind: str, data: DataSet) -> None:
    assert all(type(nodule.label) is Label for nodule in data.labelled)
    assert all(data.counts().values())
    assert sum(data.counts().values()) == len(data.labelled)
    assert (data.kind, data.policy) == (kind, SOURCES[kind].policy)


def test_boxes_and_contours_lie_inside_their_images(data: DataSet) -> None:
    images = {record.id: record for record in data.images}
    for nodule in data.nodules:
        record = images[nodule.image]
        assert nodule.box.fits(record.width, record.height)
        assert all(0 <= x < record.width and 0 <= y < record.height for x, y in nodule.contour)
        assert (nodule.picture, nodule.patient) == (record.picture, record.patient)
        assert nodule.picture.path.is_file()


def test_what_travels_is_frozen(data: DataSet) -> None:
    for thing in (data, data.images[0], data.nodules[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            thing.root = None  # type: ignore[union-attr, misc]


def test_progress_is_called_once_with_everything(kind: str, root: Path) -> None:
    seen: list[int] = []

    def progress(items: Sequence[Item], doing: str) -> Iterable[Item]:
        seen.append(len(items))
        return items

    open_source(kind, root, progress=progress)
    assert len(seen) == 1
    assert seen[0] > 0


def test_fingerprint_goes_with_the_content_not_the_place(kind: str, root: Path, data: DataSet, tmp_path: Path) -> None:
    moved = open_source(kind, Path(shutil.copytree(root, tmp_path / "elsewhere")))
    assert moved.fingerprint() == data.fingerprint()
    victim = moved.labelled[0].picture.path
    victim.write_bytes(victim.read_bytes() + b"\0")
    assert moved.fingerprint() != data.fingerprint()


def test_empty_folder(kind: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no image|no such folder"):
        open_source(kind, tmp_path)


def test_missing_folder(kind: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        open_source(kind, tmp_path / "nowhere")


def test_a_truncated_image_is_a_fault_and_the_rest_is_read(kind: str, root: Path, data: DataSet) -> None:
    victim = data.nodules[0]
    victim.picture.path.write_bytes(victim.picture.path.read_bytes()[:200])
    damaged = open_source(kind, root)
    assert victim.image not in {record.id for record in damaged.images}
    assert len(damaged.images) == len(data.images) - 1
    assert [fault.kind for fault in damaged.broken] == ["unreadable-image"]
    with pytest.raises(DataError, match="--skip-broken"):
        damaged.refuse_broken()


def test_a_policy_that_does_not_suit_is_refused(kind: str, root: Path) -> None:
    other = "benign-2-3" if SOURCES[kind].policy == GIVEN else GIVEN
    with pytest.raises(UsageError, match="doesn't suit"):
        open_source(kind, root, policy=other)


def test_unknown_kind_and_policy(root: Path) -> None:
    with pytest.raises(UsageError, match=", ".join(SOURCES)):
        open_source("holograms", root)
    with pytest.raises(UsageError, match="no label policy"):
        open_source("ddti", root, policy="benign-9")


def test_what_is_no_file_is_a_broken_fault_never_waited_for(kind: str, root: Path, data: DataSet) -> None:
    os.mkfifo(data.nodules[0].picture.path.with_name("pipe.jpg"))
    data.nodules[0].picture.path.with_name("unmounted").symlink_to("/nowhere/at/all")
    found = open_source(kind, root)
    assert [fault.kind for fault in found.broken] == ["not-read", "not-read"]
    assert found.nodules == data.nodules
    with pytest.raises(DataError, match="--skip-broken"):
        found.refuse_broken()


def test_a_linked_folder_is_read(kind: str, root: Path, data: DataSet, tmp_path: Path) -> None:
    folder = data.nodules[0].picture.path.parent
    if folder == root:
        (tmp_path / "outer").mkdir()
        (tmp_path / "outer" / "inner").symlink_to(root)
        root = tmp_path / "outer"
    else:
        moved = folder.rename(tmp_path / "moved")
        folder.symlink_to(moved)
    found = open_source(kind, root)
    assert len(found.nodules) == len(data.nodules)
    assert found.broken == data.broken
