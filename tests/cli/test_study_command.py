"""``isthmus study`` as a user meets it, on a small simulated data set."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from isthmus.errors import UsageError
from isthmus.phantom.write import write_phantom
from make.commands import SMALL, isthmus
from make.holding import HOLDER, held
from make.runs import as_before

OWN = ("--labels", "benign-2-3-4a", "--folds", 2, *SMALL)
ONLY = ("--only", "fourconv")
METRICS = ("accuracy", "precision", "recall", "f1", "auc", "specificity")
CONTRACT = {
    *("architecture", "backbone", "protocol", "labels"),
    *(name + end for name in METRICS for end in ("", "_low", "_high")),
    *(f"paper_{name}" for name in METRICS[:4]),
    *("parameters", "multiply_adds", "seconds_per_epoch", "ms_per_image", "n", "epochs"),
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def folds(to: Path) -> dict[str, bytes]:
    return {path.relative_to(to).as_posix(): path.read_bytes() for path in sorted(to.glob("runs/*/folds/*/fold.json"))}


def said(to: Path) -> dict[str, list[tuple[str, str]]]:
    """P of every nodule in every run, to the last digit."""
    return {
        path.parent.name: [(row["nodule"], row["p_malignant"]) for row in rows(path)]
        for path in to.glob("runs/*/predictions.csv")
    }


@pytest.fixture(scope="module")
def studied(phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("study") / "s"
    result = isthmus("study", "table4", phantom, "--as", "phantom", "--to", to, *OWN, *ONLY)
    assert result.exit_code == 0, (result.exception, result.stderr)
    result = isthmus("study", "table4", phantom, "--as", "phantom", "--to", to, *OWN, "--only", "majority", "--json")
    assert result.exit_code == 0, (result.exception, result.stderr)
    assert len(json.loads(result.stdout)["rows"]) == 8
    return to


def test_the_table_has_the_columns_and_the_rows_of_the_contract(studied: Path) -> None:
    found = rows(studied / "table4.csv")
    assert set(found[0]) >= CONTRACT
    places = {(row["architecture"], row["backbone"], row["protocol"]) for row in found}
    own = {(a, "fourconv", p) for a in ("global", "global + RFC", "global + BFC") for p in ("paper", "grouped")}
    assert places == own | {("baseline", "majority", p) for p in ("paper", "grouped")}
    for row in found:
        assert 0 <= float(row["accuracy_low"]) <= float(row["accuracy"]) <= float(row["accuracy_high"]) <= 1
        assert row["why"] == ""
    network = [row for row in found if row["backbone"] == "fourconv"]
    assert all(int(row["multiply_adds"]) > 0 and float(row["ms_per_image"]) > 0 for row in network)
    assert {float(row["epochs"]) for row in network} == {2.0}
    n = {row["protocol"]: int(row["n"]) for row in network}
    assert n["paper"] < n["grouped"]


def test_claims_and_reports_stand_beside_it(studied: Path) -> None:
    claims = {claim["name"]: claim for claim in json.loads((studied / "claims.json").read_text())["claims"]}
    assert {"cheaper-crops", "bfc-beats-rfc", "crops-beat-global", "best-alpha", "few-layers"} < set(claims)
    assert {verdict["protocol"] for verdict in claims["bfc-beats-rfc"]["verdicts"]} == {"paper", "grouped"}
    assert claims["few-layers"]["verdicts"] == []
    page = (studied / "report.html").read_text(encoding="utf-8")
    assert "simulated" in page
    assert "global + BFC" in (studied / "report.md").read_text(encoding="utf-8")


def test_the_same_command_again_trains_nothing(studied: Path, phantom: Path) -> None:
    before, table = folds(studied), (studied / "table4.csv").read_bytes()
    again = isthmus("study", "table4", phantom, "--as", "phantom", "--to", studied, *OWN, *ONLY)
    assert again.exit_code == 0
    assert "6 cells are 6 runs, 0 of them to be done" in again.stderr
    assert folds(studied) == before
    assert (studied / "table4.csv").read_bytes() == table


def test_what_was_harmed_is_done_again_and_nothing_else(studied: Path, phantom: Path) -> None:
    before, predictions = folds(studied), said(studied)
    harmed = next(name for name in before if "grouped" in name and name.endswith("01/fold.json"))
    (studied / harmed).write_text('{"half')
    again = isthmus("study", "table4", phantom, "--as", "phantom", "--to", studied, *OWN, *ONLY)
    assert "1 of them to be done" in again.stderr
    assert said(studied) == predictions
    assert {name for name, content in folds(studied).items() if content != before[name]} == {harmed}


def test_as_is_trains_nothing_and_says_what_is_missing(studied: Path, phantom: Path) -> None:
    result = isthmus(
        "study", "table3", phantom, "--as", "phantom", "--to", studied, *OWN, "--as-is", "--protocol", "grouped"
    )
    assert result.exit_code == 1
    found = {row["setting"]: row for row in rows(studied / "table3.csv")}
    assert found["alpha = 0.6"]["why"] == "not done yet"
    assert found["alpha = 0.6"]["paper_accuracy"] != ""
    assert found["alpha = 1"]["why"] == ""  # Table 4's global branch is the same run


def test_as_is_reads_runs_of_before(studied: Path, phantom: Path, tmp_path: Path) -> None:
    """While P(malignant) was called p in fold.json."""
    to = tmp_path / "study"
    shutil.copytree(studied, to)
    for run in (to / "runs").iterdir():
        as_before(run)
    (to / "table4.csv").unlink()
    command = ("study", "table4", phantom, "--as", "phantom", "--to", to, *OWN, *ONLY, "--as-is")
    assert isthmus(*command).exit_code == 0
    assert rows(to / "table4.csv") == rows(studied / "table4.csv")


def test_as_is_with_other_settings_leaves_what_is_finished(studied: Path, phantom: Path) -> None:
    command = ("study", "table4", phantom, "--as", "phantom", "--to", studied, "--labels", "benign-2-3-4a", "--as-is")
    before = rows(studied / "table4.csv")
    assert isthmus(*command, *ONLY, "--set", "size=48").exit_code == 0
    assert rows(studied / "table4.csv") == before


def test_repeats_split_and_train_anew(phantom: Path, tmp_path: Path) -> None:
    to = tmp_path / "s"
    command = ("study", "table4", phantom, "--as", "phantom", "--to", to, *OWN, "--only", "majority")
    for repeats in (1, 3):
        result = isthmus(*command, "--repeats", repeats)
        assert result.exit_code == 0, (result.exception, result.stderr)
        found = {row["protocol"]: row for row in rows(to / "table4.csv")}
        assert {row["repeats"] for row in found.values()} == {str(repeats)}
    grouped = found["grouped"]
    assert sum(int(grouped[name]) for name in ("tp", "fp", "tn", "fn")) == 3 * int(grouped["n"])
    assert len(list(to.glob("runs/*grouped*/folds/*/fold.json"))) == 2 + 3 * 2
    assert "repeated up to 3 times" in (to / "report.md").read_text(encoding="utf-8")


def test_one_process_trains_in_a_study(studied: Path, phantom: Path) -> None:
    command = ("study", "table4", phantom, "--as", "phantom", "--to", studied, *OWN, *ONLY)
    before = (studied / "study.json").read_bytes()
    with held(studied):
        refused = isthmus(*command)
        assert isinstance(refused.exception, UsageError)
        assert f"another process is training in this study ({HOLDER})" in str(refused.exception)
        assert isthmus(*command, "--as-is").exit_code == 0
        assert (studied / "study.json").read_bytes() == before  # it belongs to the one that trains
    assert isthmus(*command).exit_code == 0


def test_claims_as_is_are_of_what_is_there(studied: Path, phantom: Path) -> None:
    before = (studied / "study.json").read_text()
    result = isthmus("study", "claims", phantom, "--as", "phantom", "--to", studied, *OWN[:4], "--as-is", "--json")
    assert result.exit_code == 1  # only fourconv and a baseline are finished
    assert re.search(r"[1-9]\d* of \d+ cells have no finished run, the first is table3", result.stderr)
    assert {claim["name"] for claim in json.loads(result.stdout)["claims"]} >= {"few-layers", "weights-raise-recall"}
    assert json.loads((studied / "study.json").read_text())["entries"] == json.loads(before)["entries"]


def test_cases_of_a_protocol_that_is_not_finished_are_named(studied: Path, phantom: Path) -> None:
    command = ("study", "cases", phantom, "--as", "phantom", "--to", studied, *OWN, "--as-is")
    result = isthmus(*command, "--protocol", "by-image")
    assert result.exit_code == 1
    assert "the first is table4 / global + BFC / fourconv / by-image" in result.stderr


def test_cases_draws_the_sheets(studied: Path, phantom: Path) -> None:
    result = isthmus("study", "cases", phantom, "--as", "phantom", "--to", studied, *OWN, "--as-is")
    assert result.exit_code == 0, result.exception
    names = {path.name for path in studied.glob("*.png")}
    assert names == {f"{kind}-{p}-benign-2-3-4a.png" for kind in ("cases", "mistakes") for p in ("paper", "grouped")}
    assert all(name in result.stderr for name in names)
    assert "report.html show pictures of the data set" in result.stderr
    assert "data:image/png;base64," in (studied / "report.html").read_text(encoding="utf-8")
    result = isthmus("study", "table4", phantom, "--as", "phantom", "--to", studied, *OWN, *ONLY, "--as-is", "--json")
    assert len(json.loads(result.stdout)["rows"]) == 8
    assert "data:image/png;base64," in (studied / "report.html").read_text(encoding="utf-8")  # drawn with every report


def test_a_reason_is_printed_as_it_is(studied: Path, phantom: Path) -> None:
    ledger = studied / "study.json"
    before = ledger.read_text()
    found = json.loads(before)
    why = "[enforce fail at alloc_cpu.cpp:117] no memory in [/data/x]"
    found["entries"].append({**found["entries"][0], "backbone": "vgg19", "run": "gone", "why": why})
    ledger.write_text(json.dumps(found))
    command = ("study", "table4", phantom, "--as", "phantom", "--to", studied, *OWN, *ONLY, "--as-is")
    result = isthmus(*command)
    ledger.write_text(before)
    assert result.exit_code == 0, result.exception
    assert "[/data/x]" in result.stdout.replace("\n", "")


def test_other_data_are_refused(studied: Path, tmp_path: Path) -> None:
    write_phantom(tmp_path / "other", patients=12, seed=9)
    result = isthmus("study", "table4", tmp_path / "other", "--as", "phantom", "--to", studied, *OWN, *ONLY)
    assert isinstance(result.exception, UsageError)
    assert "another data set" in str(result.exception)


def test_a_run_that_fails_says_why_and_stops_no_other(phantom: Path, tmp_path: Path) -> None:
    to = tmp_path / "s"
    command = ("study", "table4", phantom, "--as", "phantom", "--to", to, *OWN, "--protocol", "grouped")
    wild = isthmus(*command, "--only", "global / fourconv", "--set", "learning_rate=9.9")
    assert wild.exit_code == 1
    fine = isthmus(*command, "--only", "majority")
    assert fine.exit_code == 0
    bad, good = rows(to / "table4.csv")
    assert "diverged" in bad["why"]
    assert "Lower learning_rate" in bad["why"]
    assert bad["accuracy"] == ""
    assert good["why"] == ""
    assert "diverged" in (to / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--only", "resnet101"), "no cell's name holds 'resnet101'"),
        (("--backend", "slurm"), "Use loky, dask, ray"),
        (("--set", "alhpa=1"), "Did you mean 'alpha'"),
        (("--labels", "benign-9"), "benign-2-3-4a"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(
    phantom: Path, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    result = isthmus("study", "table4", phantom, "--as", "phantom", "--to", tmp_path / "s", *arguments)
    assert told in str(result.exception)
    assert not list(tmp_path.glob("s/runs/*/folds"))


@pytest.mark.slow
def test_killed_in_mid_grid_it_goes_on_where_it_was(studied: Path, phantom: Path, tmp_path: Path) -> None:
    to = tmp_path / "s"
    command = [sys.executable, "-m", "isthmus", "study", "table4", phantom, "--as", "phantom", "--to", to, *OWN, *ONLY]
    run = subprocess.Popen([str(word) for word in command], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while len(folds(to)) < 3:
        assert run.poll() is None
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    kept = folds(to)
    assert len(kept) < len(folds(studied))
    again = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert {name: folds(to)[name] for name in kept} == kept
    assert {name: p for name, p in said(studied).items() if name in said(to)} == said(to)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_cluster_gives_the_same_scores(studied: Path, phantom: Path, tmp_path: Path, backend: str) -> None:
    to = tmp_path / "s"
    command = [sys.executable, "-m", "isthmus", "study", "table4", phantom, "--as", "phantom", "--to", to, *OWN, *ONLY]
    command += ["--backend", backend, "--jobs", 2]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(said(to)) == 6
    assert {name: p for name, p in said(studied).items() if name in said(to)} == said(to)
