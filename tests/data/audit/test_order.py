"""The leak of order: planted, shuffled away, and within patients."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.data.audit.order import CELLS, order_leak
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.nodule import Box, ImageRef, Label, Nodule

BOX = Box(0, 0, 1, 1)


def data_set(labels: Sequence[int], patients: Sequence[int] | None = None, nodules: int = 1) -> DataSet:
    """Images numbered from 0 on, with so many nodules each, all of the image's label."""
    names = [f"{number:05}" for number in range(len(labels))]
    of_whom = names if patients is None else [f"p{patient}" for patient in patients]
    images = tuple(
        ImageRecord(name, ImageRef(Path(name)), whose, 1, 1) for name, whose in zip(names, of_whom, strict=True)
    )
    return DataSet(
        "made",
        Path(),
        images,
        tuple(
            Nodule(f"{image.id}-{mark}", image.id, image.patient, image.picture, BOX, label=Label(int(label)))
            for image, label in zip(images, labels, strict=True)
            for mark in range(nodules)
        ),
    )


def noise(name: str) -> bytes:
    return np.random.default_rng(int(name)).bytes(32)


RUNS = [number // 60 % 2 for number in range(960)]


def test_runs_of_labels_give_the_class_away() -> None:
    order, patients = order_leak(data_set(RUNS), noise)
    assert patients is None, "every image is a patient"
    assert order.neighbour_auc.value > 0.85
    assert (order.neighbour_auc.n, order.neighbours, order.runs, order.longest_run) == (960, 25, 16, 60)
    assert order.tells_class
    assert order.leaks
    assert len(order.strip) == CELLS
    assert order.strip[0] == 0


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_shuffled_runs_tell_nothing(seed: int) -> None:
    order, _ = order_leak(data_set(np.random.default_rng(seed).permutation(RUNS).tolist()), noise)
    assert abs(order.neighbour_auc.value - 0.5) < 0.15


def test_false_alarms_are_rare() -> None:
    shuffled = (np.random.default_rng(seed).permutation(RUNS[:240]).tolist() for seed in range(40))
    assert sum(order_leak(data_set(labels), noise)[0].leaks for labels in shuffled) <= 3


def test_a_small_set_does_not_tell_a_label_by_what_it_lacks() -> None:
    shuffled = (np.random.default_rng(seed).permutation(RUNS[30:90]).tolist() for seed in range(40))
    assert np.mean([order_leak(data_set(labels), noise)[0].neighbour_auc.value for labels in shuffled]) > 0.4


def test_nodules_of_one_image_tell_nothing_of_each_other() -> None:
    labels = np.random.default_rng(3).permutation(RUNS[:480]).tolist()
    order, _ = order_leak(data_set(labels, nodules=2), noise)
    assert not order.tells_class


def test_labels_within_patients_are_no_leak_between_them() -> None:
    by_patient = np.random.default_rng(0).integers(0, 2, 60)
    labels = np.repeat(by_patient, 16)
    images, patients = order_leak(data_set(labels.tolist(), [at // 16 for at in range(960)]), noise)
    assert images.tells_class
    assert patients is not None
    assert not patients.tells_class
    assert patients.neighbour_auc.n == 960


def test_names_that_tell_the_class_are_no_order() -> None:
    data = data_set(RUNS[:240])
    name = {
        image.id: f"{'benign' if label == 0 else 'malignant'} ({image.id}).png"
        for image, label in zip(data.images, RUNS, strict=False)
    }
    renamed = replace(
        data,
        images=tuple(replace(image, id=name[image.id], patient=name[image.id]) for image in data.images),
        nodules=tuple(replace(nodule, image=name[nodule.image]) for nodule in data.nodules),
    )
    order, _ = order_leak(renamed, lambda name: noise(name.split("(")[1].split(")")[0]))
    assert np.isnan(order.neighbour_auc.value)
    assert not order.tells_class


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_few_nodules_say_nothing_surely(count: int) -> None:
    order, _ = order_leak(data_set(RUNS[:count]), noise)
    assert not order.leaks
    assert json.loads(json.dumps(order.as_json(), allow_nan=False))["neighbour_auc"] is None


def test_unlabelled_nodules_have_no_part() -> None:
    data = data_set(RUNS)
    half = tuple(replace(one, label=None) if at % 2 else one for at, one in enumerate(data.nodules))
    order, _ = order_leak(replace(data, nodules=half), noise)
    assert (order.neighbour_auc.n, order.longest_run) == (480, 30)
