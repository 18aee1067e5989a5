"""A run's folder knows which run it holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from isthmus import recipes
from isthmus.cross.run_folder import claim, finish, machine, versions
from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.errors import StorageError, UsageError
from isthmus.recipe import PAPER, Recipe
from make import ddti


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    return open_source("ddti", ddti.make(tmp_path_factory.mktemp("ddti")))


def take(to: Path, data: DataSet, recipe: Recipe = PAPER, **plan: object) -> None:
    claim(to, data, {"seed": 0, "recipe": recipe.fingerprint} | plan, recipe)


def test_a_new_folder_is_taken_and_taken_again_by_the_same_run(tmp_path: Path, data: DataSet) -> None:
    take(tmp_path / "run", data)
    assert recipes.load(tmp_path / "run" / "recipe.toml") == PAPER
    before = (tmp_path / "run" / "manifest.json").read_bytes()
    take(tmp_path / "run", data, PAPER.changed(name="the same by another name"))
    assert (tmp_path / "run" / "manifest.json").read_bytes() == before
    manifest = json.loads(before)
    assert manifest["data_fingerprint"] == data.fingerprint()
    assert not manifest["finished"]
    assert manifest["versions"]["torch"]


def test_finishing_says_so(tmp_path: Path, data: DataSet) -> None:
    take(tmp_path, data)
    assert finish(tmp_path, 12.34)["seconds"] == 12.3
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["finished"]


def test_another_run_is_refused_and_what_differs_is_named(tmp_path: Path, data: DataSet) -> None:
    take(tmp_path, data)
    with pytest.raises(UsageError, match=r"holds another run \(seed 0 there, 1 now\)\. Choose another --to"):
        take(tmp_path, data, seed=1)
    with pytest.raises(UsageError, match=r"\(crops 'boundary' there, 'random' now, alpha 0\.6 there, 0\.7 now\)"):
        take(tmp_path, data, PAPER.changed(crops="random", alpha=0.7))
    with pytest.raises(UsageError, match="labels 'benign-2-3-4a' there, 'benign-2-3' now"):
        take(tmp_path, replace(data, policy="benign-2-3"))
    assert recipes.load(tmp_path / "recipe.toml") == PAPER


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path, data: DataSet) -> None:
    (tmp_path / "recipe.toml").write_text("mine")
    with pytest.raises(UsageError, match="holds something that is no run of isthmus"):
        take(tmp_path, data)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("recipe.toml", "mine")]
    for text in ("", "[]", "{}", '{"identity": 3}'):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(UsageError, match="no run of isthmus"):
            take(tmp_path, data)


@pytest.mark.parametrize("left", [(".manifest.json.x1y2",), ("manifest.json", ".recipe.toml.x1y2")])
def test_killed_while_it_was_being_taken(tmp_path: Path, data: DataSet, left: tuple[str, ...]) -> None:
    take(tmp_path / "whole", data)
    (tmp_path / "cut").mkdir()
    for name in left:
        source = tmp_path / "whole" / name
        (tmp_path / "cut" / name).write_text(source.read_text() if source.exists() else "ha")
    take(tmp_path / "cut", data)
    assert recipes.load(tmp_path / "cut" / "recipe.toml") == PAPER


def test_a_target_that_is_a_file_is_a_clear_line(tmp_path: Path, data: DataSet) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((UsageError, StorageError)):
        take(tmp_path / "file", data)
    with pytest.raises(StorageError, match="can't write"):
        take(tmp_path / "file" / "run", data)


def test_versions_and_machine_name_no_person_and_no_place() -> None:
    assert {"python", "isthmus", "torch", "numpy"} <= set(versions())
    assert len(machine().split()) == 2
