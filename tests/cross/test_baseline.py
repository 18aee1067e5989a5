"""A baseline is judged on the very folds of the networks, and resumes like them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.baselines.baseline import Baseline
from isthmus.cross.baseline import cross_baseline
from isthmus.cross.plan import Plan, parts
from isthmus.data.audit.duplicates import Duplicates, find_duplicates
from isthmus.data.dataset import DataSet
from isthmus.data.groups import groups
from isthmus.data.sources import open_source
from isthmus.errors import UsageError
from isthmus.recipe import PAPER

PLAN = Plan(PAPER, folds=3)


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    return open_source("phantom", phantom)


@pytest.fixture(scope="module")
def duplicates(data: DataSet) -> Duplicates:
    return find_duplicates(data.images)


def test_its_folds_are_those_of_the_plan(data: DataSet, duplicates: Duplicates, tmp_path: Path) -> None:
    result = cross_baseline(data, PLAN, "majority", tmp_path / "run", duplicates)
    planned = parts(data, PLAN, groups(data.images, duplicates.sets))
    for fold, part in zip(result.folds, planned, strict=True):
        assert [row.nodule for row in fold.rows] == [data.labelled[i].id for i in part.split.test]
        assert (fold.learned_from, fold.chosen_on, fold.threshold) == (len(part.split.train), 0, 0.5)
        assert {row.crops for row in fold.rows} == {None}


def test_only_what_is_missing_is_judged_again(
    data: DataSet, duplicates: Duplicates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "run"
    first = cross_baseline(data, PLAN, "majority", to, duplicates)
    (to / "folds" / "01" / "fold.json").unlink()
    again = cross_baseline(data, PLAN, "majority", to, duplicates)
    assert [fold.rows for fold in again.folds] == [fold.rows for fold in first.folds]
    assert (again.folds[0], again.folds[2]) == (first.folds[0], first.folds[2])
    monkeypatch.setattr(Baseline, "predict", lambda *_: pytest.fail("judged again"))
    assert cross_baseline(data, PLAN, "majority", to, duplicates).folds == again.folds


def test_another_run_in_its_folder_is_refused(data: DataSet, duplicates: Duplicates, tmp_path: Path) -> None:
    cross_baseline(data, PLAN, "majority", tmp_path, duplicates)
    with pytest.raises(UsageError, match="baseline 'majority' there, 'box' now"):
        cross_baseline(data, PLAN, "box", tmp_path, duplicates)
    with pytest.raises(UsageError, match="seed 0 there, 1 now"):
        cross_baseline(data, replace(PLAN, seed=1), "majority", tmp_path, duplicates)
