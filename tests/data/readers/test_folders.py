"""Plain folders: classes, masks, the table, and what can be wrong with each."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.data.dataset import DataSet
from isthmus.data.readers import folders
from isthmus.data.sources import open_source
from isthmus.errors import DataError
from isthmus.nodule import Box, Label
from make.folders import HEIGHT, WIDTH, make, write_image, write_mask, write_table

BENIGN, MALIGNANT = Label.BENIGN, Label.MALIGNANT
WHOLE = Box(0, 0, WIDTH, HEIGHT)


def faults(data: DataSet) -> list[tuple[str, str, bool]]:
    return [(fault.file, fault.kind, fault.broken) for fault in data.faults]


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """benign/a.png and malignant/b.png."""
    write_image(tmp_path / "benign" / "a.png", 0)
    write_image(tmp_path / "malignant" / "b.png", 1)
    return tmp_path


def test_made_copy(tmp_path: Path) -> None:
    data = open_source("folders", make(tmp_path))
    assert (len(data.images), data.cases, len(data.nodules), data.faults) == (6, 5, 7, ())
    assert data.counts() == {BENIGN: 3, MALIGNANT: 4}
    assert {nodule.id: nodule.box for nodule in data.nodules} == {
        "Malignant/case 1.png-1": Box(10, 12, 30, 28),
        "Malignant/case 1.png-2": Box(50, 5, 70, 25),
        "Malignant/case 3.png-1": WHOLE,
        "Malignant/case 5.png-1": WHOLE,
        "benign/case 0.png-1": Box(10, 12, 30, 28),
        "benign/case 2.png-1": Box(5, 6, 25, 26),
        "benign/case 4.png-1": WHOLE,
    }
    assert {nodule.image for nodule in data.nodules if nodule.patient == "anna"} == {
        "benign/case 2.png",
        "benign/case 4.png",
    }


def test_other_folders_are_named(two: Path) -> None:
    write_image(two / "normal" / "c.png")
    write_image(two / "d.png")
    write_image(two / ".thumbnails" / "e.png")
    data = folders.read(two)
    assert len(data.images) == 2
    assert faults(data) == [(".", "unknown-class", True), ("normal", "unknown-class", True)]
    assert "--classes" in data.broken[1].detail
    assert faults(folders.read(two, classes={"normal": None})) == [(".", "unknown-class", True)]


def test_folders_of_other_names_by_a_map(tmp_path: Path) -> None:
    write_image(tmp_path / "0" / "a.png", 0)
    write_image(tmp_path / "M" / "b.png", 1)
    with pytest.raises(DataError, match=r"but in '0', 'M'\. .*--classes"):
        folders.read(tmp_path)
    data = open_source("folders", tmp_path, classes={"0": BENIGN, "m": MALIGNANT})
    assert [nodule.label for nodule in data.nodules] == [BENIGN, MALIGNANT]


def test_a_table_without_class_folders(tmp_path: Path) -> None:
    for number in range(4):
        write_image(tmp_path / "images" / f"{number}.png", number)
    rows = ["images/0.png,anna,benign,1,2,30,40", "1.png,anna,MALIGNANT,,,,", "2,,,,,,", "images\\3.png,,benign,,,,"]
    write_table(tmp_path, rows)
    data = folders.read(tmp_path)
    assert [(nodule.patient, nodule.label, nodule.box) for nodule in data.nodules] == [
        ("anna", BENIGN, Box(1, 2, 30, 40)),
        ("anna", MALIGNANT, WHOLE),
        ("images/2.png", None, WHOLE),
        ("images/3.png", BENIGN, WHOLE),
    ]
    assert (data.cases, data.faults, len(data.labelled)) == (3, (), 3)


def test_a_row_overrides_mask_and_folder(two: Path) -> None:
    write_mask(two / "benign" / "a_mask.png", (10, 12, 30, 28))
    write_table(two, ["a,,malignant,1,1,9,9", "a,,,20,20,40,40"])
    data = folders.read(two)
    assert [(nodule.box, nodule.label) for nodule in data.nodules[:2]] == [
        (Box(1, 1, 9, 9), MALIGNANT),
        (Box(20, 20, 40, 40), BENIGN),
    ]
    assert faults(data) == [("nodules.csv", "other-label", False)]


def test_a_row_without_a_box_keeps_the_masks(two: Path) -> None:
    write_mask(two / "benign" / "a_mask.png", (10, 12, 30, 28))
    write_table(two, ["a,anna,,,,,"])
    nodule = folders.read(two).nodules[0]
    assert (nodule.patient, nodule.box, nodule.label) == ("anna", Box(10, 12, 30, 28), BENIGN)


@pytest.mark.parametrize(
    ("row", "kind", "says"),
    [
        ("a,,,1,2,3,x", "bad-row", "line 2: box '1,2,3,x' is not four numbers"),
        ("a,,,1,2,3,", "bad-row", "line 2: box '1,2,3,' is not four"),
        ("a,,,1.5,2,1.2,4", "bad-row", "line 2: box 1.5,2,1.2,4 has no area"),
        ("a,,,9,2,3,4", "bad-row", "line 2: box 9,2,3,4 has no area"),
        ("a,,,1,2,3,4,5", "bad-row", "line 2: has 8 cells where the header has 7"),
        (",anna,,,,,", "bad-row", "line 2: names no image"),
        ("a,,,500,2,600,4", "outside", "line 2: the box (500,2,600,4) is outside"),
        ("a,,maligant,,,,", "unknown-class", "line 2: label 'maligant' is neither"),
        ("z.png,,,,,,", "missing-image", "line 2: image z.png is not there"),
        ("a,x,,,,,\na,y,,1,1,9,9", "two-patients", "line 3: a is of y here, of x above"),
        (
            "a,,,1,1,9,9\na,,malignant,1,1,9,9",
            "two-labels",
            "line 3: the box (1,1,9,9) is benign above",
        ),
    ],
)
def test_bad_rows_are_named_by_line(two: Path, row: str, kind: str, says: str) -> None:
    write_table(two, [row])
    (fault,) = folders.read(two).broken
    assert (fault.file, fault.kind) == ("nodules.csv", kind)
    assert fault.detail.startswith(says)


def test_a_row_of_a_class_of_none_is_left_out(two: Path) -> None:
    write_table(two, ["a,,Gland,1,1,9,9", "a,,,20,20,40,40"])
    data = folders.read(two, classes={"gland": None})
    assert ([str(nodule.box) for nodule in data.nodules[:-1]], data.faults) == (["20,20,40,40"], ())


def test_what_a_bad_row_says_is_not_guessed_from_the_folder(two: Path) -> None:
    write_table(two, ["a,anna,,1,2,3,x"])
    data = folders.read(two)
    assert [nodule.image for nodule in data.nodules] == ["malignant/b.png"]
    assert len(data.images) == 2


def test_a_box_that_leaves_the_image_is_clipped(two: Path) -> None:
    write_table(two, [f"a,,,-5,2,{WIDTH + 9},40"])
    data = folders.read(two)
    assert (data.nodules[0].box, faults(data)) == (Box(0, 2, WIDTH, 40), [("nodules.csv", "partly-outside", False)])


def test_a_name_that_may_be_two_images(two: Path) -> None:
    write_image(two / "malignant" / "a.png", 5)
    write_table(two, ["a.png,anna,,,,,", "benign/a.png,bert,,,,,"])
    data = folders.read(two)
    assert faults(data) == [("nodules.csv", "ambiguous-image", True)]
    assert data.nodules[0].patient == "bert"


def test_tables_with_few_or_strange_columns(two: Path) -> None:
    write_table(two, ["anna,a"], header="\ufeffPatient, Image")
    assert folders.read(two).nodules[0].patient == "anna"
    write_table(two, ["a,anna"], header="image,pateint")
    assert faults(folders.read(two)) == [("nodules.csv", "unknown-columns", False)]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"picture;patient\na;b\n", "no column 'image' but picture, patient"),
        (b"image,label,Image\na,,b\n", "more than one column 'image': 'image' and 'Image'"),
        (b"image\n\xff\xfe\n", "not UTF-8"),
        (b'image\n"' + b"a" * 200_000 + b'"\n', "not CSV"),
    ],
)
def test_tables_that_cannot_be_read(two: Path, content: bytes, what: str) -> None:
    (two / "nodules.csv").write_bytes(content)
    with pytest.raises(DataError, match=what) as caught:
        folders.read(two)
    assert caught.value.where.startswith("nodules.csv")


def test_patients_and_classes_are_the_same_however_their_accents_are_written(tmp_path: Path) -> None:
    composed, decomposed = "m\u00fcller", "mu\u0308ller"
    for number, folder in enumerate(("Gu\u0308tig", "malignant")):
        write_image(tmp_path / folder / f"{number}.png", number)
    write_table(tmp_path, [f"0.png,{composed},,,,,", f"1.png,{decomposed},,,,,"])
    data = folders.read(tmp_path, classes={"g\u00fctig": BENIGN})
    assert {nodule.patient for nodule in data.nodules} == {composed}
    assert [nodule.label for nodule in data.nodules] == [BENIGN, MALIGNANT]
