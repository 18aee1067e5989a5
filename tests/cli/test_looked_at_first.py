"""What can be known at the start is checked before data are read: here there are no data to read."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import torch

from isthmus.errors import IsthmusError
from make.commands import SMALL, isthmus
from make.holding import HOLDER, held

TRAINING = ("train", "cross", "study table3")


def asked(verb: str, to: Path, *arguments: object) -> str:
    """What the verb says of data that aren't there, as an error of ours."""
    result = isthmus(*verb.split(), to.parent / "nowhere", "--as", "phantom", "--to", to, *arguments)
    assert isinstance(result.exception, IsthmusError), result.exception
    return str(result.exception)


def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_without_any_of_that_it_is_the_data_that_are_missing(tmp_path: Path) -> None:
    for verb in TRAINING:
        assert "nowhere" in asked(verb, tmp_path / "to")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("verb", TRAINING)
def test_a_device_that_isnt_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    no_gpu(monkeypatch)
    assert "--device cuda: no GPU that torch reaches by cuda is here" in asked(
        verb, tmp_path / "to", "--device", "cuda"
    )
    assert "no device 'gpu'" in asked(verb, tmp_path / "to", "--device", "gpu")
    assert not list(tmp_path.iterdir())


def test_the_demo_looks_at_its_device_before_it_makes_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_gpu(monkeypatch)
    result = isthmus("demo", "--to", tmp_path / "demo", "--device", "cuda")
    assert "--device cuda" in str(result.exception)
    (tmp_path / "file").write_text("mine")
    assert "can't write" in str(isthmus("demo", "--to", tmp_path / "file").exception)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("verb", ["train", "cross"])
@pytest.mark.parametrize(
    ("assignment", "told"),
    [("backbone=nope", "no backbone 'nope'"), ("size=16", "too small to crop"), ("pretrained=true", "no pretrained")],
)
def test_a_network_that_cant_be(tmp_path: Path, verb: str, assignment: str, told: str) -> None:
    assert told in asked(verb, tmp_path / "to", "--set", assignment)


def test_a_study_of_which_no_network_can_be(tmp_path: Path) -> None:
    assert "too small to crop" in asked("study ablations", tmp_path / "to", "--set", "size=16", "--only", "head")


@pytest.mark.parametrize("verb", TRAINING)
def test_a_target_that_is_taken_or_cant_be_made(tmp_path: Path, verb: str) -> None:
    (tmp_path / "file").write_text("mine")
    assert "can't write" in asked(verb, tmp_path / "file" / "to")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").write_text("precious")
    assert "taken: " in asked(verb, tmp_path / "taken")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "taken", "thesis.txt"]


def test_a_run_of_another_plan(tmp_path: Path, phantom: Path) -> None:
    to = tmp_path / "run"
    command = ("cross", phantom, "--as", "phantom", "--to", to, "--folds", 2, *SMALL, "--set", "epochs=1")
    assert isthmus(*command).exit_code == 0
    assert "folds 2 there, 3 now" in asked("cross", to, "--folds", 3, *SMALL, "--set", "epochs=1")
    assert "epochs 1 there, 2 now" in asked("cross", to, "--folds", 2, *SMALL)
    with (to / "folds" / "00" / "history.csv").open(encoding="utf-8") as file:
        (epoch,) = csv.DictReader(file)
    assert epoch == {name: str(value) for name, value in told_history(to)[0].items()}
    (to / "folds" / "01" / "fold.json").write_text('{"rows"')
    again = isthmus(*command)
    assert again.exit_code == 0
    assert "fold.json: can't be used (JSONDecodeError): fold 1 is trained again" in again.stderr


def told_history(to: Path) -> list[dict[str, float]]:
    history: list[dict[str, float]] = json.loads((to / "folds" / "00" / "fold.json").read_text())["history"]
    return history


@pytest.mark.parametrize("verb", ["train", "export", "cross", "study table4"])
def test_a_target_that_another_process_is_at(tmp_path: Path, model: Path, verb: str) -> None:
    bundle = verb in ("train", "export")
    with held(tmp_path / ("to.training" if bundle else "to")):
        told = asked(verb, tmp_path / "to", *(("--model", model) if verb == "export" else ()))
    assert f"another process is training ({HOLDER})" in told or f"({HOLDER}). Wait for it" in told


def test_export_to_a_taken_folder(tmp_path: Path, model: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    assert "already holds something" in asked("export", tmp_path, "--model", model)


def test_bench_to_what_cant_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder.md").mkdir()
    for to, told in (("file/page.md", "can't write"), ("folder.md", "is a folder"), ("page.svg", "page and its chart")):
        command = ("bench", "--data", tmp_path / "nowhere", "--as", "phantom", "--to", tmp_path / to)
        assert told in str(isthmus(*command).exception)


def test_phantom_into_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert isinstance(isthmus("phantom", "--to", tmp_path / "file").exception, IsthmusError)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_setting_or_option_that_would_change_nothing(tmp_path: Path) -> None:
    to = tmp_path / "to"
    assert "momentum changes nothing with optimiser = adamw" in asked("train", to, "--set", "momentum=0.5")
    assert "validation changes nothing with protocol = paper" in asked(
        "cross", to, "--protocol", "paper", "--set", "validation=0.3"
    )
    for verb, arguments, told in (
        (
            "study table4",
            ("--set", "backbone=vgg19", "--set", "head=average", "--only", "fourconv"),
            "backbone = vgg19",
        ),
        ("study table3", ("--set", "crop_count=9"), "crop_count = 9 changes nothing in the cells of table3"),
    ):
        assert told in asked(verb, to, *arguments)


def test_an_option_of_a_study_that_changes_nothing_is_named(tmp_path: Path) -> None:
    for arguments, told in (
        (("--protocol", "grouped", "--quarters", 2), "--quarters changes nothing with protocol grouped"),
        (("--protocol", "paper", "--folds", 2), "--folds changes nothing with protocol paper"),
        (("--protocol", "paper", "--set", "validation=0.3"), "--set validation changes nothing with protocol paper"),
        (("--as-is", "--device", "cpu"), "--device changes nothing with --as-is"),
    ):
        command = ("study", "table3", tmp_path / "nowhere", "--as", "phantom", "--to", tmp_path / "to", *arguments)
        assert f"isthmus: {told}." in isthmus(*command).stderr


def test_a_bundle_keeps_its_history(model: Path) -> None:
    with (model / "history.csv").open(encoding="utf-8") as file:
        epochs = [*csv.DictReader(file)]
    assert [epoch["epoch"] for epoch in epochs] == ["1", "2"]
    assert {"train_loss", "validation_loss", "auc", "learning_rate", "seconds"} < set(epochs[0])
    assert "history.csv" in json.loads((model / "bundle.json").read_text())["files"]
