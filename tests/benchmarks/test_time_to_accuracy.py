"""Contenders learn in turns: ours as `isthmus train` does, and a run that was killed goes on."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

import time_to_accuracy
import time_to_accuracy_chart
from contest.ours import Ours
from contest.plain import Plain
from contest.record import Record, Turn, load, save
from contest.task import SEED, Contender, Task
from isthmus.data.sources import open_source
from isthmus.judge.metrics import Floats
from isthmus.learn.checkpoint import Tensors
from isthmus.learn.train import fit
from isthmus.learn.votes import probabilities
from make.tn5000 import make
from make.training import TINY
from time_to_accuracy import compete

SMALL = TINY.changed(batch_size=32, epochs=2, choose_by="last", margin=0.25, resize="square", precision="fp32")


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    folder = tmp_path_factory.mktemp("made")
    return Task.of(open_source("tn5000", make(folder / "data", count=200, run=25)), folder)


@dataclass
class Steady:
    """A contender that counts its turns."""

    name: str
    turns: int
    held: int
    done: list[int] = field(default_factory=list)

    def prepare(self) -> None:
        pass

    def turn(self, number: int) -> None:
        self.done.append(number)

    def read(self) -> Floats:
        return np.linspace(0.1, 0.9, self.held)

    def tensors(self) -> Tensors:
        return {"done": torch.tensor(self.done)}

    def restore(self, tensors: Tensors, number: int) -> None:
        self.done = tensors["done"].tolist()


def test_the_held_nodules_are_apart_from_those_learned_from(task: Task) -> None:
    number = [int(nodule.image.rpartition("/")[2]) for nodule in task.nodules]
    apart = {abs(number[one] - number[other]) for one in task.train for other in task.held}
    assert min(apart) > 5
    assert 0.1 < len(task.held) / len(task.nodules) < 0.3


def test_ours_learns_what_a_training_learns(task: Task, tmp_path: Path) -> None:
    ours = Ours("ours", [SMALL], task)
    ours.prepare()
    for number in (1, 2):
        ours.turn(number)
    examples = task.examples(SMALL.preparation)
    fitted = fit(examples.take(task.train), examples.take(task.held), SMALL, seed=SEED, device="cpu")
    expected = probabilities(fitted.net, examples.take(task.held).rois).fused
    np.testing.assert_allclose(ours.read(), expected, atol=1e-12)


@pytest.mark.parametrize("which", ["ours", "plain"])
def test_a_run_goes_on_to_the_same_readings(task: Task, tmp_path: Path, which: str) -> None:
    def new() -> Contender:
        if which == "plain":
            return Plain("plain", "mobilenetv3_small_050", 32, 1e-3, 2, task)
        return Ours("ours", [SMALL.changed(epochs=1), SMALL.changed(size=48, epochs=2)], task)

    straight, broken = new(), new()
    for one in (straight, broken):
        one.prepare()
        one.turn(1)
        first = one.read()
        one.turn(2)
        one.read()
    save(Record((Turn(1, 1, 0),) * 3, first), broken, tmp_path / "record")
    again = new()
    assert len(load(tmp_path / "record", again).turns) == 3
    if which == "ours":
        for one in (straight, again):
            one.turn(3)
    np.testing.assert_array_equal(straight.read(), again.read())


def test_whoever_has_used_least_is_next_and_a_killed_run_goes_on(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(10_000))
    monkeypatch.setattr("time_to_accuracy.time.process_time", lambda: 120.0 * next(seconds))

    def go(turns: Sequence[int], minutes: float) -> tuple[list[Steady], list[int]]:
        every = [Steady(name, count, len(task.held)) for name, count in zip("ab", turns, strict=True)]
        records = compete(every, task, tmp_path, minutes)
        return every, [len(record.turns) for record in records.values()]

    every, counts = go((5, 2), 3)  # each turn is a minute on the clock, and turn 0 prepares
    assert ([one.done for one in every], counts) == ([[1, 2], [1, 2]], [3, 3])
    every, counts = go((5, 2), 4)
    assert ([one.done for one in every], counts) == ([[1, 2, 3], [1, 2]], [4, 3])
    rows = list(csv.DictReader((tmp_path / "curves.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["contender"], row["turn"], row["minutes"]) for row in rows][-1] == ("b", "2", "3.0000")


def test_the_command_writes_curves_and_readings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, to = make(tmp_path / "data", count=200, run=25), tmp_path / "run"
    monkeypatch.setattr(time_to_accuracy, "ENSEMBLES", {"quick": (SMALL.changed(epochs=1),)})
    monkeypatch.setattr(time_to_accuracy, "PLAIN", (("plain", "mobilenetv3_small_050", 32, 1e-3, 1),))
    result = CliRunner().invoke(time_to_accuracy.main, [str(root), "--to", str(to)], catch_exceptions=False)
    assert "plain, turn 1" in result.output
    assert len((to / "curves.csv").read_text(encoding="utf-8").splitlines()) == 1 + 2 * 2


def test_the_chart_has_a_line_each_and_says_when_a_level_is_passed(tmp_path: Path) -> None:
    rows = [
        {"contender": "ours", "turn": str(turn), "minutes": str(2 * turn), "wall_minutes": "9", "others": "0.5"}
        | {"auc": str(auc), "low": "0.7", "high": "0.99", "n": "40"}
        for turn, auc in ((0, "nan"), (1, 0.95), (2, 0.8), (3, 0.91), (4, 0.97))
    ]
    table = [list(rows[0]), *(list(row.values()) for row in rows)]
    (tmp_path / "curves.csv").write_text("".join(",".join(line) + "\n" for line in table), encoding="utf-8")
    labels = ["benign", "malignant"] * 20
    held = [["nodule", "label", "group", "ours"]]
    held += [[str(at), label, str(at // 4), str(0.2 + at % 2 * 0.5)] for at, label in enumerate(labels)]
    shipped = [["nodule", "tn5000"], *([str(at), str(0.4 + at % 2 * 0.4 - at / 200)] for at in range(45))]
    for name, lines in (("held", held), ("shipped", shipped)):
        text = "".join(",".join(line) + "\n" for line in lines)
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    paths = [str(tmp_path / name) for name in ("", "shipped.csv.gz", "out.svg")]
    result = CliRunner().invoke(time_to_accuracy_chart.main, paths, catch_exceptions=False)
    assert "| ours | 4 | 8.0 | .970 (.700 to .990) |" in result.output
    assert "| 6.0 |" in result.output.splitlines()[2]
    svg = (tmp_path / "out.svg").read_text(encoding="utf-8")
    assert "ours" in svg
    assert "n = 40, 10 groups" in svg
