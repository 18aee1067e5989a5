"""Finished runs as rows, and what is wrong with a run as the reason of an empty cell."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest

from isthmus.cross.stored import is_finished, load
from isthmus.errors import DataError
from isthmus.judge import metrics
from isthmus.recipe import PAPER
from isthmus.report.study_rows import Counts, counted
from isthmus.study.costs import Cost, network_name
from isthmus.study.ledger import Entry, Ledger
from isthmus.study.tables import COLUMNS, METRICS, rows, write_csv
from make.runs import FOLDS, as_before, entry, skilled, write_run

P, LABELS = skilled(80, 1.0)
COST = Cost(1234, 5678, 1.25, 30000, 9.0, 7.2, 7.0, 7.4, 2, 15, "Linux x86_64")


def ledger(*entries: Entry) -> Ledger:
    return Ledger("ddti", {}, entries)


def test_a_row_has_the_metrics_at_the_folds_own_threshold(tmp_path: Path) -> None:
    write_run(tmp_path, "run", P, LABELS, threshold=0.7)
    (row,) = rows(ledger(entry("run")), "table4", tmp_path)
    counts = metrics.confusion(LABELS, P, 0.7)
    assert row.confusion == counts
    assert row.metrics["accuracy"].value == metrics.accuracy(counts)
    assert row.metrics["recall"].value == metrics.recall(counts)
    assert row.metrics["auc"].value == pytest.approx(metrics.auc(LABELS, P))
    for name in METRICS:
        assert row.metrics[name].low <= row.metrics[name].value <= row.metrics[name].high
    assert (row.n, row.epochs, row.seconds_per_epoch) == (80, 3.0, 2.0)


def test_a_run_of_before_gives_the_same_row(tmp_path: Path) -> None:
    folder = write_run(tmp_path, "run", P, LABELS, threshold=0.7)
    (now,) = rows(ledger(entry("run")), "table4", tmp_path)
    as_before(folder)
    (before,) = rows(ledger(entry("run")), "table4", tmp_path)
    assert (before.confusion, before.metrics) == (now.confusion, now.metrics)


def test_a_baseline_has_no_epochs(tmp_path: Path) -> None:
    write_run(tmp_path, "box", P, LABELS, recipe=None)
    (row,) = rows(ledger(entry("box", "baseline", "box")), "table4", tmp_path)
    assert row.run is not None
    assert row.run.recipe is None
    assert math.isnan(row.epochs)
    assert row.paper is None


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("no folder", "no finished run"),
        ("unfinished", "no finished run"),
        ("manifest cut short", "no finished run"),
        ("a fold is missing", "1 of 2 folds"),
        ("a fold is cut short", "1 of 2 folds"),
    ],
)
def test_a_damaged_run_leaves_its_cell_empty_and_the_others_filled(tmp_path: Path, harm: str, told: str) -> None:
    write_run(tmp_path, "good", P, LABELS)
    folder = write_run(tmp_path, "bad", P, LABELS)
    manifest, fold = folder / "manifest.json", folder / "folds" / "01" / "fold.json"
    if harm == "no folder":
        folder.rename(folder.with_name("elsewhere"))
    elif harm == "unfinished":
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"finished": False}))
    elif harm == "manifest cut short":
        manifest.write_text(manifest.read_text()[:40])
    elif harm == "a fold is missing":
        fold.unlink()
    else:
        fold.write_text(fold.read_text()[:200])
    assert not is_finished(folder, FOLDS)
    bad, good = rows(ledger(entry("bad"), entry("good", "global + RFC")), "table4", tmp_path)
    assert bad.run is None
    assert told in bad.entry.why
    assert bad.paper is not None
    assert good.run is not None
    assert good.entry.why == ""
    with pytest.raises(DataError, match=told):
        load(tmp_path / "runs" / "bad")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("recipe.toml", "size = "),
        ("recipe.toml", "a_field_of_another_version = 3"),
        ("manifest.json", '{"finished": true, "identity": {"protocol": "grouped", "folds": "two"}}'),
        ("manifest.json", '{"finished": true, "identity": ["grouped"]}'),
    ],
)
def test_what_another_version_or_an_accident_left_is_an_empty_cell(tmp_path: Path, name: str, content: str) -> None:
    folder = write_run(tmp_path, "bad", P, LABELS)
    (folder / name).write_text(content)
    assert not is_finished(folder, FOLDS)
    (row,) = rows(ledger(entry("bad")), "table4", tmp_path)
    assert row.run is None
    assert row.entry.why


def test_a_reason_that_no_longer_holds_is_dropped(tmp_path: Path) -> None:
    write_run(tmp_path, "run", P, LABELS)
    (row,) = rows(ledger(entry("run", why="its worker died")), "table4", tmp_path)
    assert (row.entry.why, row.n) == ("", 80)


def test_over_repeats_nodules_are_counted_once_and_the_spread_is_told(tmp_path: Path) -> None:
    again, _ = skilled(80, 1.0, seed=1)
    write_run(tmp_path, "run", P, LABELS, more=[again])
    (row,) = rows(ledger(entry("run")), "table4", tmp_path)
    assert row.run is not None
    assert (row.n, row.run.repeats, len(row.run.rows)) == (80, 2, 160)
    assert row.confusion is not None
    assert row.confusion.n == 160
    assert counted(row) == Counts(80, 40, 40, 40)
    assert row.deviation == pytest.approx(abs(row.within_repeats[0] - row.within_repeats[1]) / math.sqrt(2))
    assert row.kept == (2, 2, 2, 2)


def test_why_a_run_failed_is_told_before_what_lies_there(tmp_path: Path) -> None:
    (row,) = rows(ledger(entry("gone", why="its worker died")), "table4", tmp_path)
    assert row.entry.why == "its worker died"


def test_a_whole_run_is_finished(tmp_path: Path) -> None:
    folder = write_run(tmp_path, "good", P, LABELS)
    assert is_finished(folder, FOLDS)
    assert not is_finished(folder, FOLDS + 1)


def test_the_csv_has_the_columns_of_the_contract_and_reads_back(tmp_path: Path) -> None:
    write_run(tmp_path, "run", P, LABELS)
    write_run(tmp_path, "blind", [0.1] * 80, LABELS)
    table = ledger(entry("run", "global + BFC"), entry("blind"), entry("gone", "global + RFC", why="diverged"))
    write_csv(tmp_path / "t.csv", rows(table, "table4", tmp_path), {network_name(PAPER): COST})
    with (tmp_path / "t.csv").open(newline="") as file:
        full, blind, gone = csv.DictReader(file)
    assert tuple(full) == COLUMNS
    assert tuple(full)[:7] == (
        "architecture",
        "backbone",
        "protocol",
        "labels",
        "accuracy",
        "accuracy_low",
        "accuracy_high",
    )
    counts = metrics.confusion(LABELS, P)
    assert float(full["accuracy"]) == pytest.approx(metrics.accuracy(counts), abs=1e-5)
    assert float(full["paper_accuracy"]) == pytest.approx(174 / 181, abs=1e-5)
    assert float(full["paper_accuracy_low"]) == pytest.approx(0.9223, abs=1e-4)
    assert (full["parameters"], full["multiply_adds"], full["ms_per_image"]) == ("1234", "5678", "1.25")
    assert (full["n"], full["epochs"], full["size"], full["groups"]) == ("80", "3.0", "224", "40")
    assert (full["protocol"], full["split_by"], full["chosen_on"]) == ("grouped", "group", "validation")
    assert blind["precision"] == ""  # nothing was called malignant
    assert blind["recall"] == "0.0"
    assert (gone["accuracy"], gone["n"], gone["why"]) == ("", "", "diverged")
    assert gone["paper_accuracy"] != ""


def test_networks_that_cost_the_same_share_a_name() -> None:
    assert network_name(PAPER) == network_name(PAPER.changed(epochs=3, omega=0.1, learning_rate=1.0))
    assert network_name(PAPER) != network_name(PAPER.changed(alpha=0.7))
    bare = PAPER.changed(crops="none")
    assert network_name(bare) == network_name(bare.changed(alpha=0.7, upsampling="transposed"))
    assert len({network_name(one) for one in (PAPER, bare, bare.changed(size=96), bare.changed(head="average"))}) == 4
