"""Manifests and webdataset shards to items."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
import webdataset
from webdataset.tariterators import group_by_keys, tar_file_iterator

from isthmus.errors import DataError
from isthmus.infer.archive.items import Item, Region
from isthmus.infer.archive.manifest import manifest_items
from isthmus.infer.archive.shards import shard_items
from isthmus.nodule import Box
from make.archive import HEIGHT, WIDTH, jpeg, write_manifest, write_shard

BOX = Box(1, 2, 21, 22)


def problems(items: list[Item]) -> list[str]:
    return [region.problem for item in items for region in item.regions]


def test_a_manifest_with_everything(tmp_path: Path) -> None:
    rows = ["a/1.jpg,1,2,21,22,n7,anna,benign", "a/1.jpg,3,3,9,9,,anna,", "/else/2.jpg,,,,,,,malignant"]
    first, second = manifest_items(write_manifest(tmp_path / "list.csv", rows))
    assert first == Item(
        "a/1.jpg",
        tmp_path / "a/1.jpg",
        (Region("n7", BOX, "anna", "benign"), Region("a/1.jpg-2", Box(3, 3, 9, 9), "anna")),
    )
    assert second == Item("/else/2.jpg", Path("/else/2.jpg"), (Region("/else/2.jpg", label="malignant"),))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", "path\na.jpg\nb.jpg\n"),
        ("list.csv", "\ufeffNote; Path \nx;a.jpg\ny;b.jpg\n"),
        ("list.tsv", "path\tpatient\na.jpg\t\n\nb.jpg\t\n"),
        ("list.csv", "path,x0,y0,x1,y1\r\na.jpg,,,,\r\nb.jpg,,,,\r\n"),
    ],
)
def test_manifests_of_every_kind(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert list(manifest_items(tmp_path / name)) == [
        Item(image, tmp_path / image, (Region(image),)) for image in ("a.jpg", "b.jpg")
    ]


def test_parquet_is_read_as_csv_is(tmp_path: Path) -> None:
    rows = {"Path": ["a.jpg", "a.jpg", "b.jpg", None], "x0": [1.0, 3.5, None, None], "y0": [2.0, 3, None, None]}
    sides = {
        "x1": [21.0, 9, None, None],
        "y1": [22.0, 9, None, None],
        "patient": ["anna", None, None, None],
        "z": [0] * 4,
    }
    pyarrow.parquet.write_table(pyarrow.table(rows | sides), tmp_path / "list.parquet")
    first, second, third = manifest_items(tmp_path / "list.parquet")
    assert first.regions[0] == Region("a.jpg-1", BOX, "anna")
    assert first.regions[1].box == Box(3, 3, 9, 9)
    assert second == Item("b.jpg", tmp_path / "b.jpg", (Region("b.jpg"),))
    assert problems([first, second, third]) == [
        "",
        "",
        "",
        "names no path",
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a.jpg,1,2,x,4,,,", "box '1,2,x,4' is not four numbers"),
        ("a.jpg,1,2,3,,,,", "box '1,2,3,' is not four numbers"),
        ("a.jpg,1,2,inf,4,,,", "is not four numbers"),
        ("a.jpg,9,9,2,2,,,", "box 9,9,2,2 has no area"),
        (",1,2,3,4,,,", "names no path"),
        ("a, b.jpg,1,2,3,4,,,", "has 9 cells where the header has 8"),
        ("a.jpg", "has 1 cells where the header has 8"),
    ],
)
def test_a_row_that_cant_be_used_says_why_and_the_others_are_kept(tmp_path: Path, row: str, problem: str) -> None:
    found = list(manifest_items(write_manifest(tmp_path / "list.csv", [row, "b.jpg,1.0,2.0,21,22,,,"])))
    assert problem in found[0].regions[0].problem
    assert (found[1].image, found[1].regions[0].box) == ("b.jpg", BOX)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"image,label\na.jpg,benign\n", "has no column 'path' but image, label"),
        (b"", "is empty"),
        (b"path\n\xff.jpg\n", "is not UTF-8 text"),
        (b'path\n"a.jpg\n' + b"x" * 200_000, "is not CSV"),
    ],
)
def test_a_table_that_is_no_manifest_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(DataError, match=told):
        list(manifest_items(tmp_path / "list.csv"))
    (tmp_path / "list.parquet").write_bytes(content)
    with pytest.raises(DataError, match="is no Parquet file"):
        list(manifest_items(tmp_path / "list.parquet"))


def test_webdatasets_own_shards_are_read_as_it_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "s-0.tar"
    with webdataset.TarWriter(str(path)) as writer:
        for number in range(5):
            said = {"box": [1, 2, 21, 22], "patient": f"p{number}", "label": "benign"} if number % 2 else None
            sample = {"__key__": f"scans/{number:03}", "jpg": jpeg(number), "cls": number % 2}
            writer.write(sample | ({"json": said} if said else {}))
    with path.open("rb") as file:
        theirs = list(group_by_keys({"__url__": "", **one} for one in tar_file_iterator(file)))
    ours = list(shard_items(path))
    assert [item.image for item in ours] == [f"{path}/{sample['__key__']}.jpg" for sample in theirs]
    for item, sample in zip(ours, theirs, strict=True):
        with path.open("rb") as file:
            file.seek(item.start)
            assert file.read(item.size or 0) == sample["jpg"]
        said = json.loads(sample["json"]) if "json" in sample else {}
        assert item.regions[0].box == (BOX if said else None)
        assert (item.regions[0].patient, item.regions[0].label) == (said.get("patient", ""), said.get("label", ""))
        assert (item.decode().width, item.decode().height) == (WIDTH, HEIGHT)


def test_several_boxes_and_names_with_dots(tmp_path: Path) -> None:
    said = json.dumps({"boxes": [[1, 2, 21, 22], [3.0, 3, 9, 9]], "nodule": "n"}).encode()
    members = [("1.2.840.json", said), ("1.2.840.jpg", jpeg()), ("1.2.841.JPG", jpeg(1)), ("readme.txt", b"")]
    first, second = shard_items(write_shard(tmp_path / "s.tar", members))
    image = f"{tmp_path}/s.tar/1.2.840.jpg"
    assert first.regions == (Region(f"{image}-1", BOX), Region(f"{image}-2", Box(3, 3, 9, 9)))
    assert second.regions == (Region(f"{tmp_path}/s.tar/1.2.841.JPG"),)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"{", "k.json: is not JSON"),
        (b"[1, 2]", "k.json: is no JSON object"),
        (b'{"box": "1,2,3,4"}', "is not [x0, y0, x1, y1]"),
        (b'{"box": [1, 2, 3]}', "is not [x0, y0, x1, y1]"),
        (b'{"boxes": []}', "its boxes are no list"),
        (b'{"boxes": 7}', "its boxes are no list"),
        (b'{"box": [1, 2, 3, null]}', "is not four numbers"),
        (b'{"box": [9, 9, 1, 1]}', "has no area"),
        (b"[" * 100_000, "is not JSON"),
        (b" " * (1 << 21), "is larger than"),
    ],
)
def test_json_that_cant_be_used_is_a_problem_of_its_image(tmp_path: Path, said: bytes, problem: str) -> None:
    shard = write_shard(tmp_path / "s.tar", [("k.jpg", jpeg()), ("k.json", said), ("l.jpg", jpeg())])
    first, second = shard_items(shard)
    assert problem in first.regions[0].problem
    assert second.regions[0].problem == ""


def spoiled(path: Path, how: str) -> Path:
    write_shard(path, [(f"{number}.jpg", jpeg(number)) for number in range(4)])
    content = path.read_bytes()
    with tarfile.open(path) as tar:
        third = tar.getmembers()[2]
    if how == "cut in a picture":
        path.write_bytes(content[: third.offset_data + 100])
    elif how == "cut between two":
        path.write_bytes(content[: third.offset])
    elif how == "cut in a header":
        path.write_bytes(content[: third.offset + 100])
    elif how == "header overwritten":
        path.write_bytes(content[: third.offset] + b"?" * 512 + content[third.offset_data :])
    elif how == "no tar":
        path.write_bytes(b"?" * 5000)
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "compressed":
        with tarfile.open(path, "w:gz") as tar:
            tar.addfile(tarfile.TarInfo("a.jpg"), io.BytesIO())
    else:
        path.unlink()
    return path


@pytest.mark.parametrize(
    ("how", "whole", "told"),
    [
        ("cut in a picture", 3, "is cut short"),
        ("cut between two", 2, "is cut short"),
        ("cut in a header", 2, "is damaged"),
        ("header overwritten", 2, "is damaged"),
        ("no tar", 0, "is no whole, uncompressed tar file"),
        ("empty", 0, "is no whole, uncompressed tar file"),
        ("compressed", 0, "is no whole, uncompressed tar file"),
        ("gone", 0, "can't read: No such file"),
    ],
)
def test_a_shard_that_is_not_whole_says_so(tmp_path: Path, how: str, whole: int, told: str) -> None:
    path = spoiled(tmp_path / "s.tar", how)
    *images, last = shard_items(path)
    assert [item.image for item in images] == [f"{path}/{number}.jpg" for number in range(whole)]
    assert last.image == str(path)
    assert told in last.regions[0].problem
    if how == "cut in a picture":
        with pytest.raises(DataError, match="damaged or cut short"):
            images[-1].decode()
    for image in images[:2]:
        assert image.decode().width == WIDTH


def test_an_empty_tar_holds_nothing(tmp_path: Path) -> None:
    assert list(shard_items(write_shard(tmp_path / "s.tar", []))) == []


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_names_are_found_however_they_are_spelt(tmp_path: Path, kind: str) -> None:
    there = ["a/1.jpg", "u\u0308.JPG", "\u00e9/2.jpg"]
    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(jpeg())
    names = ["a\\1.jpg", "\u00fc.jpg", ".\\e\u0301\\2.jpg"]
    path = write_manifest(tmp_path / "list.csv", names, header="path")
    if kind == "parquet":
        pyarrow.parquet.write_table(pyarrow.table({"path": names}), path := tmp_path / "list.parquet")
    items = list(manifest_items(path))
    assert [(item.image, item.path, item.decode().width) for item in items] == [
        (name, tmp_path / file, WIDTH) for name, file in zip(names, there, strict=True)
    ]


def test_a_name_that_may_be_two_files_is_a_problem(tmp_path: Path) -> None:
    for name in ("a.JPG", "a.Jpg"):
        (tmp_path / name).write_bytes(jpeg())
    items = list(manifest_items(write_manifest(tmp_path / "list.csv", ["a.jpg", "a.Jpg"], header="path")))
    assert problems(items) == ["may be a.JPG or a.Jpg", ""]


def test_a_column_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="more than one column 'path': 'path' and 'Path'"):
        list(manifest_items(write_manifest(tmp_path / "list.csv", ["a.jpg,b.jpg"], header="path,Path")))
    pyarrow.parquet.write_table(
        pyarrow.Table.from_arrays([["a.jpg"], ["b.jpg"]], ["path", "path"]), tmp_path / "list.parquet"
    )
    with pytest.raises(DataError, match="more than one column 'path'"):
        list(manifest_items(tmp_path / "list.parquet"))
