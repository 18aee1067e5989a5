"""A training that is killed at any moment continues to the same weights, bit by bit."""

from __future__ import annotations

import json
import multiprocessing
import random
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from isthmus.recipe import Recipe
from make.training import TINY, TINY_PAPER, train, train_and_die

RECIPES = pytest.mark.parametrize(
    "recipe", [TINY, pytest.param(TINY_PAPER, marks=pytest.mark.slow)], ids=lambda recipe: recipe.name
)


@pytest.fixture(scope="module")
def processes() -> Iterator[ForkServerContext]:
    """Processes that have torch imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["isthmus.learn.train", "safetensors.torch"])
    yield context
    multiprocessing.forkserver._forkserver._stop()  # it would outlive the tests


@pytest.fixture
def run(processes: ForkServerContext, tmp_path: Path) -> Callable[..., int | None]:
    def run(function: Callable[..., None], *args: object, seconds: float | None = None) -> int | None:
        """Runs a training, killed after ``seconds`` if they are given; its exit code, -9 if it was killed."""
        process = processes.Process(target=function, args=args)
        process.start()
        process.join(seconds)
        process.kill()
        process.join()
        code = process.exitcode
        process.close()
        return code

    return run


def contents(result: Path) -> tuple[bytes, object]:
    return (
        result.with_suffix(".safetensors").read_bytes(),
        json.loads(result.with_suffix(".json").read_text(encoding="utf-8")),
    )


@RECIPES
def test_killed_at_random_moments(run: Callable[..., int | None], tmp_path: Path, recipe: Recipe) -> None:
    start = time.monotonic()
    assert run(train, tmp_path / "whole", tmp_path / "a", recipe) == 0
    took, chance = time.monotonic() - start, random.Random(0)
    killed = 0
    while (code := run(train, tmp_path / "cut", tmp_path / "b", recipe, seconds=chance.uniform(0.4, 1) * took)) != 0:
        assert code == -signal.SIGKILL
        killed += 1
        if killed == 3:
            assert run(train, tmp_path / "cut", tmp_path / "b", recipe) == 0
            break
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.slow
@RECIPES
def test_killed_while_writing_a_checkpoint(run: Callable[..., int | None], tmp_path: Path, recipe: Recipe) -> None:
    assert run(train, tmp_path / "whole", tmp_path / "a", recipe) == 0
    for write in (1, 2, 3):  # the third time it has come two epochs further
        code = run(train_and_die, tmp_path / "cut", tmp_path / "b", recipe, write)
        assert code == -signal.SIGKILL
    assert len(list((tmp_path / "cut").glob(".checkpoint*"))) == 3  # what the kills left, in nobody's way
    assert run(train, tmp_path / "cut", tmp_path / "b", recipe) == 0
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
