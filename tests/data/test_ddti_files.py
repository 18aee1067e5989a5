"""DDTI's files: subfolders, what is missing or repeated, XML and images that can't be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.data.dataset import DataSet
from isthmus.data.readers import ddti
from make.ddti import annotation, ellipse, write_case, write_image

LEFT, RIGHT = ellipse(30, 30), ellipse(80, 40, 14, 12)


def kinds(data: DataSet) -> list[str]:
    return [fault.kind for fault in data.faults]


def test_subfolders_with_repeated_cases_stay_apart(tmp_path: Path) -> None:
    for seed, folder in enumerate(("a", "b")):
        write_image(tmp_path / folder / "1_1.jpg", seed)
        write_case(tmp_path / folder, "1", {"1": annotation(LEFT), "2": annotation(LEFT)})
    write_image(tmp_path / "a" / "1_2.jpg", 7)
    write_image(tmp_path / "b" / "2_1.jpg", 8)
    write_case(tmp_path / "b", "2", {"1": annotation(RIGHT)})
    data = ddti.read(tmp_path)
    assert [(record.id, record.patient) for record in data.images] == [
        ("a/1_1", "a/1"),
        ("a/1_2", "a/1"),
        ("b/1_1", "b/1"),
        ("2_1", "2"),
    ]
    assert kinds(data) == ["missing-image"]


def test_a_case_at_the_root_and_again_in_a_subfolder(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "copy"):
        write_image(folder / "1_1.jpg")
        write_case(folder, "1", {"1": annotation(LEFT)})
    assert [record.id for record in ddti.read(tmp_path).images] == ["1_1", "copy/1_1"]


def test_endings_in_capitals_and_hidden_files(tmp_path: Path) -> None:
    write_case(tmp_path, "1", {"1": annotation(LEFT)}).rename(tmp_path / "1.XML")
    write_image(tmp_path / "1_1.jpg").rename(tmp_path / "1_1.JPG")
    for hidden in ("._1.xml", "._1_1.jpg", ".trash/2.xml"):
        (tmp_path / hidden).parent.mkdir(exist_ok=True)
        (tmp_path / hidden).write_bytes(b"\0\5\x16\7")
    data = ddti.read(tmp_path)
    assert (len(data.images), len(data.nodules), data.faults) == (1, 1, ())


def test_an_image_that_no_annotation_names(tmp_path: Path) -> None:
    write_image(tmp_path / "1_2.jpg")
    write_image(tmp_path / "9_1.jpg")
    write_image(tmp_path / "1_1.jpg")
    write_case(tmp_path, "1", {"1": annotation(LEFT)})
    data = ddti.read(tmp_path)
    assert [(fault.file, fault.kind) for fault in data.faults] == [
        ("1_2.jpg", "no-annotation"),
        ("9_1.jpg", "no-annotation"),
    ]


def test_a_missing_image_stops_the_run(tmp_path: Path) -> None:
    write_image(tmp_path / "1_1.jpg")
    write_case(tmp_path, "1", {"1": annotation(LEFT), "3": annotation(LEFT)})
    (fault,) = ddti.read(tmp_path).broken
    assert (fault.image, fault.kind) == ("1_3", "missing-image")


def test_two_marks_for_one_image(tmp_path: Path) -> None:
    write_image(tmp_path / "1_1.jpg")
    path = write_case(tmp_path, "1", {"1": annotation(LEFT), "2": annotation(RIGHT)})
    path.write_text(path.read_text().replace("<image>2<", "<image>1<"))
    data = ddti.read(tmp_path)
    assert [nodule.id for nodule in data.nodules] == ["1_1-1", "1_1-2"]
    assert (len(data.images), kinds(data)) == (1, ["repeated-mark"])


def test_header_that_disagrees_with_the_file_name(tmp_path: Path) -> None:
    write_image(tmp_path / "1_1.jpg")
    write_case(tmp_path, "7", {"1": annotation(LEFT)}).rename(tmp_path / "1.xml")
    assert kinds(ddti.read(tmp_path)) == ["other-number"]


BOMB = b'<?xml version="1.0"?><!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><case><number>&b;</number></case>'


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "malformed-xml"),
        (b"<case><mark>", "malformed-xml"),
        (b"\xff\xd8\xff\xe0 a picture", "malformed-xml"),
        (b'<?xml version="1.0" encoding="klingon"?><case/>', "malformed-xml"),
        (b'<?xml version="1.0" encoding="utf-7"?><case/>', "malformed-xml"),
        (BOMB, "unsafe-xml"),
        (b'<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/hostname">]><case>&a;</case>', "unsafe-xml"),
    ],
)
def test_xml_that_cannot_be_read(tmp_path: Path, content: bytes, kind: str) -> None:
    write_image(tmp_path / "1_1.jpg")
    write_image(tmp_path / "2_1.jpg")
    write_case(tmp_path, "2", {"1": annotation(LEFT)})
    (tmp_path / "1.xml").write_bytes(content)
    data = ddti.read(tmp_path)
    assert [(fault.file, fault.kind, fault.broken) for fault in data.faults] == [("1.xml", kind, True)]
    assert len(data.nodules) == 1


def test_xml_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "1.xml").write_text("<annotation><object/></annotation>")
    assert kinds(ddti.read(tmp_path)) == ["no-marks"]


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0"])
def test_an_image_that_is_none(tmp_path: Path, content: bytes) -> None:
    write_case(tmp_path, "1", {"1": annotation(LEFT)})
    (tmp_path / "1_1.jpg").write_bytes(content)
    data = ddti.read(tmp_path)
    assert (data.images, [fault.kind for fault in data.broken]) == ((), ["unreadable-image"])
