"""All predictions of a study in one file: every run once, read back equal, the same bytes for the same runs."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

from isthmus.cross.stored import load
from isthmus.study.ledger import RUNS
from isthmus.study.predictions import HEADER, PREDICTIONS, write_predictions
from make.runs import skilled, write_run


def test_every_row_of_every_run_stands_there_once(tmp_path: Path) -> None:
    for name, seed in (("b", 0), ("a", 1)):
        p, labels = skilled(40, 1.0, seed)
        write_run(tmp_path, name, p, labels, more=[p] if name == "a" else ())
    runs = [load(tmp_path / RUNS / name) for name in "ba"]
    write_predictions([*runs, runs[0]], tmp_path)
    with gzip.open(tmp_path / PREDICTIONS, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == HEADER
    assert [row["run"] for row in rows] == ["a"] * 80 + ["b"] * 40
    assert [float(row["p_malignant"]) for row in rows[80:]] == list(runs[0].probabilities)
    assert [row["label"] == "malignant" for row in rows[80:]] == list(runs[0].labels == 1)
    assert {row["repeat"] for row in rows[:80]} == {"0", "1"}


def test_the_same_runs_are_the_same_bytes_and_no_run_is_no_file(tmp_path: Path) -> None:
    write_predictions([], tmp_path)
    assert not (tmp_path / PREDICTIONS).exists()
    write_run(tmp_path, "a", *skilled(10, 1.0))
    written = []
    for to in ("x", "y"):
        write_predictions([load(tmp_path / RUNS / "a")], tmp_path / to)
        written.append((tmp_path / to / PREDICTIONS).read_bytes())
    assert written[0] == written[1]
