"""Pairs are what the page says they are: neighbouring pictures of a patient, or neighbours in file order alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.evidence.pictured.retest import NONE, retest
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Box, ImageRef, Label, Nodule
from make.bundle import make
from make.pictured import pictures


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(make(tmp_path_factory.mktemp("bundle") / "untrained"))


def scene(number: int, more: int = 0) -> np.ndarray:
    """A smooth picture of its number; ``more`` adds noise."""
    smooth = gaussian_filter(np.random.default_rng(number).normal(0, 1, (96, 128)), 6)
    noise = np.random.default_rng(99).normal(0, 4, smooth.shape) * more
    return np.clip(120 + 900 * smooth + noise, 0, 255).astype(np.uint8)


def data(root: Path, scenes: Sequence[tuple[str, int, Label, str]]) -> DataSet:
    """Pictures by name, each with its scene, label and patient."""
    nodules = []
    for at, (name, number, label, patient) in enumerate(scenes):
        Image.fromarray(scene(number, more=at)).save(root / f"{name}.png")
        nodules.append(
            Nodule(f"{name}-1", name, patient, ImageRef(root / f"{name}.png"), Box(30, 20, 90, 70), label=label)
        )
    return DataSet("made", root, (), tuple(nodules))


def test_pairs_of_a_patient_are_its_neighbouring_pictures(tmp_path: Path, model: Predictor) -> None:
    benign, malignant = Label.BENIGN, Label.MALIGNANT
    made = data(
        tmp_path,
        [
            *(("1_10", 4, benign, "1"), ("1_2", 1, benign, "1"), ("1_1", 1, benign, "1"), ("2_1", 1, benign, "2")),
            *(("3_1", 1, benign, "3"), ("3_2", 1, malignant, "3")),  # can't be one nodule
            *(("4_1", 2, malignant, "4"), ("4_2", 2, malignant, "4")),
        ],
    )
    told = retest(pictures(made, model))
    named = {one.id: place for place, one in enumerate(made.nodules)}
    expected = [("1_1-1", "1_2-1"), ("1_2-1", "1_10-1"), ("4_1-1", "4_2-1")]
    whole = pictures(made, model)
    p = {place: whole.read([whole.roi(place, frame)])[0] for place, frame in whole.frames("reading")}
    assert [(p[named[one]], p[named[other]]) for one, other in expected] == list(
        zip(told.first, told.second, strict=True)
    )
    assert told.alike.tolist() == [True, False, True]
    assert told.labels.tolist() == [0, 0, 1]
    assert told.patient is not None
    assert told.similar is not None
    assert (told.patient.n, told.patient.groups, told.similar.n) == (3, 2, 2)


def test_without_patients_neighbours_are_pairs_where_they_look_alike(tmp_path: Path, model: Predictor) -> None:
    benign, malignant = Label.BENIGN, Label.MALIGNANT
    scenes = [
        *(("0001", 1, benign), ("0002", 1, benign)),  # a pair
        *(("0003", 2, benign), ("0004", 2, malignant)),  # of two labels
        *(("0005", 3, benign), ("0007", 3, benign)),  # a gap between
        *(("0008", 4, malignant), ("0009", 5, malignant)),  # not alike
        *(("0010", 6, malignant), ("0011", 6, malignant)),  # a pair
    ]
    made = data(tmp_path, [(*one, one[0]) for one in scenes])
    told = retest(pictures(made, model))
    assert told.patient is None
    assert told.similar is not None
    assert told.similar.n == 2
    assert told.labels.tolist() == [0, 1]
    assert told.alike.all()


def test_pictures_with_several_nodules_are_left_out(tmp_path: Path, model: Predictor) -> None:
    made = data(tmp_path, [(f"{at}_{of}", at, Label(at % 2), str(at)) for at in (1, 2) for of in (1, 2)])
    more = replace(made, nodules=(*made.nodules, replace(made.nodules[0], id="1_1-2")))
    told = retest(pictures(more, model))
    assert told.several == 2
    assert told.labels.tolist() == [0]  # patient 2's
    one_of_two = retest(pictures(more, model, made.nodules))  # the other is not among those judged
    assert (one_of_two.several, one_of_two.labels.tolist()) == (1, [0])


def test_no_pair_is_null_with_its_reason(tmp_path: Path, model: Predictor) -> None:
    made = data(tmp_path, [("a", 1, Label.BENIGN, "anne"), ("b", 2, Label.MALIGNANT, "berta")])
    assert retest(pictures(made, model)).as_json() == {"value": None, "reason": NONE}


def test_on_simulated_patients(phantom: Path, model: Predictor) -> None:
    whole = open_source("phantom", phantom)
    single = replace(whole, nodules=tuple({one.image: one for one in whole.labelled}.values()))
    told = retest(pictures(single, model))
    assert told.patient is not None
    json = told.as_json()
    assert json["patient"]["n"] == told.patient.n == len(told.first) >= 10
    assert json["patient"]["equal"]["value"] == 1  # an untrained network says malignant of all
    assert json["patient"]["repeatability"]["low"] < json["patient"]["repeatability"]["high"]
