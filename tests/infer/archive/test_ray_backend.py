"""The same archive on a Ray cluster: the same bytes, even if a worker is killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from make.archive import jpeg
from make.bundle import make as make_bundle

pytestmark = pytest.mark.slow

IMAGES = 4000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle, an archive with two broken images, and its table as this machine alone reads it."""
    folder = tmp_path_factory.mktemp("ray")
    make_bundle(folder / "tiny")
    (folder / "scans").mkdir()
    content = [jpeg(number) for number in range(16)]
    for number in range(IMAGES):
        (folder / "scans" / f"{number:05}.jpg").write_bytes(content[number % 16])
    (folder / "scans" / "00007.jpg").write_bytes(b"")
    (folder / "scans" / "03000.jpg").write_bytes(content[0][:500])
    run = predict(folder, "local.csv")
    run.communicate(timeout=300)
    assert run.returncode == 1
    return folder


def predict(folder: Path, to: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "isthmus", "predict", "scans", "--model", "tiny", "--engine", "onnxruntime"]
    command += ["--json", "--to", to, *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def below(process: int) -> Iterator[tuple[int, str]]:
    """The processes that a process started, and those that they did, with their command lines."""
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # one that has just ended
            for child in map(int, children.read_text().split()):
                yield child, Path(f"/proc/{child}/cmdline").read_bytes().decode(errors="replace")
                yield from below(child)


def test_the_same_bytes_and_nothing_else_on_stdout(folder: Path) -> None:
    run = predict(folder, "ray.csv", "--backend", "ray", "--address", "local")
    stdout, stderr = run.communicate(timeout=300)
    assert run.returncode == 1
    said = json.loads(stdout)
    assert (said["images"], said["rows"], said["errors"]) == (IMAGES, IMAGES, 2)
    assert len(stderr.strip().splitlines()) == 1
    assert (folder / "ray.csv").read_bytes() == (folder / "local.csv").read_bytes()


def test_a_worker_that_is_killed_costs_no_row(folder: Path) -> None:
    killed = set[int]()
    with predict(folder, "killed.csv", "--backend", "ray", "--threads", "2") as run:
        while run.poll() is None and len(killed) < 2:
            at_work = [process for process, command in below(run.pid) if command.startswith("ray::Map")]
            finished = len(list((folder / "killed.csv.parts").glob("[0-9]*.csv")))
            if finished > len(killed) and (victims := [one for one in at_work if one not in killed]):
                os.kill(victims[0], signal.SIGKILL)
                killed.add(victims[0])
            time.sleep(0.01)
        stdout, _ = run.communicate(timeout=300)
    assert len(killed) == 2
    assert json.loads(stdout)["rows"] == IMAGES
    assert (folder / "killed.csv").read_bytes() == (folder / "local.csv").read_bytes()


def test_no_cluster_there(folder: Path) -> None:
    run = predict(folder, "none.csv", "--backend", "ray", "--address", "127.0.0.1:1")
    stdout, stderr = run.communicate(timeout=300)
    assert (run.returncode, stdout) == (2, "")
    assert "no Ray cluster answers" in stderr
    assert len(stderr.strip().splitlines()) == 1
