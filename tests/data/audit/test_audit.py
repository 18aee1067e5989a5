"""The audit of a whole data set, planted with one trouble of each kind."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.data.audit.audit import Audit, audit
from isthmus.data.dataset import DataSet, Fault
from isthmus.data.labels import GIVEN, POLICIES, labelled
from isthmus.nodule import Box, Label, Nodule, Pixels
from make.scan import cross, save, scan

BOX = Box(150, 80, 250, 160)


def nodules_of(data: DataSet) -> tuple[Nodule, ...]:
    return tuple(Nodule(f"{r.id}-1", r.id, r.patient, r.picture, BOX, tirads=r.tirads) for r in data.images)


def data_set(folder: Path, pictures: dict[str, Pixels], tirads: dict[str, str], policy: str = "benign-2-3") -> DataSet:
    images = tuple(
        replace(save(folder, name, picture), tirads=tirads.get(name, "")) for name, picture in pictures.items()
    )
    data = DataSet("made", folder, images, (), policy=policy)
    return replace(data, nodules=labelled(nodules_of(data), policy))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    marked = scan(3)
    cross(marked, (200, 120), (60, 200, 190))
    pictures = {
        "1_1": scan(1),
        "1_2": scan(2),
        "2_1": marked,
        "3_1": scan(1),
        "4_1": scan(4, text=""),
        "5_1": scan(4, text=""),
    }
    tirads = {"1_1": "2", "1_2": "2", "2_1": "5", "3_1": "4c", "4_1": "4a"}
    data = data_set(tmp_path_factory.mktemp("planted"), pictures, tirads)
    return audit(replace(data, faults=(Fault("2.xml", "2_1", "arrow", "ignored", "mark 1"),)))


def test_counts(planted: Audit) -> None:
    assert (planted.images, planted.cases, planted.patients, planted.nodules) == (6, 5, 5, 6)
    assert (planted.labelled_nodules, planted.groups, planted.same_patient_images) == (5, 3, 2)
    assert planted.tirads_images == {"2": 2, "3": 0, "4a": 1, "4b": 0, "4c": 1, "5": 1, "none": 1}
    assert planted.labels.keys() == POLICIES.keys()
    assert planted.labels["benign-2-3"] == {"benign": 2, "malignant": 3}
    assert planted.labels["benign-2-3-4a"] == {"benign": 3, "malignant": 2}
    assert planted.labels_images["benign-2-3-without-4a"] == {"benign": 2, "malignant": 2}


def test_duplicates_and_conflicts(planted: Audit) -> None:
    assert planted.duplicates_across_cases == (("1_1", "3_1"), ("4_1", "5_1"))
    (conflict,) = planted.label_conflicts
    assert conflict.images == ("1_1", "3_1")
    assert conflict.tirads == {"1_1": "2", "3_1": "4c"}
    assert conflict.labels["benign-2-3"] == {"1_1": ("benign",), "3_1": ("malignant",)}


def test_marks_and_text(planted: Audit) -> None:
    assert planted.marks.images == ("2_1",)
    assert planted.marks_by_label["benign-2-3"].marked_malignant == 1
    assert [text.image for text in planted.text if text.outside] == ["1_1", "1_2", "2_1", "3_1"]
    assert planted.trouble


def test_json_holds_the_contract(planted: Audit) -> None:
    result = json.loads(json.dumps(planted.as_json(), allow_nan=False))
    assert result.keys() >= {
        *(
            "images",
            "cases",
            "nodules",
            "labelled_nodules",
            "groups",
            "tirads_images",
            "labels",
            "faults",
            "duplicates",
        ),
        *("duplicates_across_cases", "label_conflicts", "coloured_marks", "labels_images", "policy", "marks_by_label"),
        *("burnt_in_text", "same_patient_images", "disclaimer"),
    }
    fault = result["faults"][0]
    assert [fault[name] for name in ("file", "image", "kind", "action")] == ["2.xml", "2_1", "arrow", "ignored"]
    assert result["duplicates"] == result["duplicates_across_cases"] == [["1_1", "3_1"], ["4_1", "5_1"]]
    assert result["coloured_marks"] == ["2_1"]
    assert result["label_conflicts"][0]["labels"]["benign-2-3"]["3_1"] == ["malignant"]
    assert result["burnt_in_text"] == {"outside": ["1_1", "1_2", "2_1", "3_1"], "inside": []}
    assert result["marks_by_label"]["benign-2-3"]["marked"] == {"benign": 0, "malignant": 1}
    assert result["marks_by_label"]["benign-2-3"]["high"] is None, "infinite, which JSON can't say"


def test_a_clean_data_set_is_no_trouble(tmp_path: Path) -> None:
    found = audit(data_set(tmp_path, {"1_1": scan(1), "1_2": scan(1), "2_1": scan(2)}, {"1_1": "2", "2_1": "5"}))
    assert found.duplicates.sets == (("1_1", "1_2"),)
    assert not found.label_conflicts, "an image without a TI-RADS contradicts nothing"
    assert not found.trouble


def test_given_labels_are_counted_and_compared(tmp_path: Path) -> None:
    data = data_set(tmp_path, {"a_1": scan(1), "b_1": scan(1)}, {}, policy=GIVEN)
    labels = (Label.BENIGN, Label.MALIGNANT)
    named = tuple(replace(nodule, label=label) for nodule, label in zip(data.nodules, labels, strict=True))
    found = audit(replace(data, nodules=named))
    assert found.labels == {"given": {"benign": 1, "malignant": 1}}
    assert found.label_conflicts[0].labels == {"given": {"a_1": ("benign",), "b_1": ("malignant",)}}
