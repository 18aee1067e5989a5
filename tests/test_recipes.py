"""Recipes of several networks, by name and in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus import recipes
from isthmus.errors import RecipeError
from isthmus.recipe import PAPER


def test_a_recipe_of_several_networks_takes_settings_for_all_of_them(tmp_path: Path) -> None:
    members = recipes.every("quick", ["epochs=1", "alpha=0.7"])  # alpha is idle in the first, not in the second
    assert [one.learning.epochs for one in members] == [1, 1]
    assert members[1].network.alpha == 0.7
    with pytest.raises(RecipeError, match=r"momentum = 0\.8 changes nothing in the networks of quick"):
        recipes.every("quick", ["momentum=0.8"])
    assert recipes.every("paper", ["epochs=2"]) == (PAPER.changed(epochs=2),)
    recipes.save_members(members, tmp_path / "mine.toml")
    assert recipes.every(str(tmp_path / "mine.toml")) == members
    for text in ("quick", str(tmp_path / "mine.toml")):
        with pytest.raises(RecipeError, match="is a recipe of several networks"):
            recipes.named(text)
