"""A linear probe of a tiny network on simulated nodules: every nodule is tested once, by what others taught."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from isthmus.bundle import open_bundle
from isthmus.cross.plan import Plan
from isthmus.cross.run import Run
from isthmus.data.audit.duplicates import Duplicates
from isthmus.data.sources import open_source
from isthmus.judge.metrics import auc
from linear_probe import main, probed, read
from make.bundle import TINY, make


def test_it_reads_as_the_model_does_and_writes_every_nodule(phantom: Path, tmp_path: Path) -> None:
    bundle, to = make(tmp_path / "tiny"), tmp_path / "probe.csv"
    arguments = [str(phantom), "--as", "phantom", "--model", str(bundle), "--to", str(to)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.exception
    assert "difference: " in result.stdout
    with to.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labelled = open_source("phantom", phantom).labelled
    assert [row["nodule"] for row in rows] == [nodule.id for nodule in labelled]
    assert all(0 <= float(row["p_malignant"]) <= 1 for row in rows)
    once = read(open_bundle(bundle), labelled)
    assert once.hidden.shape == (len(labelled), 16)  # 8 of the whole, 8 of the crops
    assert [float(row["as_it_is"]) for row in rows] == once.p.tolist()


def test_what_separates_is_learned_and_no_tested_label_is_used(phantom: Path, tmp_path: Path) -> None:
    data = open_source("phantom", phantom)
    run = Run.of(data, Plan(TINY, folds=3), Duplicates(), tmp_path)
    values = np.random.default_rng(0).normal(size=(run.labels.size, 5))
    values[:, 2] += 6 * run.labels
    p = probed(values, run.labels, run.parts)
    assert auc(run.labels, p) > 0.95
    part = run.parts[0]
    turned = run.labels.copy()
    turned[part.split.test] = 1 - turned[part.split.test]
    assert np.array_equal(
        probed(values, turned, run.parts[:1]), probed(values, run.labels, [replace(part)]), equal_nan=True
    )
