"""COCO: boxes and polygons, categories by an explicit map, where images are found, and what can be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from isthmus.data.dataset import DataSet
from isthmus.data.labels import parse_classes
from isthmus.data.readers import coco
from isthmus.data.sources import open_source
from isthmus.errors import DataError
from isthmus.nodule import Box, Label
from make.coco import content, make, write, write_file, write_one
from make.folders import HEIGHT, WIDTH, write_image

BOX: dict[str, Any] = {"bbox": [10, 5, 20, 15]}


def faults(data: DataSet) -> list[tuple[str, bool]]:
    return [(fault.kind, fault.broken) for fault in data.faults]


def read_one(root: Path, *annotations: dict[str, Any], **image: object) -> DataSet:
    """Reads a data set of one image with these annotations; ``image`` stands in its entry."""
    return coco.read(write_one(root, *annotations, **image))


def changed(root: Path, **parts: object) -> DataSet:
    """Reads a data set of one image and one box whose file has these parts instead."""
    write_image(root / "images" / "1.png")
    write(root, content({"1.png": [("benign", BOX)]}) | parts)
    return coco.read(root)


def test_made_copy(tmp_path: Path) -> None:
    data = open_source("coco", make(tmp_path))
    assert (len(data.images), data.cases, len(data.nodules), data.faults) == (6, 6, 7, ())
    assert data.counts() == {Label.BENIGN: 4, Label.MALIGNANT: 3}
    nodule = data.nodules[0]
    assert (nodule.id, nodule.image, nodule.patient) == ("test/000004.jpg-1", "test/000004.jpg", "test/000004.jpg")
    assert (nodule.box, nodule.contour, nodule.descriptors) == (Box(4, 2, 40, 30), (), {"lists": "test"})
    drawn = next(nodule for nodule in data.nodules if nodule.contour)
    assert (drawn.id, drawn.box, len(drawn.contour)) == ("train/000003.jpg-2", Box(45, 30, 75, 50), 3)
    assert drawn.contour == ((45.0, 30.0), (70.0, 30.5), (59.5, 49.0))


def test_the_categories_of_most_sets_need_a_map(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png")
    write_file(tmp_path, {"1.png": [("0", BOX), ("nodule", BOX)]})
    with pytest.raises(DataError, match=r"'0' \(1\), 'nodule' \(1\) are neither .* --classes 0=\.\.\.,nodule=\.\.\."):
        coco.read(tmp_path)
    (nodule,) = open_source("coco", tmp_path, classes=parse_classes("0=malignant,nodule=none")).nodules
    assert nodule.label is Label.MALIGNANT
    data = open_source("coco", tmp_path, classes=parse_classes("0=malignant"))
    assert faults(data) == [("unknown-class", True)]
    assert data.broken[0].detail.startswith("1 annotation named 'nodule', which is neither")


@pytest.mark.parametrize(
    ("file", "name", "pictures"),
    [
        ("annotations/instances_train.json", "1.png", ["train/1.png", "test/1.png"]),
        ("annotations/instances_train2017.json", "1.png", ["images/train2017/1.png", "images/val2017/1.png"]),
        ("train/_annotations.coco.json", "1.png", ["train/1.png", "test/1.png"]),
        ("all.json", "images/1.png", ["images/1.png", "other/images/1.png"]),
        ("all.json", ".\\images\\1.PNG", ["images/1.png", "images/2.png"]),
        ("sub/all.json", "1.png", ["1.png", "other/1.png"]),
        ("annotations/all.json", "../images/1.png", ["images/1.png", "other/1.png"]),
        ("annotations/all.json", "set/1.png", ["images/set/1.png", "images/1.png"]),
    ],
)
def test_where_images_are_found(tmp_path: Path, file: str, name: str, pictures: list[str]) -> None:
    for picture in pictures:
        write_image(tmp_path / picture)
    write_file(tmp_path, {name: [("benign", BOX)]}, file)
    data = coco.read(tmp_path)
    assert [record.id for record in data.images] == pictures[:1]
    assert faults(data) == [("no-annotation", False)]


def test_a_name_that_may_be_two_images_or_none(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_image(tmp_path / folder / "1.png")
    write_file(tmp_path, {"1.png": [("benign", BOX)], "/elsewhere/2.png": [("benign", BOX)]})
    data = coco.read(tmp_path)
    assert [fault.detail for fault in data.broken] == [
        "images[0]: 1.png may be a/1.png or b/1.png",
        "images[1]: image /elsewhere/2.png is not there",
    ]
    assert [fault.kind for fault in data.broken] == ["ambiguous-image", "missing-image"]


@pytest.mark.parametrize(("key", "patient"), [("patient", "anna"), ("patient_id", "7"), ("patient_id", "")])
def test_patients(tmp_path: Path, key: str, patient: str) -> None:
    data = read_one(tmp_path, BOX, **{key: int(patient) if patient.isdigit() else patient})
    assert data.nodules[0].patient == (patient or "images/1.png")


@pytest.mark.parametrize("patient", [["anna"], 1.5, True, {"id": 1}])
def test_a_patient_that_is_no_name_is_never_taken_for_none(tmp_path: Path, patient: object) -> None:
    data = read_one(tmp_path, BOX, patient=patient)
    assert (data.images, data.broken[0].kind) == ((), "malformed-annotation")
    assert "images[0] has a patient that is neither" in data.broken[0].detail


@pytest.mark.parametrize("crowd", [1, True, "1", [1]])
def test_a_crowd_is_no_nodule(tmp_path: Path, crowd: object) -> None:
    runs = {"size": [60, 80], "counts": [5, 3]}
    data = read_one(tmp_path, BOX, BOX | {"iscrowd": crowd, "segmentation": runs})
    assert ([nodule.id for nodule in data.nodules], faults(data)) == (["images/1.png-1"], [("crowd", True)])


@pytest.mark.parametrize("size", [(0, 0), (WIDTH, HEIGHT), (float(WIDTH), str(HEIGHT)), None])
def test_a_size_that_says_nothing_else(tmp_path: Path, size: Any) -> None:
    assert read_one(tmp_path, BOX, size=size).faults == ()


@pytest.mark.parametrize("size", [(WIDTH * 2, HEIGHT * 2), (HEIGHT, WIDTH), ("a", None), (WIDTH, [1])])
def test_a_size_of_another_image_leaves_boxes_without_a_place(tmp_path: Path, size: Any) -> None:
    data = read_one(tmp_path, BOX, size=size)
    assert (data.images, faults(data)) == ((), [("other-size", True)])


def test_an_image_without_annotations(tmp_path: Path) -> None:
    data = read_one(tmp_path)
    assert (len(data.images), faults(data)) == (1, [("empty-annotation", False)])


@pytest.mark.parametrize(
    ("parts", "kinds", "says"),
    [
        ({"categories": []}, [("unknown-class", True)], "annotations[0]: no category, or two, with the id 1"),
        ({"categories": None}, [("malformed-annotation", True)], "'categories' is no list"),
        ({"annotations": {}}, [("malformed-annotation", True)], "'annotations' is no list"),
        ({"images": "1.png"}, [("malformed-annotation", True)], "'images' is no list"),
        (
            {"categories": [{"id": 1, "name": "benign"}, {"id": 1, "name": "malignant"}]},
            [("repeated-id", True), ("unknown-class", True)],
            "category 1 is 'benign' and 'malignant'",
        ),
        (
            {"categories": [{"id": 1}]},
            [("malformed-annotation", True), ("unknown-class", True)],
            "categories[0] has no",
        ),
        ({"categories": [7]}, [("malformed-annotation", True), ("unknown-class", True)], "categories[0] has no id or"),
        (
            {"annotations": [{"image_id": 9, "category_id": 1, **BOX}]},
            [("missing-image", True), ("empty-annotation", False)],
            "annotations[0]: no image has the id 9",
        ),
        (
            {"annotations": [{"image_id": [1], "category_id": 1, **BOX}, None]},
            [("malformed-annotation", True), ("malformed-annotation", True), ("empty-annotation", False)],
            "annotations[0] has no image_id that is",
        ),
        (
            {"annotations": [{"image_id": 1, "category_id": {"a": 1}, **BOX}]},
            [("unknown-class", True)],
            "annotations[0]: no category, or two, with the id {'a': 1}",
        ),
    ],
)
def test_what_can_be_wrong_with_a_file(
    tmp_path: Path, parts: dict[str, object], kinds: list[tuple[str, bool]], says: str
) -> None:
    data = changed(tmp_path, **parts)
    assert data.nodules == ()
    assert [fault for fault in faults(data) if fault[0] != "no-annotation"] == kinds
    assert data.broken[0].detail.startswith(says)


@pytest.mark.parametrize("image", [{"id": None}, {"id": 1.5}, {"id": True}, {"file_name": 7}, {"file_name": " "}, 5])
def test_an_image_without_id_or_name(tmp_path: Path, image: Any) -> None:
    entry = {"id": 1, "file_name": "1.png"} | image if isinstance(image, dict) else image
    data = changed(tmp_path, images=[entry])
    assert (data.images, data.broken[0].kind) == ((), "malformed-annotation")
    assert data.broken[0].detail.startswith("images[0] ")


@pytest.mark.parametrize(("id", "image_id"), [(7.0, 7), ("7", 7), (7, "7"), ("x y", "x y")])
def test_ids_of_odd_types_meet(tmp_path: Path, id: object, image_id: object) -> None:
    images = [{"id": id, "file_name": "1.png"}]
    data = changed(tmp_path, images=images, annotations=[{"image_id": image_id, "category_id": "1", **BOX}])
    assert (len(data.nodules), data.faults) == (1, ())


def test_an_id_of_two_images_leaves_both_out(tmp_path: Path) -> None:
    write_image(tmp_path / "images" / "2.png", 2)
    data = changed(tmp_path, images=[{"id": 1, "file_name": "1.png"}, {"id": "1", "file_name": "2.png"}])
    assert (data.images, faults(data)) == ((), [("repeated-id", True)])
    assert data.faults[0].detail == "id 1 is that of 1.png of images[0] and 2.png of images[1]"


def test_an_image_that_stands_twice_is_read_once(tmp_path: Path) -> None:
    data = changed(tmp_path, images=[{"id": 1, "file_name": "1.png"}] * 2)
    assert (len(data.nodules), faults(data)) == (1, [("repeated-image", False)])
    two = [{"image_id": id, "category_id": 1, "bbox": [id, 5, 9, 9]} for id in (1, 2)]
    data = changed(tmp_path, images=[{"id": id, "file_name": "1.png"} for id in (1, 2)], annotations=two)
    assert [nodule.id for nodule in data.nodules] == ["images/1.png-1", "images/1.png-2"]


def test_ids_of_annotations_that_stand_twice_are_named(tmp_path: Path) -> None:
    data = read_one(tmp_path, BOX | {"id": 7}, {"bbox": [1, 1, 5, 5], "id": "7"}, {"bbox": [2, 1, 5, 5], "id": 7})
    assert (len(data.nodules), faults(data)) == (3, [("repeated-id", False)])
    assert data.faults[0].detail == "annotations[1] has the id 7 of annotations[0]; and 1 more like it"


def test_an_annotation_that_two_files_have_is_one_nodule_of_both_lists(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png")
    for name, boxes in (("all", [BOX, {"bbox": [1, 1, 5, 5]}]), ("test", [BOX])):
        write_file(tmp_path, {"1.png": [("benign", box) for box in boxes]}, f"instances_{name}.json")
    data = coco.read(tmp_path)
    assert ([str(nodule.box) for nodule in data.nodules], data.faults) == (["10,5,30,20", "1,1,6,6"], ())
    assert {nodule.descriptors["lists"] for nodule in data.nodules} == {"all,test"}
    write_file(tmp_path, {"1.png": [("malignant", BOX)]}, "instances_test.json")
    assert faults(coco.read(tmp_path)) == [("two-labels", True)]


def test_two_files_that_name_two_patients(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png")
    for patient in ("anna", "bert"):
        write(tmp_path, content({"1.png": [("benign", BOX)]}, patient=patient), f"{patient}.json")
    data = coco.read(tmp_path)
    assert (data.images, faults(data)) == ((), [("two-patients", True)])
    assert data.faults[0].detail == "1.png is of anna and bert"


def test_other_json_is_ignored_by_name(tmp_path: Path) -> None:
    make(tmp_path)
    write(tmp_path, {"train": [1, 2]}, "fold0.json")
    write(tmp_path, [], "annotations/list.json")
    data = coco.read(tmp_path)
    assert [(fault.file, fault.kind, fault.broken) for fault in data.faults] == [
        ("annotations/list.json", "other-json", False),
        ("fold0.json", "other-json", False),
    ]
    assert len(data.nodules) == 7


def test_a_folder_without_coco(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png")
    with pytest.raises(DataError, match=r"holds no image that an annotation names, only others \(1\)\. Expected COCO"):
        open_source("coco", tmp_path)
