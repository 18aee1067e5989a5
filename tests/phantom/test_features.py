"""Features: ACR points, and classes that differ but overlap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from isthmus.data.labels import TIRADS
from isthmus.nodule import Label
from isthmus.phantom.features import Features, category
from isthmus.phantom.patients import draw_patient
from make.phantom import PLAIN


@pytest.fixture(scope="module")
def cohort() -> list[Features]:
    return [features for index in range(800) for features in draw_patient(0, index).nodules]


@pytest.mark.parametrize(
    ("changes", "points", "tirads"),
    [
        ({"fluid": 1.0}, 0, "2"),
        ({"fluid": 0.5, "spongiform": True}, 0, "2"),
        ({"fluid": 0.5}, 2, "2"),
        ({}, 3, "3"),
        ({"echo": -6.0}, 4, "4a"),
        ({"echo": -12.0}, 5, "4b"),
        ({"coarse": 2}, 4, "4a"),
        ({"rim": True}, 5, "4b"),
        ({"punctate": 5, "echo": -6.0}, 7, "4c"),
        ({"aspect": 1.2, "echo": -6.0, "roughness": 0.06, "punctate": 5}, 12, "5"),
    ],
)
def test_points_are_acrs(changes: dict[str, object], points: int, tirads: str) -> None:
    features = replace(PLAIN, **changes)  # type: ignore[arg-type]
    assert features.points == points
    assert category(points) == tirads


def test_class_drives_each_feature_and_decides_none(cohort: list[Features]) -> None:
    truth = [features.truth for features in cohort]
    for name, low, high in (
        ("aspect", 0.6, 0.8),
        ("echo", 0.75, 0.9),
        ("roughness", 0.75, 0.92),
        ("punctate", 0.6, 0.8),
        ("points", 0.75, 0.93),
    ):
        values = [getattr(features, name) for features in cohort]
        area = float(roc_auc_score(truth, values))
        assert low < max(area, 1 - area) < high, name
    share = {label: np.mean([f.aspect > 1 for f in cohort if f.truth is label]) for label in Label}
    assert 0 < 2 * share[Label.BENIGN] < share[Label.MALIGNANT] < 0.5


def test_every_category_and_about_as_many_of_each_class(cohort: list[Features]) -> None:
    assert {category(features.points) for features in cohort} == set(TIRADS)
    assert np.mean([features.truth for features in cohort]) == pytest.approx(0.5, abs=0.05)
