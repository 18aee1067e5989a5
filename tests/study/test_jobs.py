"""A job does its run and never raises: what goes wrong is its outcome."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.cross.plan import Plan
from isthmus.cross.protocols import named
from isthmus.cross.stored import is_finished, load
from isthmus.data.audit.duplicates import Duplicates, find_duplicates
from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.errors import StorageError
from isthmus.recipe import PAPER
from isthmus.study import jobs
from isthmus.study.jobs import Job, perform, run_name, was_begun

TINY = PAPER.changed(size=32, hidden=8, epochs=1, batch_size=8)


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    return open_source("phantom", phantom)


@pytest.fixture(scope="module")
def duplicates(data: DataSet) -> Duplicates:
    return find_duplicates(data.images)


@pytest.fixture
def job(data: DataSet, duplicates: Duplicates, tmp_path: Path) -> Job:
    plan = Plan(TINY, folds=2)
    return Job(tmp_path / "runs" / run_name(data, plan), data, plan, "", duplicates, tmp_path / "rois", 1, os.getppid())


def test_a_run_is_done_and_marked_as_finished(job: Job) -> None:
    assert perform(job).why == ""
    assert is_finished(job.folder, 2)
    stored = load(job.folder)
    assert stored.recipe is not None
    assert stored.recipe.fingerprint == TINY.fingerprint
    assert (job.folder / "predictions.csv").exists()
    assert len(stored.rows) == len(job.data.labelled)
    assert not was_begun(job)


def test_a_baseline_is_a_run_too(job: Job, data: DataSet) -> None:
    own = replace(job, baseline="majority", folder=job.folder.parent / run_name(data, job.plan, "majority"))
    assert perform(own).why == ""
    stored = load(own.folder)
    assert stored.recipe is None
    assert all(fold.history == () and fold.learned_from + len(fold.rows) == len(data.labelled) for fold in stored.folds)
    assert not {row.probability for row in stored.rows} - {fold.rows[0].probability for fold in stored.folds}


def test_what_the_data_do_not_allow_is_its_outcome(job: Job) -> None:
    said = perform(replace(job, plan=replace(job.plan, folds=40)))
    assert "40 parts asked for" in said.why
    assert said.name == job.name
    assert not job.folder.exists()


def test_a_fault_of_ours_is_its_outcome_too_and_can_be_traced(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of\ncheese")

    monkeypatch.setattr(jobs, "cross", broken)
    said = perform(job)
    trace = job.folder.with_name(f"{job.name}.error.txt")
    assert said.why == f"RuntimeError: out of cheese (all of it in {trace.name})"
    assert "Traceback" in trace.read_text()
    monkeypatch.undo()
    assert perform(job).why == ""
    assert not trace.exists()


def test_a_full_disk_is_its_outcome(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StorageError("can't write: No space left on device", where="runs")

    monkeypatch.setattr("isthmus.files.write_text", full)
    assert "No space left on device" in perform(job).why


WORKER = """
import sys, time
from pathlib import Path
from isthmus.study.jobs import ended_with
began, ended = map(Path, sys.argv[2:])
with ended_with(int(sys.argv[1]), ended.touch):
    began.touch()
    time.sleep(120)
"""
STUDY = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid()), *sys.argv[2:]])
while not os.path.exists(sys.argv[2]):
    time.sleep(0.1)
"""


def test_a_worker_whose_study_is_gone_ends(tmp_path: Path) -> None:
    began, ended = tmp_path / "began", tmp_path / "ended"
    subprocess.run([sys.executable, "-c", STUDY, WORKER, began, ended], check=True, timeout=100)
    until = time.monotonic() + 60
    while not ended.exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert ended.exists()


def test_a_worker_whose_study_lasts_does_its_job(job: Job) -> None:
    assert perform(replace(job, parent=os.getppid())).why == ""
    assert is_finished(job.folder, 2)


def test_runs_are_named_by_who_what_and_how(data: DataSet, phantom: Path) -> None:
    plan = Plan(TINY)
    others = [
        run_name(data, replace(plan, recipe=TINY.changed(alpha=0.7))),
        run_name(data, replace(plan, folds=3)),
        run_name(data, replace(plan, protocol=named("paper"))),
        run_name(data, plan, "box"),
        run_name(open_source("phantom", phantom, "benign-2-3"), plan),
    ]
    assert len({run_name(data, plan), *others}) == 6
    assert run_name(data, plan) == run_name(data, replace(plan, recipe=TINY.changed(name="renamed")))
    # A baseline doesn't depend on the recipe of the networks beside it.
    assert run_name(data, plan, "box") == run_name(data, replace(plan, recipe=PAPER), "box")
