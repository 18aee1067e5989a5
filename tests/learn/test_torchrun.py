"""Several processes under torchrun train to the result of one process with the same batches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from isthmus.bundle import open_bundle
from make import together
from make.commands import SMALL

pytestmark = pytest.mark.slow
TESTS = Path(__file__).parents[1]
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node")
NAMES = [recipe.name for recipe in together.recipes()]


def run(*command: object) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{TESTS}:{TESTS.parent}/src"}
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def trained(to: Path, count: int, *words: str) -> Path:
    """The results of so many processes, in ``to``."""
    to.mkdir(exist_ok=True)
    run(*((*TORCHRUN, count) if count > 1 else (sys.executable,)), together.__file__, to, *words)
    return to


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("one"), 1, "double")


def difference(one: Path, other: Path, name: str) -> float:
    """The largest difference between two networks' weights and running statistics."""
    first, second = (load_file(folder / f"{name} 0.safetensors") for folder in (one, other))
    return max(float((first[key].double() - second[key].double()).abs().max()) for key in first)


def history(folder: Path, name: str) -> list[list[float]]:
    epochs = json.loads((folder / f"{name} 0.json").read_text(encoding="utf-8"))
    return [[value for key, value in epoch.items() if key != "seconds"] for epoch in epochs]


@pytest.mark.parametrize("count", [2, 4])  # four leave one of them without an example of the last batch
def test_several_processes_end_where_one_does(alone: Path, tmp_path: Path, count: int) -> None:
    several = trained(tmp_path, count, "double")
    for name in NAMES:
        assert difference(alone, several, name) < 1e-11, name
        np.testing.assert_allclose(history(several, name), history(alone, name), rtol=1e-6, err_msg=name)
        first = load_file(several / f"{name} 0.safetensors")
        for rank in range(1, count):
            own = load_file(several / f"{name} {rank}.safetensors")
            assert all(torch.equal(first[key], own[key]) for key in first)


def test_batch_norm_by_each_process_alone_ends_elsewhere(alone: Path, tmp_path: Path) -> None:
    apart = trained(tmp_path, 2, "double", "apart")
    assert min(difference(alone, apart, name) for name in NAMES) > 0.01


def test_in_fp32_they_differ_by_rounding_only(tmp_path: Path) -> None:
    """Rounding now and then sends a maximum or a ReLU the other way, as it does with another number of threads."""
    one, two = trained(tmp_path / "one", 1), trained(tmp_path / "two", 2)
    assert max(difference(one, two, name) for name in NAMES) < 0.01
    assert np.median([difference(one, two, name) for name in NAMES]) < 1e-4


def test_two_processes_go_on_where_one_was_stopped(alone: Path, tmp_path: Path) -> None:
    trained(tmp_path, 1, "double", "resumed")
    assert not list(tmp_path.glob("*.json"))
    before = {path: path.stat().st_ino for path in tmp_path.rglob("checkpoint.safetensors")}
    assert len(before) == len(NAMES)
    trained(tmp_path, 2, "double", "resumed")
    assert all(path.stat().st_ino != inode for path, inode in before.items())
    for name in NAMES:
        assert difference(alone, tmp_path, name) < 1e-11, name
        np.testing.assert_allclose(history(tmp_path, name), history(alone, name), rtol=1e-6, err_msg=name)


def test_processes_that_find_different_checkpoints_say_so(tmp_path: Path) -> None:
    script = tmp_path / "two.py"
    script.write_text(
        "import os, sys\nfrom pathlib import Path\nfrom make.training import TINY, examples\n"
        "from isthmus.errors import UsageError\nfrom isthmus.learn.train import fit\n"
        "try:\n"
        "    fit(examples(8 + 2 * int(os.environ['RANK'])), examples(8, seed=1), TINY, device='cpu')\n"
        "except UsageError as error:\n    Path(sys.argv[1], os.environ['RANK']).write_text(str(error))\n",
        encoding="utf-8",
    )
    run(*TORCHRUN, 2, script, tmp_path)
    for rank in "01":
        assert "the processes see different data or checkpoints. Give them" in (tmp_path / rank).read_text()


def test_the_command_under_torchrun_writes_one_bundle_and_says_so_once(phantom: Path, tmp_path: Path) -> None:
    arguments = ("-m", "isthmus", "train", phantom, "--as", "phantom", "--json", *SMALL, "--set", "precision=fp32")
    one = json.loads(run(sys.executable, *arguments, "--to", tmp_path / "one"))
    two = json.loads(run(*TORCHRUN, 2, *arguments, "--to", tmp_path / "two"))
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}
    assert open_bundle(tmp_path / "two").decision.threshold == pytest.approx(one["threshold"], abs=0.02)
    assert two["nodules"] == one["nodules"]


def test_folds_are_not_crossed_by_several_processes(phantom: Path, tmp_path: Path) -> None:
    arguments = ("-m", "isthmus", "cross", phantom, "--as", "phantom", "--to", tmp_path / "run", *SMALL)
    command = [str(part) for part in (*TORCHRUN, 2, *arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert "not cross-validated by several processes" in done.stderr
    assert not (tmp_path / "run").exists()
