"""A fold is read as it was written, or not at all."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isthmus.cross.fold import read_fold, validation_share, write_fold
from make.crossing import result

FOLD = result().folds[1]


def test_a_fold_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_fold(FOLD, tmp_path)
    assert read_fold(tmp_path, 1) == FOLD
    assert read_fold(tmp_path, 0) is None
    assert len(list(tmp_path.rglob("history.csv"))) == 1


def test_what_was_not_trained_has_no_history(tmp_path: Path) -> None:
    untrained = replace(FOLD, history=())
    write_fold(untrained, tmp_path)
    assert read_fold(tmp_path, 1) == untrained
    assert not list(tmp_path.rglob("history.csv"))


def test_a_fold_without_an_auc_is_kept_as_json_and_read_back(tmp_path: Path) -> None:
    unknown = replace(FOLD.history[0], auc=math.nan)
    write_fold(replace(FOLD, history=(unknown,)), tmp_path)
    (path,) = tmp_path.rglob("fold.json")
    assert "NaN" not in path.read_text()
    fold = read_fold(tmp_path, 1)
    assert fold is not None
    assert math.isnan(fold.history[0].auc)
    assert replace(fold, history=FOLD.history) == FOLD


@pytest.mark.parametrize(
    "harm",
    [
        lambda fold: {**fold, "threshold": "half"},
        lambda fold: {**fold, "history": ["epoch 1"]},
        lambda fold: {**fold, "leak": {**fold["leak"], "n": "all"}},
        lambda fold: {**fold, "rows": [{**fold["rows"][0], "p_malignant": "high"}]},
        lambda fold: {**fold, "number": 3},
        lambda fold: [fold],
    ],
    ids=["text for a number", "text for an epoch", "text in the leak", "text for P", "another number", "a list"],
)
def test_a_fold_of_odd_values_is_noted_and_not_used(tmp_path: Path, harm: Callable[[dict[str, Any]], object]) -> None:
    write_fold(FOLD, tmp_path)
    (path,) = tmp_path.rglob("fold.json")
    path.write_text(json.dumps(harm(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
    notes: list[str] = []
    assert read_fold(tmp_path, 1, notes.append) is None
    assert "fold 1 is trained again" in notes[0]


def test_the_share_validation_share_is_over_all_folds() -> None:
    folds = [replace(FOLD, learned_from=30, chosen_on=10), replace(FOLD, learned_from=60, chosen_on=0)]
    assert validation_share(folds) == 0.1
    assert math.isnan(validation_share([]))
