"""Folders and globs to items."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from isthmus.errors import DataError, UsageError
from isthmus.infer.archive.items import MOST_REGIONS, Item, Region, chunks, of_nodules, printable, whole
from isthmus.infer.archive.walk import items_of
from isthmus.nodule import Box, ImageRef, Label, Nodule
from make.archive import jpeg, make, write_images, write_manifest, write_shard


def names(*inputs: object) -> list[str]:
    return [item.image for item in items_of([str(one) for one in inputs])]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_is_walked_in_the_order_of_names(here: Path) -> None:
    write_images(here / "scans", 5)
    (here / "scans" / "notes.txt").write_text("no image")
    (here / "scans" / ".hidden.jpg").write_bytes(jpeg())
    (here / "scans" / "a" / ".cache").mkdir()
    (here / "scans" / "a" / ".cache" / "x.jpg").write_bytes(jpeg())
    found = list(items_of(["scans"]))
    assert [item.image for item in found] == [
        "scans/a/00001.jpg",
        "scans/a/00004.jpg",
        "scans/b/00002.jpg",
        "scans/c/00000.jpg",
        "scans/c/00003.jpg",
    ]
    assert found[0].path == here / "scans/a/00001.jpg"
    assert found[0].regions == (Region("scans/a/00001.jpg"),)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("scans/*/00001.jpg", ["scans/a/00001.jpg"]),
        ("scans/?/0000[13].jpg", ["scans/a/00001.jpg", "scans/c/00003.jpg"]),
        ("scans/**/0000[1-3].jpg", ["scans/a/00001.jpg", "scans/b/00002.jpg", "scans/c/00003.jpg"]),
        ("**/00002.jpg", ["scans/b/00002.jpg"]),
        ("scans/[ab]", ["scans/a/00001.jpg", "scans/a/00004.jpg", "scans/b/00002.jpg"]),
        ("scans/{b,a}/*", ["scans/b/00002.jpg", "scans/a/00001.jpg", "scans/a/00004.jpg"]),
        ("scans/a/0000{1..4}.jpg", DataError),
    ],
)
def test_patterns(here: Path, pattern: str, found: list[str] | type[Exception]) -> None:
    write_images(here / "scans", 5)
    if isinstance(found, list):
        assert names(pattern) == found
        assert names(here / pattern) == [f"{here}/{name}" for name in found]
    else:
        with pytest.raises(found, match=r"scans/a/00002\.jpg: no such file"):
            names(pattern)


def test_two_stars_alone_are_all_images_below(here: Path) -> None:
    write_images(here / "scans", 5)
    (here / "scans" / "a" / "notes.txt").write_text("no image")
    assert names("scans/**") == names("scans") == names("scans/**/*.jpg")


def test_a_star_leaves_out_what_is_no_image_unless_it_is_asked_for(here: Path) -> None:
    write_images(here / "scans", 1)
    (here / "scans" / "c" / "raw.dat").write_bytes(jpeg())
    (here / "scans" / "c" / "table.csv").write_text("no,manifest\n")
    assert names("scans/c/*") == ["scans/c/00000.jpg"]
    assert names("scans/c/*.dat") == ["scans/c/raw.dat"]


def test_a_name_that_looks_like_a_pattern_is_first_a_name(here: Path) -> None:
    for name in ("scan[1].jpg", "scan1.jpg", "{a,b}.jpg"):
        (here / name).write_bytes(jpeg())
    assert names("scan[1].jpg", "{a,b}.jpg") == ["scan[1].jpg", "{a,b}.jpg"]


@pytest.mark.parametrize("given", ["nowhere", "nowhere/*.jpg", "empty", "empty/*", "x" * 300, "a{b,c", "list.csv"])
def test_an_input_without_an_image_is_named_at_once(here: Path, given: str) -> None:
    (here / "empty").mkdir()
    write_manifest(here / "list.csv", [])
    (here / "here.jpg").write_bytes(jpeg())
    with pytest.raises(DataError, match=given.replace("*", r"\*").replace("{", r"\{")):
        items_of(["here.jpg", given])


def test_two_double_stars_are_refused() -> None:
    with pytest.raises(UsageError, match="only once"):
        items_of(["**/a/**/b.jpg"])


def test_links_are_followed_but_not_round_in_circles(here: Path) -> None:
    write_images(here / "scans", 1)
    write_images(here / "elsewhere", 1)
    (here / "scans" / "up").symlink_to(here / "scans", target_is_directory=True)
    (here / "scans" / "other").symlink_to(here / "elsewhere", target_is_directory=True)
    (here / "scans" / "z.jpg").symlink_to(here / "gone.jpg")
    assert names("scans") == ["scans/c/00000.jpg", "scans/other/c/00000.jpg", "scans/z.jpg"]
    assert sorted(names("scans/**/*.jpg")) == names("scans")


def problems(*inputs: object) -> dict[str, str]:
    return {item.image: item.regions[0].problem for item in items_of([str(one) for one in inputs])}


@pytest.mark.parametrize("given", ["scans", "scans/**/*.jpg", "scans/*/*.jpg"])
def test_a_folder_that_cant_be_listed_is_an_item_with_a_problem(
    here: Path, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_images(here / "scans", 2)
    scandir, listdir = os.scandir, os.listdir

    def refusing(real: Callable[[object], object]) -> Callable[[object], object]:
        def look(path: object = ".") -> object:
            if str(path) == "scans/a":
                raise PermissionError(13, "Permission denied")
            return real(path)

        return look

    monkeypatch.setattr(os, "scandir", refusing(scandir))
    monkeypatch.setattr(os, "listdir", refusing(listdir))
    assert problems(given) == {"scans/a": "can't list this folder: Permission denied", "scans/c/00000.jpg": ""}


def test_what_is_no_file_is_an_item_with_a_problem(here: Path) -> None:
    write_images(here / "scans", 1)
    os.mkfifo(here / "scans" / "p.jpg")
    os.mkfifo(here / "scans" / "p.tar")
    (here / "scans" / "unmounted").symlink_to("/nowhere/at/all")
    (here / "scans" / "folder.jpg").mkdir()
    told = problems("scans")
    assert list(told) == ["scans/c/00000.jpg", "scans/p.jpg", "scans/p.tar", "scans/unmounted"]
    assert told["scans/p.jpg"] == "is a named pipe, no file"
    assert told["scans/p.tar"] == "is a named pipe, no file"
    assert "leads nowhere" in told["scans/unmounted"]


def test_a_pipe_that_is_named_is_refused_not_waited_for(here: Path) -> None:
    for name in ("p.csv", "p.tar", "p.jpg"):
        os.mkfifo(here / name)
    with pytest.raises(DataError, match="is a named pipe, no manifest"):
        items_of(["p.csv"])
    assert problems("p.tar") == {"p.tar": "is a named pipe, no tar file"}
    (item,) = items_of(["p.jpg"])
    with pytest.raises(DataError, match="no"):
        item.decode()


def test_a_manifest_that_is_the_target_is_refused(here: Path) -> None:
    write_images(here, 1)
    write_manifest(here / "list.csv", ["c/00000.jpg,,,,,,,"])
    (here / "other.csv").hardlink_to(here / "list.csv")
    with pytest.raises(UsageError, match="what this command reads"):
        list(items_of(["*.csv"], Path("other.csv")))


def test_a_name_that_is_no_utf8_can_be_written(here: Path) -> None:
    path = Path(os.fsdecode(b"caf\xe9.jpg"))
    try:
        path.write_bytes(jpeg())
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    (item,) = items_of(["*.jpg"])
    assert item.image == printable(path) == "caf\\xe9.jpg"
    assert item.decode().width == 48


def test_everything_at_once_keeps_the_order_given(here: Path) -> None:
    made = make(here)
    everything = names(made["shards"], made["manifest"], made["folder"])
    assert len(everything) == 4 + 2 + 7
    assert everything[4] == "images/a/00001.jpg"


def test_the_walk_is_lazy(here: Path) -> None:
    write_images(here / "scans", 3)
    walk = items_of(["scans"])
    next(walk)
    write_shard(here / "scans" / "b" / "late.tar", [("k.jpg", jpeg())])
    assert "scans/b/late.tar/k.jpg" in [item.image for item in walk]


def test_chunks_hold_whole_items_and_pass_by() -> None:
    endless = (whole(Path(f"{number}.jpg")) for number in itertools.count())
    first, second = itertools.islice(chunks(endless, 10), 2)
    assert (first.index, second.index) == (0, 1)
    assert [item.image for item in second.items] == [f"{number}.jpg" for number in range(10, 20)]
    three = [Item("a", Path("a"), (Region("x"),) * 3)] * 3
    assert [len(chunk.items) for chunk in chunks(three, 4)] == [2, 1]


def test_an_image_of_many_regions_is_read_in_portions() -> None:
    many = Item("a", Path("a"), tuple(Region(str(number)) for number in range(2 * MOST_REGIONS + 1)))
    (chunk,) = chunks([many], 10)
    assert [len(item.regions) for item in chunk.items] == [MOST_REGIONS, MOST_REGIONS, 1]
    assert sum((item.regions for item in chunk.items), ()) == many.regions


def test_a_chunk_is_known_by_what_it_reads_and_who_reads_it() -> None:
    def mark(path: str, box: Box, reader: str = "r") -> str:
        (chunk,) = chunks([Item("a", Path(path), (Region("n", box),))])
        return chunk.fingerprint(reader)

    same = mark("/a", Box(0, 0, 9, 9))
    assert same == mark("/a", Box(0, 0, 9, 9))
    assert len({same, mark("/b", Box(0, 0, 9, 9)), mark("/a", Box(0, 0, 9, 8)), mark("/a", Box(0, 0, 9, 9), "s")}) == 4


def test_the_nodules_of_a_data_set(tmp_path: Path) -> None:
    box = Box(1, 1, 5, 5)
    nodules = [
        Nodule("1", "i", "p", ImageRef(tmp_path / "i.jpg"), box, label=Label.BENIGN),
        Nodule("2", "i", "p", ImageRef(tmp_path / "i.jpg"), box),
        Nodule("3", "j", "q", ImageRef(tmp_path / "j.jpg"), box, label=Label.MALIGNANT),
    ]
    first, second = of_nodules(nodules)
    assert first.regions == (Region("1", box, "p", "benign"), Region("2", box, "p", ""))
    assert (second.image, second.regions[0].label) == ("j", "malignant")
