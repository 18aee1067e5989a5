"""`isthmus train` with a recipe of several networks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isthmus import recipes
from isthmus.bundle import open_bundle
from isthmus.errors import RecipeError
from isthmus.recipes import ISTHMUS
from make.commands import isthmus

MEMBERS = (
    ISTHMUS.changed(size=32, hidden=8, epochs=1, resize="square", margin=0.25, crops="none", precision="fp32"),
    ISTHMUS.changed(size=32, hidden=4, epochs=1, resize="square", margin=0.25, precision="fp32"),
)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    recipes.save_members(MEMBERS, tmp_path / "two.toml")
    return tmp_path / "two.toml"


def test_it_writes_one_bundle(phantom: Path, recipe: Path, tmp_path: Path) -> None:
    to = tmp_path / "model"
    settings = ("--recipe", recipe, "--set", "hidden=6", "--device", "cpu", "--json")
    result = isthmus("train", phantom, "--as", "phantom", "--to", to, *settings)
    assert result.exit_code == 0, result.exception
    assert json.loads(result.stdout)["bundle"] == str(to)
    assert "training 2 of 2, epoch 1" in result.stderr
    assert open_bundle(to).members == tuple(one.changed(hidden=6) for one in MEMBERS)


@pytest.mark.parametrize("verb", ["cross", "train"])
def test_elsewhere_it_is_refused_in_one_line(phantom: Path, recipe: Path, tmp_path: Path, verb: str) -> None:
    model = ("--from", "tn5000") if verb == "train" else ()
    result = isthmus(verb, phantom, "--as", "phantom", "--to", tmp_path / "x", "--recipe", recipe, *model)
    assert isinstance(result.exception, RecipeError)
    assert "is a recipe of several networks" in str(result.exception)
