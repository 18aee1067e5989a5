"""Choosing a run by fold on validation, and comparing with a model as it is."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from isthmus.cross.fold import write_fold
from isthmus.cross.stored import load
from isthmus.errors import DataError
from make.runs import write_run
from transfer import chosen, main

LABELS = [0, 1] * 20


def a_run(to: Path, name: str, seed: int, validation: tuple[float, float]) -> Path:
    """A run whose two folds have these AUCs on validation."""
    p = np.random.default_rng(seed).random(len(LABELS)).tolist()
    folder = write_run(to, name, p, LABELS)
    for fold, auc in zip(load(folder).folds, validation, strict=True):
        history = tuple(replace(epoch, auc=auc) for epoch in fold.history)
        write_fold(replace(fold, history=history, epoch=1), folder)
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    return a_run(tmp_path, "slow", 1, (0.7, 0.9)), a_run(tmp_path, "fast", 2, (0.8, 0.6))


def test_each_fold_is_that_of_the_run_that_is_best_on_its_validation_nodules(runs: tuple[Path, Path]) -> None:
    slow, fast = map(load, runs)
    choices = chosen([slow, fast])
    assert [one.run for one in choices] == ["fast", "slow"]
    assert [one.fold for one in choices] == [fast.folds[0], slow.folds[1]]
    other = replace(fast, folds=(replace(fast.folds[0], rows=fast.folds[0].rows[1:]), fast.folds[1]))
    with pytest.raises(DataError, match="of another split than slow"):
        chosen([slow, other])


def test_it_is_compared_with_the_model_as_it_is_on_the_same_nodules(runs: tuple[Path, Path], tmp_path: Path) -> None:
    rows = {row.nodule: row for choice in chosen([*map(load, runs)]) for row in choice.fold.rows}
    before = tmp_path / "before.csv"
    lines = [f"{name},{0.2 + 0.5 * int(row.label)},4a" for name, row in rows.items()]
    before.write_text("\n".join(["nodule,p_malignant,tirads", "unlabelled,,", *lines]), encoding="utf-8")
    arguments = ["--as-it-is", str(before), "--tuned", ",".join(map(str, runs)), "--to", str(tmp_path / "to.csv")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.exception
    assert "fold 0: fast, AUC" in result.stdout
    assert "as it is: 1.000" in result.stdout
    with (tmp_path / "to.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert {row["nodule"]: float(row["p_malignant"]) for row in written} == {
        name: row.probability for name, row in rows.items()
    }
    assert {row["tirads"] for row in written} == {"4a"}
    before.write_text("nodule,p_malignant,tirads\nother,0.5,2\n", encoding="utf-8")
    assert "has no prediction of" in str(CliRunner().invoke(main, arguments).exception)
