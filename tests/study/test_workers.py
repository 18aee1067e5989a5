"""Jobs done by joblib's workers: in other processes, and in spite of workers that die."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from isthmus.data.threads import cores
from isthmus.errors import UsageError
from isthmus.study.jobs import Outcome
from isthmus.study.workers import Workers, perform_all
from make.doers import do, job


def told(to: Path, names: list[str], workers: Workers) -> dict[str, str]:
    outcomes: list[Outcome] = []
    perform_all([job(to, name) for name in names], workers, outcomes.append, do)
    assert len({one.name for one in outcomes}) == len(outcomes)
    return {one.name: one.why for one in outcomes}


def tries(to: Path, name: str) -> int:
    return len((to / f"{name}.tried").read_text())


def test_a_dead_worker_costs_its_job_a_second_try_and_no_other_job_anything(tmp_path: Path) -> None:
    said = told(tmp_path, ["a", "dies", "b", "dies once", "c"], Workers(2))
    assert set(said) == {"a", "b", "c", "dies", "dies once"}
    assert "its worker died 2 times" in said.pop("dies")
    assert all(why.startswith("done in ") and why != f"done in {os.getpid()}" for why in said.values())
    assert tries(tmp_path, "dies") == tries(tmp_path, "dies once") == 2
    assert not list((tmp_path / "runs" / ".working").iterdir())


def test_one_job_is_not_done_in_this_process(tmp_path: Path) -> None:
    assert told(tmp_path, ["only"], Workers(1))["only"] != f"done in {os.getpid()}"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # clusters warn of what they are, not of what we do
@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_clusters_do_the_same(tmp_path: Path, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # where their workers find the stand-in
    said = told(tmp_path, ["a", "b", "dies once"], Workers(2, backend))
    assert set(said) == {"a", "b", "dies once"}
    assert said["a"].startswith("done in ")
    assert said["a"] != f"done in {os.getpid()}"


def test_threads_use_all_cores_and_no_core_twice() -> None:
    assert Workers(1).threads == cores()
    assert Workers(2).threads == max(1, cores() // 2)
    assert Workers(10 * cores()).threads == 1
    assert Workers(1, "dask").threads == 1


def test_an_unknown_backend_and_an_address_for_loky_are_refused() -> None:
    with pytest.raises(UsageError, match="Use loky, dask, ray"):
        Workers(2, "slurm")
    with pytest.raises(UsageError, match="this machine only"):
        Workers(2, "loky", "10.0.0.1:8786")


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_backend_that_is_not_installed_says_what_to_install(
    tmp_path: Path, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, {"dask": "distributed", "ray": "ray"}[backend], None)
    with pytest.raises(UsageError, match=rf"pip install 'isthmus\[{backend}\]'"):
        told(tmp_path, ["a"], Workers(2, backend))


@pytest.mark.filterwarnings("ignore")
def test_no_cluster_at_the_address_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no dask cluster answers .*Give the address"):
        told(tmp_path, ["a"], Workers(2, "dask", "tcp://127.0.0.1:9"))
