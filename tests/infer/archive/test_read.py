"""What a repeated run reads anew, and what it never replaces."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from isthmus.errors import UsageError
from isthmus.infer.archive.read import Local, Summary, read_archive
from isthmus.infer.archive.walk import items_of
from isthmus.infer.predictor import Predictor
from make.archive import KilledError, Mortal, jpeg, predictor, write_images, write_shard

CHUNK = 4


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    return write_images(tmp_path / "scans", 11)


@pytest.fixture
def reader(tmp_path: Path) -> Predictor:
    return predictor(tmp_path / "model")


def read(scans: Path, to: Path, reader: Predictor) -> Summary:
    return read_archive(items_of([str(scans)]), to, Local([reader]), CHUNK)


def test_a_repaired_image_is_read_again(scans: Path, reader: Predictor, tmp_path: Path) -> None:
    to, broken = tmp_path / "out.csv", scans / "a" / "00001.jpg"
    content = broken.read_bytes()
    broken.write_bytes(b"")
    with pytest.raises(KilledError):
        read_archive(items_of([str(scans)]), to, Mortal(reader, 2), CHUNK)
    broken.write_bytes(content)
    done = read(scans, to, reader)
    assert (done.errors, done.resumed, done.foreign) == (0, CHUNK, 1)
    same_size = scans / "b" / "00002.jpg"
    with pytest.raises(KilledError):
        read_archive(items_of([str(scans)]), to, Mortal(reader, 2), CHUNK)
    status = same_size.stat()
    os.utime(same_size, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert read(scans, to, reader).resumed == CHUNK


def test_a_shard_that_is_replaced_between_runs_is_read_again(reader: Predictor, tmp_path: Path) -> None:
    to, shard = tmp_path / "out.csv", tmp_path / "s.tar"
    write_shard(shard, [(f"{number}.jpg", jpeg(number)) for number in range(CHUNK + 1)])
    with pytest.raises(KilledError):
        read_archive(items_of([str(shard)]), to, Mortal(reader, 1), CHUNK)
    write_shard(shard, [(f"{number}.jpg", jpeg(number)) for number in range(CHUNK + 2)])
    assert read_archive(items_of([str(shard)]), to, Local([reader]), CHUNK).resumed == 0


def test_the_same_image_twice_is_not_taken_for_resumed(scans: Path, reader: Predictor, tmp_path: Path) -> None:
    one = str(scans / "a" / "00001.jpg")
    done = read_archive(items_of([one, one]), tmp_path / "out.csv", Local([reader]), CHUNK)
    assert (done.images, done.rows, done.resumed) == (2, 2, 0)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_only_an_earlier_table_is_replaced(scans: Path, reader: Predictor, tmp_path: Path, ending: str) -> None:
    to = tmp_path / f"out.{ending}"
    read(scans, to, reader)
    first = to.read_bytes()
    read(scans, to, reader)
    assert to.read_bytes() == first
    to.write_bytes(b"nodule,grade\nn1,4\n")
    with pytest.raises(UsageError, match="no table that this command wrote"):
        read(scans, to, reader)
    assert to.read_bytes() == b"nodule,grade\nn1,4\n"


def test_a_folder_of_parts_with_something_else_in_it_is_left_alone(
    scans: Path, reader: Predictor, tmp_path: Path
) -> None:
    precious = tmp_path / "out.csv.parts" / "thesis.csv"
    precious.parent.mkdir()
    precious.write_text("precious")
    with pytest.raises(UsageError, match=r"thesis\.csv"):
        read(scans, tmp_path / "out.csv", reader)
    assert precious.read_text() == "precious"


def test_an_image_that_is_the_target_is_refused(scans: Path, reader: Predictor, tmp_path: Path) -> None:
    to = tmp_path / "out.csv"
    read(scans, to, reader)
    (scans / "c" / "00000.jpg").unlink()
    (scans / "c" / "00000.jpg").hardlink_to(to)
    before = to.read_bytes()
    with pytest.raises(UsageError, match="what this command reads"):
        read(scans, to, reader)
    assert to.read_bytes() == before
