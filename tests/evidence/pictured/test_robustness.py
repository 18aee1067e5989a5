"""Answers on changed pictures are those that a prediction of the changed picture gives; as it is, the plain one."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from isthmus.data.sources import open_source
from isthmus.evidence.pictured import robustness as home
from isthmus.evidence.pictured.changes import CHANGES, VARIANTS, Change, random_of
from isthmus.evidence.pictured.pictures import Pictures
from isthmus.evidence.pictured.robustness import Robustness, robustness
from isthmus.infer.predictor import Predictor
from isthmus.judge.stability.effect import effects
from isthmus.nodule import Box, Frame, Pixels
from make.bundle import make
from make.pictured import pictures as of

FEW = 8


@pytest.fixture(scope="module")
def pictures(phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    data = open_source("phantom", phantom)
    model = Predictor.load(make(tmp_path_factory.mktemp("bundle") / "untrained"))
    return of(data, model, data.labelled[:FEW])


@pytest.fixture(scope="module")
def judged(pictures: Pictures) -> Robustness:
    return robustness(pictures)


def by_hand(pictures: Pictures, change: Change | None, strength: float = 0) -> list[float]:
    """P of every nodule as ``isthmus predict`` makes it, of a picture that is changed first."""
    read = []
    for position, frame in pictures.frames("reading"):
        nodule = pictures.nodules[position]
        seen, box = (
            change.make(frame, nodule.box, strength, random_of(nodule, change, 0)) if change else (frame, nodule.box)
        )
        read.append((position, pictures.model.predict(seen, box).probability))
    return [p for _, p in sorted(read)]


def test_every_change_has_figures(judged: Robustness) -> None:
    assert [(one.change, one.strength) for one in judged.changes] == [(one.name, by) for one, by in VARIANTS]
    told = judged.as_json()
    assert told["n"] == FEW
    assert told["tests"] == len(VARIANTS) == len(told["changes"])
    for one in told["changes"]:
        assert one["auc"]["n"] == one["to_benign"]["n"] == one["auc_less_unchanged"]["n"] == FEW
        assert one["turned"]["value"] == pytest.approx(one["to_benign"]["value"] + one["to_malignant"]["value"])
        assert one["auc_less_unchanged"]["value"] == pytest.approx(one["auc"]["value"] - told["auc"]["value"])


@pytest.mark.parametrize("name", ["shift", "jpeg", "flip"])
def test_p_is_that_of_a_prediction_of_the_changed_picture(name: str, pictures: Pictures, judged: Robustness) -> None:
    change = next(one for one in CHANGES if one.name == name)
    changed = by_hand(pictures, change, change.strengths[-1])
    expected = effects(pictures.labels, by_hand(pictures, None), [changed], 0.25, pictures.groups)[0]
    told = next(one for one in judged.changes if (one.change, one.strength) == (name, change.strengths[-1]))
    assert told.effect.moved.value == pytest.approx(expected.moved.value, abs=1e-6)
    assert told.effect.moved.value > 1e-4
    assert told.effect.auc.value == pytest.approx(expected.auc.value)
    assert told.effect.less.estimate.value == pytest.approx(expected.less.estimate.value)


def test_changes_that_change_nothing_leave_every_answer(pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    def same(frame: Frame, nodule: object, seed: int) -> list[tuple[Frame, Box]]:
        return [(frame, nodule.box)] * len(VARIANTS)  # type: ignore[attr-defined]

    monkeypatch.setattr(home, "variants", same)
    told = robustness(pictures)
    assert {one.effect.turned.value for one in told.changes} == {0}
    assert max(one.effect.moved.value for one in told.changes) < 1e-6
    assert told.worst is None


def test_the_seed_is_that_of_the_changes(pictures: Pictures, judged: Robustness) -> None:
    assert robustness(pictures).as_json() == judged.as_json()
    assert robustness(pictures, seed=1).as_json() != judged.as_json()


def test_the_order_of_nodules_changes_nothing(pictures: Pictures, judged: Robustness) -> None:
    turned = of(pictures.data, pictures.model, pictures.nodules[::-1])
    for one, other in zip(robustness(turned).changes, judged.changes, strict=True):
        assert one.effect.moved.value == pytest.approx(other.effect.moved.value, abs=1e-7)


def test_memory_is_that_of_one_nodule(pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def reads(self: Pictures, rois: list[Pixels]) -> np.ndarray:
        read.append(len(rois))
        return np.full(len(rois), 0.5)

    monkeypatch.setattr(Pictures, "read", reads)
    told = robustness(pictures)
    assert read == [1 + len(VARIANTS)] * FEW
    assert all(one.effect.auc.value == 0.5 for one in told.changes)


def test_one_class_has_verdicts_and_reasons(pictures: Pictures) -> None:
    some = [one for one in pictures.nodules if one.label == 1][:3]
    told = robustness(of(pictures.data, pictures.model, some)).as_json()
    assert told["auc"]["value"] is None
    assert told["auc"]["reason"]
    assert not any(math.isnan(one["turned"]["value"]) for one in told["changes"])
