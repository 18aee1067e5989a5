"""The phantom: DDTI's format, the same bytes each time, planted faults, and a task of medium difficulty."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from isthmus.data.dataset import DataSet
from isthmus.data.labels import DEFAULT_POLICY, POLICIES, TIRADS
from isthmus.data.readers.ddti import ANNOTATION_LIMIT
from isthmus.data.sources import open_source
from isthmus.errors import StorageError, UsageError
from isthmus.nodule import Label, Nodule
from isthmus.phantom.features import category
from isthmus.phantom.patients import LEFT, TOP, draw_patient
from isthmus.phantom.write import FAULTS, Case, copy_first, write_phantom
from isthmus.progress import Item

PATIENTS, SEED = 10, 3


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantom") / "made"
    write_phantom(folder, PATIENTS, SEED, faults=True)
    return folder


@pytest.fixture(scope="module")
def data(root: Path) -> DataSet:
    return open_source("phantom", root)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def is_sound(nodule: Nodule) -> bool:
    return int(nodule.patient) <= PATIENTS


def test_same_seed_same_bytes_whatever_the_number_of_patients(root: Path, tmp_path: Path) -> None:
    write_phantom(tmp_path / "few", 3, SEED)
    write_phantom(tmp_path / "again", 3, SEED)
    few, many = digests(tmp_path / "few"), digests(root)
    assert digests(tmp_path / "again") == few
    cases = {name: digest for name, digest in few.items() if name.endswith((".xml", ".jpg"))}
    assert len(cases) > 5
    assert cases.items() <= many.items()


def test_another_seed_another_phantom(root: Path, tmp_path: Path) -> None:
    write_phantom(tmp_path, 1, SEED + 1)
    assert digests(tmp_path)["1_1.jpg"] != digests(root)["1_1.jpg"]


def test_reads_back_as_ddti_does(root: Path, data: DataSet) -> None:
    sound = [nodule for nodule in data.nodules if is_sound(nodule)]
    assert not data.broken
    assert {fault.file for fault in data.faults}.isdisjoint({f"{number}.xml" for number in range(1, PATIENTS + 1)})
    assert all(data.counts().values())
    assert data.cases == PATIENTS + len(FAULTS)
    for nodule in sound:
        assert nodule.box.x0 >= LEFT
        assert nodule.box.y0 >= TOP
        assert len(nodule.contour) >= 20
        assert nodule.tirads in TIRADS
        assert set(nodule.descriptors) == {"composition", "echogenicity", "margins", "calcifications"}
        assert nodule.sex in ("F", "M")
        assert nodule.age is not None
    ddti = open_source("ddti", root)
    assert replace(ddti, kind="phantom") == data


def test_images_are_like_ddtis(data: DataSet) -> None:
    for record in data.images:
        with Image.open(record.picture.path) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (560, 360))
    assert all(len(path.read_text()) < 3 * ANNOTATION_LIMIT for path in data.root.glob("*.xml"))
    by_patient = [sum(record.patient == str(number) for record in data.images) for number in range(1, PATIENTS + 1)]
    assert set(by_patient) == {1, 2, 3}


def test_truth_names_every_nodule_and_its_reading(root: Path, data: DataSet) -> None:
    with (root / "truth.csv").open(newline="") as table:
        truth = {row["nodule"]: row for row in csv.DictReader(table)}
    for nodule in filter(is_sound, data.nodules):
        row = truth[nodule.id]
        assert (row["image"], row["patient"], row["tirads"]) == (nodule.image, nodule.patient, nodule.tirads)
        assert row["truth"] in ("benign", "malignant")
        assert TIRADS.index(category(int(row["points"]))) <= TIRADS.index(nodule.tirads)
    tops = {patient: max(int(r["points"]) for r in truth.values() if r["patient"] == patient) for patient in "1234"}
    assert {r["tirads"] for r in truth.values() if r["patient"] == "1"} == {category(tops["1"])}


def test_planted_faults_are_found(data: DataSet) -> None:
    faults = {(fault.file, fault.kind) for fault in data.faults}
    names = ("truncated-annotation", "empty-annotation", "arrow", "partly-outside")
    assert faults == {(f"{PATIENTS + number}.xml", kind) for number, kind in enumerate(names, 1)}
    copy = next(record for record in data.images if record.id == f"{PATIENTS + 5}_1")
    first = next(record for record in data.images if record.id == "1_1")
    assert copy.picture.path.read_bytes() == first.picture.path.read_bytes()
    labels = {nodule.image: nodule.label for nodule in data.nodules}
    assert {labels[copy.id], labels[first.id]} == set(Label)
    assert next(record.tirads for record in data.images if record.patient == f"{PATIENTS + 6}") == ""
    assert sum(nodule.image == f"{PATIENTS + 1}_1" for nodule in data.nodules) == 1


@pytest.mark.parametrize("tirads", TIRADS)
def test_a_copied_image_gets_the_other_label(tirads: str) -> None:
    patient = draw_patient(0, 0)
    case = Case(patient, tirads, (), ())
    labels = {POLICIES[DEFAULT_POLICY].label(reading) for reading in (tirads, copy_first(case, case).tirads)}
    assert labels == set(Label)


def test_refuses_a_folder_of_something_else(root: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(UsageError, match="already holds something else"):
        write_phantom(tmp_path, 1)
    with pytest.raises(UsageError, match="already holds something else"):
        write_phantom(root, PATIENTS + 1, SEED, faults=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_completes_what_was_interrupted(tmp_path: Path) -> None:
    def stopping(items: Sequence[Item], doing: str) -> Iterable[Item]:
        yield items[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_phantom(tmp_path / "half", 2, progress=stopping)
    assert not (tmp_path / "half" / "truth.csv").exists()
    write_phantom(tmp_path / "half", 2)
    write_phantom(tmp_path / "whole", 2)
    assert digests(tmp_path / "half") == digests(tmp_path / "whole")
    assert json.loads((tmp_path / "half" / "phantom.json").read_text())["patients"] == 2


@pytest.mark.parametrize(("patients", "seed"), [(0, 0), (1, -1)])
def test_refuses_numbers_out_of_range(patients: int, seed: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_phantom(tmp_path / "new", patients, seed)
    assert not (tmp_path / "new").exists()


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_phantom(tmp_path / "file" / "phantom", 1)


@pytest.mark.slow
def test_the_task_is_neither_trivial_nor_impossible(tmp_path: Path) -> None:
    write_phantom(tmp_path, 160, 0)
    nodules = open_source("phantom", tmp_path).labelled
    labels, patients = [nodule.label for nodule in nodules], [nodule.patient for nodule in nodules]

    def area(measure: np.ndarray) -> float:
        forest = RandomForestClassifier(200, min_samples_leaf=4, random_state=0)
        votes = cross_val_predict(forest, measure, labels, groups=patients, cv=GroupKFold(5), method="predict_proba")
        return float(roc_auc_score(labels, votes[:, 1]))

    measures = np.array([_measured(nodule) for nodule in nodules])
    sensible, shape, grey = area(measures), area(measures[:, :3]), area(measures[:, 3:4])
    assert 0.78 < sensible < 0.95
    assert max(shape, grey) < sensible - 0.1


def _measured(nodule: Nodule) -> list[float]:
    """Box width, height and their ratio; mean grey; then contrast to the ring around, deviation, foci, roughness."""
    image = cv2.imread(str(nodule.picture.path), cv2.IMREAD_GRAYSCALE).astype(np.float32)
    contour, mask, box = np.array(nodule.contour, np.int32), np.zeros(image.shape, np.uint8), nodule.box
    cv2.fillPoly(mask, [contour], 1)
    ring = (cv2.dilate(mask, np.ones((31, 31))) > cv2.dilate(mask, np.ones((5, 5)))) & (image > 0)
    inner = cv2.erode(mask, np.ones((9, 9))) > 0
    smooth = cv2.GaussianBlur(image, (0, 0), 3)
    foci = np.percentile((image - smooth)[inner], (1, 50, 99, 99.9))
    solidity = cv2.contourArea(contour) / cv2.contourArea(cv2.convexHull(contour))
    shape = [box.width, box.height, box.height / box.width]
    grey = [image[inner].mean(), image[inner].mean() - np.median(image[ring]), image[inner].std(), smooth[inner].std()]
    return [*shape, *grey, *foci, solidity]
