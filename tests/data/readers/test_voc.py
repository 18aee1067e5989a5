"""Pascal VOC: boxes, classes by an explicit map, lists, and what can be wrong with each."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.data.dataset import DataSet
from isthmus.data.readers import voc
from isthmus.data.sources import open_source
from isthmus.errors import DataError
from isthmus.nodule import Box, Label
from make.voc import HEIGHT, WIDTH, make, write_annotation, write_image, write_list


def faults(data: DataSet) -> list[tuple[str, str, bool]]:
    return [(fault.file, fault.kind, fault.broken) for fault in data.faults]


def read_one(root: Path, box: tuple[object, ...], name: str = "benign", **options: object) -> DataSet:
    """Reads a data set of one image with one object."""
    write_image(root, "1")
    write_annotation(root, "1", [(name, box)], **options)  # type: ignore[list-item, arg-type]
    return voc.read(root)


def test_made_copy(tmp_path: Path) -> None:
    data = open_source("voc", make(tmp_path))
    assert (len(data.images), data.cases, len(data.nodules), data.faults) == (6, 6, 7, ())
    assert data.counts() == {Label.BENIGN: 4, Label.MALIGNANT: 3}
    nodule = data.nodules[0]
    assert (nodule.id, nodule.image, nodule.patient) == ("000000-1", "000000", "000000")
    assert nodule.descriptors == {"truncated": "0", "difficult": "1", "lists": "train"}


def test_boxes_count_from_one_and_hold_both_ends(tmp_path: Path) -> None:
    assert read_one(tmp_path, (1, 1, WIDTH, HEIGHT)).nodules[0].box == Box(0, 0, WIDTH, HEIGHT)
    assert read_one(tmp_path, (5, 6, 5, 6)).nodules[0].box == Box(4, 5, 5, 6)
    assert read_one(tmp_path, ("5.0", "6.5", "20.5", "30.0")).nodules[0].box == Box(4, 5, 21, 30)


def test_boxes_that_leave_the_image(tmp_path: Path) -> None:
    data = read_one(tmp_path, (0, 10, WIDTH + 5, 20))
    assert data.nodules[0].box == Box(0, 9, WIDTH, 20)
    assert faults(data) == [("Annotations/1.xml", "partly-outside", False)]
    data = read_one(tmp_path, (500, 10, 600, 20))
    assert (data.nodules, faults(data)) == ((), [("Annotations/1.xml", "outside", True)])


@pytest.mark.parametrize(
    "box",
    [
        (9, 9, 4, 20),
        (9, 20, 20, 9),
        ("", 1, 2, 3),
        ("a", 1, 2, 3),
        ("nan", 1, 9, 9),
        (1, 1, "inf", 9),
        (1, 1, "1e99", 9),
    ],
)
def test_boxes_that_are_none(tmp_path: Path, box: tuple[object, ...]) -> None:
    data = read_one(tmp_path, box)
    assert (data.nodules, faults(data)) == ((), [("Annotations/1.xml", "bad-box", True)])


@pytest.mark.parametrize("name", ["benign", "Benign", " BENIGN "])
def test_own_names_in_any_case(tmp_path: Path, name: str) -> None:
    assert read_one(tmp_path, (1, 1, 9, 9), name).nodules[0].label is Label.BENIGN


def test_numbers_are_never_guessed(tmp_path: Path) -> None:
    write_annotation(tmp_path, "2", [("0", (1, 1, 9, 9)), ("1", (3, 1, 9, 9)), ("1", (2, 2, 9, 9))])
    write_image(tmp_path, "2")
    with pytest.raises(DataError, match=r"'0' \(1\), '1' \(2\) are neither .* --classes 0=\.\.\.,1=\.\.\."):
        voc.read(tmp_path)
    data = open_source("voc", tmp_path, classes={"0": Label.MALIGNANT, "1": Label.BENIGN})
    assert [nodule.label for nodule in data.nodules] == [Label.MALIGNANT, Label.BENIGN, Label.BENIGN]


def test_an_unknown_name_among_known_ones_stops_the_run(tmp_path: Path) -> None:
    write_annotation(tmp_path, "2", [("Gland", (1, 1, 9, 9)), ("Gland", (3, 3, 9, 9)), ("benign", (2, 2, 9, 9))])
    write_image(tmp_path, "2")
    data = voc.read(tmp_path)
    assert ([nodule.id for nodule in data.nodules], faults(data)) == (["2-3"], [("Annotations", "unknown-class", True)])
    assert data.broken[0].detail.startswith("2 objects named 'Gland'")


def test_a_class_of_none_is_left_out(tmp_path: Path) -> None:
    write_annotation(tmp_path, "2", [("Gland", (1, 1, 9, 9)), ("benign", (2, 2, 9, 9))])
    write_image(tmp_path, "2")
    data = open_source("voc", tmp_path, classes={"gland": None})
    assert [nodule.id for nodule in data.nodules] == ["2-2"]
    assert data.faults == ()


@pytest.mark.parametrize(
    ("extra", "patient"),
    [
        ("", "1"),
        ("<patient> anna </patient>", "anna"),
        ("<source><patient>bert</patient></source>", "bert"),
        ("<source><database>x</database></source>", "1"),
    ],
)
def test_patient(tmp_path: Path, extra: str, patient: str) -> None:
    data = read_one(tmp_path, (1, 1, 9, 9), extra=extra)
    assert (data.images[0].patient, data.nodules[0].patient) == (patient, patient)


@pytest.mark.parametrize("size", [None, (WIDTH, HEIGHT), (0, 0)])
def test_a_size_that_says_nothing_else(tmp_path: Path, size: tuple[int, int] | None) -> None:
    assert read_one(tmp_path, (1, 1, 9, 9), size=size).faults == ()


def test_a_size_of_another_image_leaves_boxes_without_a_place(tmp_path: Path) -> None:
    data = read_one(tmp_path, (1, 1, 9, 9), size=(WIDTH * 2, HEIGHT * 2))
    assert (data.nodules, faults(data)) == ((), [("Annotations/1.xml", "other-size", True)])


def test_a_file_name_that_disagrees(tmp_path: Path) -> None:
    data = read_one(tmp_path, (1, 1, 9, 9), filename="7.jpg")
    assert (data.nodules[0].image, faults(data)) == ("1", [("Annotations/1.xml", "other-filename", False)])
    assert read_one(tmp_path, (1, 1, 9, 9), filename="1").faults == ()


def test_no_objects(tmp_path: Path) -> None:
    write_image(tmp_path, "1")
    write_annotation(tmp_path, "1", [])
    data = voc.read(tmp_path)
    assert (len(data.images), faults(data)) == (1, [("Annotations/1.xml", "empty-annotation", False)])


def test_a_missing_image(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "JPEGImages" / "000002.jpg").unlink()
    data = voc.read(tmp_path)
    assert (len(data.images), faults(data)) == (5, [("Annotations/000002.xml", "missing-image", True)])


def test_images_that_nothing_names(tmp_path: Path) -> None:
    read_one(tmp_path, (1, 1, 9, 9))
    write_image(tmp_path, "2")
    (tmp_path / "JPEGImages" / "1.png").write_bytes((tmp_path / "JPEGImages" / "1.jpg").read_bytes())
    assert faults(voc.read(tmp_path)) == [
        ("JPEGImages/2.jpg", "no-annotation", False),
        ("JPEGImages/1.png", "repeated-image", False),
    ]


def test_lists_restrict_what_is_read(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "ImageSets" / "Main" / "test.txt").unlink()
    write_list(tmp_path, "val", ["000003 ", "", "000004"])
    data = voc.read(tmp_path)
    assert [record.id for record in data.images] == ["000000", "000001", "000002", "000003", "000004"]
    assert [nodule.descriptors["lists"] for nodule in data.nodules][-3:] == ["train,val", "train,val", "val"]
    assert faults(data) == [("ImageSets/Main", "not-listed", False)]


def test_lists_of_one_class(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "ImageSets" / "Main" / "test.txt").unlink()
    write_list(tmp_path, "train", ["000000  1", "000001 -1"])
    assert [record.id for record in voc.read(tmp_path).images] == ["000000", "000001"]


def test_listed_but_missing(tmp_path: Path) -> None:
    make(tmp_path)
    write_list(tmp_path, "train", ["000000", "000099"])
    data = voc.read(tmp_path)
    assert ("ImageSets/Main/train.txt", "listed-missing", True) in faults(data)
    assert data.broken[0].detail == "line 2: 000099 has no Annotations/000099.xml"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "malformed-xml"),
        (b"<annotation><object>", "malformed-xml"),
        (b'<?xml version="1.0" encoding="klingon"?><annotation/>', "malformed-xml"),
        (b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><annotation>&c;</annotation>', "unsafe-xml"),
    ],
)
def test_xml_that_cannot_be_read(tmp_path: Path, content: bytes, kind: str) -> None:
    make(tmp_path)
    (tmp_path / "Annotations" / "000001.xml").write_bytes(content)
    data = voc.read(tmp_path)
    assert (len(data.images), faults(data)) == (5, [("Annotations/000001.xml", kind, True)])


def test_subfolders_and_hidden_files(tmp_path: Path) -> None:
    write_image(tmp_path, "a/1")
    write_annotation(tmp_path, "a/1", [("benign", (1, 1, 9, 9))], filename="1.jpg")
    (tmp_path / "Annotations" / "._1.xml").write_bytes(b"\0\5")
    data = voc.read(tmp_path)
    assert ([nodule.id for nodule in data.nodules], data.faults) == (["a/1-1"], ())


def test_not_a_voc_folder(tmp_path: Path) -> None:
    (tmp_path / "JPEGImages").mkdir()
    with pytest.raises(DataError, match=r"Annotations: no such folder"):
        voc.read(tmp_path)


def test_names_are_found_however_they_are_spelt(tmp_path: Path) -> None:
    composed, decomposed = "\u00fc", "u\u0308"
    write_image(tmp_path, decomposed)
    write_annotation(tmp_path, composed, [("benign", (1, 1, 20, 20))])
    write_list(tmp_path, "train", [f"{decomposed} 1"])
    data = voc.read(tmp_path)
    assert [(nodule.image, nodule.descriptors["lists"]) for nodule in data.nodules] == [(composed, "train")]
    assert data.faults == ()


def test_a_list_that_is_no_utf8_is_a_fault_that_says_what_it_is(tmp_path: Path) -> None:
    write_image(tmp_path, "1")
    write_annotation(tmp_path, "1", [("benign", (1, 1, 20, 20))])
    write_list(tmp_path, "train", ["1"])
    (tmp_path / "ImageSets" / "Main" / "train.txt").write_bytes("1\nü\n".encode("latin-1"))
    (fault,) = voc.read(tmp_path).broken
    assert (fault.kind, fault.file) == ("unreadable-list", "ImageSets/Main/train.txt")
    assert "probably Windows-1252 or Latin-1 (line 2, byte 0xfc)" in fault.detail
