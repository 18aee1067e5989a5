"""An archive to a table: every row once, whatever breaks or is killed on the way."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from isthmus.data.decode_memory import MOST_MEMORY
from isthmus.data.pixels import read_frame
from isthmus.data.prepare import prepare
from isthmus.data.tables import as_csv
from isthmus.errors import DataError, EngineError, StorageError, UsageError
from isthmus.infer.archive.items import Item, Region
from isthmus.infer.archive.parts import Parts
from isthmus.infer.archive.read import Local, Summary, read_archive
from isthmus.infer.archive.table import COLUMNS
from isthmus.infer.archive.walk import items_of
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Box, Pixels
from isthmus.recipe import Recipe
from make.archive import (
    HEIGHT,
    WIDTH,
    Brightness,
    KilledError,
    Mortal,
    predictor,
    write_images,
    write_manifest,
)

CHUNK = 4


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    return write_images(tmp_path / "scans", 11)


@pytest.fixture
def reader(tmp_path: Path) -> Predictor:
    return predictor(tmp_path / "model")


def read(scans: Path, to: Path, reader: Predictor) -> Summary:
    return read_archive(items_of([str(scans)]), to, Local([reader]), CHUNK)


def rows_of(path: Path) -> list[Mapping[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def batches(reader: Predictor) -> list[int]:
    assert isinstance(reader.engine, Brightness)
    return reader.engine.batches


def test_every_image_is_a_row_in_the_order_of_the_walk(scans: Path, tmp_path: Path, reader: Predictor) -> None:
    done = read(scans, tmp_path / "out.csv", reader)
    rows = rows_of(tmp_path / "out.csv")
    assert tuple(rows[0]) == tuple(COLUMNS)
    assert [row["image"] for row in rows] == [item.image for item in items_of([str(scans)])]
    assert (done.images, done.rows, done.errors, done.resumed, done.foreign) == (11, 11, 0, 0, 0)
    assert (done.engine, done.images_per_second > 0) == ("brightness", True)
    for row in rows:
        said = reader.predict(read_frame(Path(row["image"])))
        assert float(row["p_malignant"]) == said.probability
        assert (row["verdict"], row["nodule"]) == (str(said.verdict), row["image"])
        assert [row[side] for side in ("x0", "y0", "x1", "y1")] == ["0", "0", str(WIDTH), str(HEIGHT)]
    assert not (tmp_path / "out.csv.parts").exists()


def test_an_image_is_decoded_once_for_its_boxes(
    scans: Path, reader: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    original = Item.decode
    monkeypatch.setattr(Item, "decode", lambda item: (decoded.append(item.image), original(item))[1])
    boxes = [Box(number, 2, number + 9, 12) for number in range(20)]
    path = scans / "a" / "00001.jpg"
    item = Item("one", path, tuple(Region(f"n{box.x0}", box, "p", "benign") for box in boxes))
    read_archive([item], tmp_path / "out.csv", Local([reader]))
    rows = rows_of(tmp_path / "out.csv")
    assert decoded == ["one"]
    assert [Box(*(int(row[side]) for side in ("x0", "y0", "x1", "y1"))) for row in rows] == boxes
    said = reader.engine.read(
        np.stack([prepare(read_frame(path), box, Recipe().changed(size=32).preparation) for box in boxes])
    )
    assert [float(row["p_malignant"]) for row in rows] == [float(p) for p in said.fused]
    assert {row["label"] for row in rows} == {"benign"}


def test_what_cant_be_read_is_a_row_with_its_error(scans: Path, reader: Predictor, tmp_path: Path) -> None:
    items = [*items_of([str(scans)])]
    (scans / "a" / "00001.jpg").write_bytes(b"")
    (scans / "a" / "00004.jpg").unlink()  # it has vanished since the walk
    (scans / "b" / "00002.jpg").write_bytes((scans / "b" / "00002.jpg").read_bytes()[:400])
    (scans / "b" / "00005.jpg").write_text("not a picture")
    outside = Region("n", Box(40, 20, 60, 30), "anna")
    items.append(Item("two", scans / "c" / "00000.jpg", (outside, Region("m", problem="names no path"))))
    done = read_archive(items, tmp_path / "out.csv", Local([reader]), CHUNK)
    rows = rows_of(tmp_path / "out.csv")
    errors = {row["nodule"].removeprefix(f"{scans}/"): row["error"] for row in rows if row["error"]}
    assert list(errors) == ["a/00001.jpg", "a/00004.jpg", "b/00002.jpg", "b/00005.jpg", "n", "m"]
    told = ("is empty", "No such file", "damaged or cut short", "is text", "leaves the image", "names no path")
    for error, part in zip(errors.values(), told, strict=True):
        assert part in error
    assert (done.rows, done.errors, len(rows)) == (13, 6, 13)
    assert done.first_error == f"{scans}/a/00001.jpg: is empty (0 bytes). Copy the file again from its source"
    failed = next(row for row in rows if row["nodule"] == "n")
    assert [failed[name] for name in ("x0", "y1", "patient", "p_malignant", "p_whole", "p_crops", "verdict")] == [
        "40",
        "30",
        "anna",
        *[""] * 4,
    ]
    assert all(row["p_malignant"] for row in rows if not row["error"])


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("life", [0, 1, 2])
def test_killed_and_run_again_gives_the_same_bytes(
    scans: Path, reader: Predictor, tmp_path: Path, life: int, ending: str
) -> None:
    read(scans, tmp_path / f"whole.{ending}", reader)
    to = tmp_path / f"out.{ending}"
    with pytest.raises(KilledError):
        read_archive(items_of([str(scans)]), to, Mortal(reader, life), CHUNK)
    assert not to.exists()
    assert len(list((tmp_path / f"out.{ending}.parts").iterdir())) == life
    batches(reader).clear()
    done = read(scans, to, reader)
    assert (done.resumed, done.images, sum(batches(reader))) == (life * CHUNK, 11, 11 - life * CHUNK)
    assert to.read_bytes() == (tmp_path / f"whole.{ending}").read_bytes()
    assert not (tmp_path / f"out.{ending}.parts").exists()


def test_killed_while_the_parts_are_merged(
    scans: Path, reader: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "out.csv"
    earlier = as_csv([[*COLUMNS]])
    to.write_text(earlier)
    for kill in ("merge", "_read"):
        with monkeypatch.context() as patch:
            patch.setattr(Parts, kill, lambda *_: (_ for _ in ()).throw(KilledError()))
            with pytest.raises(KilledError):
                read(scans, to, reader)
    assert to.read_text() == earlier
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: (_ for _ in ()).throw(KilledError()))
        with pytest.raises(KilledError):
            read(scans, to, reader)
    first = to.read_bytes()
    batches(reader).clear()
    assert read(scans, to, reader).resumed == 11
    assert batches(reader) == []
    assert to.read_bytes() == first


def test_a_table_of_before_is_replaced(scans: Path, reader: Predictor, tmp_path: Path) -> None:
    """While P(malignant) was called p."""
    to = tmp_path / "out.csv"
    to.write_text(as_csv([["p" if name == "p_malignant" else name for name in COLUMNS]]))
    read(scans, to, reader)
    assert tuple(rows_of(to)[0]) == tuple(COLUMNS)


def test_a_part_half_written_is_not_taken_for_one(scans: Path, reader: Predictor, tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        read_archive(items_of([str(scans)]), tmp_path / "out.csv", Mortal(reader, 1), CHUNK)
    (part,) = (tmp_path / "out.csv.parts").iterdir()
    part.rename(part.with_name(f".{part.name}.x7f3"))
    assert read(scans, tmp_path / "out.csv", reader).resumed == 0


@pytest.mark.parametrize("change", ["bundle", "engine", "input"])
def test_parts_of_something_else_are_not_used(scans: Path, reader: Predictor, tmp_path: Path, change: str) -> None:
    to = tmp_path / "out.csv"
    with pytest.raises(KilledError):
        read_archive(items_of([str(scans)]), to, Mortal(reader, 2), CHUNK)
    if change == "bundle":
        reader = predictor(tmp_path / "model", about='{"another": 1}')
    elif change == "engine":
        reader.engine.name = "darkness"
    else:
        (scans / "a" / "00000.jpg").write_bytes((scans / "a" / "00001.jpg").read_bytes())
    done = read(scans, to, reader)
    assert (done.resumed, done.foreign) == (0, 2)
    assert done.rows == done.images == len(rows_of(to)) == (12 if change == "input" else 11)


def test_parquet_has_the_types_of_its_columns(scans: Path, reader: Predictor, tmp_path: Path) -> None:
    (scans / "a" / "00001.jpg").write_bytes(b"")
    for ending in ("csv", "parquet"):
        read(scans, tmp_path / f"out.{ending}", reader)
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    names = {str: "string", int: "int64", float: "double"}
    assert [(field.name, str(field.type)) for field in table.schema] == [(n, names[k]) for n, k in COLUMNS.items()]
    assert table.to_pylist() == [
        {name: COLUMNS[name](cell) if cell else None for name, cell in row.items()}
        for row in rows_of(tmp_path / "out.csv")
    ]


def test_a_target_that_cant_be(scans: Path, reader: Predictor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.csv").mkdir()
    for to, error in (("out.xlsx", UsageError), ("folder.csv", UsageError), ("file/out.csv", StorageError)):
        with pytest.raises(error):
            read(scans, tmp_path / to, reader)


def test_nothing_to_read(reader: Predictor, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing to read"):
        read_archive([], tmp_path / "out.csv", Local([reader]))
    assert not (tmp_path / "out.csv").exists()


def test_an_engine_that_fails_stops_it_and_finished_parts_stay(
    scans: Path, reader: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Brightness.read

    def failing(engine: Brightness, rois: Pixels) -> object:
        if len(engine.batches) == 1:
            raise EngineError("engine brightness failed (out of memory)", remedy="Use another --engine.")
        return original(engine, rois)

    monkeypatch.setattr(Brightness, "read", failing)
    with pytest.raises(EngineError, match=r"engine brightness failed \(out of memory\)\. .* Finished parts stay"):
        read(scans, tmp_path / "out.csv", reader)
    assert len(list((tmp_path / "out.csv.parts").glob("*.csv"))) == 1


def test_no_path_or_box_upsets_the_table(reader: Predictor, tmp_path: Path) -> None:
    (tmp_path / "pipe.jpg").mkdir()
    os.mkfifo(tmp_path / "fifo.jpg")
    with (tmp_path / "huge.jpg").open("wb") as huge:
        huge.write(b"BM")
        huge.truncate(MOST_MEMORY + 1)
    rows = ["fifo.jpg,,,,", "/dev/zero,,,,", "pipe.jpg,,,,", "huge.jpg,,,,", f"{'x' * 5000}.jpg,,,,"]
    rows += [f"a.jpg,0,0,{1 << 70},9", "a.jpg,0,0,1000000,9", "a.jpg,0,0,999999,9"]
    manifest = write_manifest(tmp_path / "list.csv", rows, "path,x0,y0,x1,y1")
    items = [*items_of([str(manifest)]), Item("nul", Path("nul\0.jpg"), (Region("nul"),))]
    done = read_archive(items, tmp_path / "out.parquet", Local([reader]))
    errors = [row["error"] for row in pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()]
    told = ["no regular file"] * 2 + ["a folder", "too large", "too long"]
    told += ["not four", "not four", "No such", "null byte"]
    assert done.errors == len(told)
    for error, part in zip(errors, told, strict=True):
        assert part in error
