"""Both training loops are the same training: what differs is how."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.bench.training import trainings
from isthmus.data.sources import open_source
from isthmus.recipe import PAPER, Recipe
from isthmus.recipes import ISTHMUS

TINY = {"size": 32, "hidden": 8, "batch_size": 8, "precision": "fp32"}


@pytest.mark.parametrize("recipe", [PAPER, ISTHMUS], ids=["paper", "isthmus"])
def test_the_same_weights_and_batches(phantom: Path, recipe: Recipe) -> None:
    nodules = open_source("phantom", phantom).labelled[:17]  # a last batch of one, which both leave out
    found = trainings(nodules, recipe.changed(**TINY, dropout=0.0), epochs=2)
    assert found.steps == 3 * 2
    assert len(found.plain.rounds) == len(found.ours.rounds) == 2
    assert found.loss_difference < 1e-3
    assert found.plain_loss != pytest.approx(0.0)
