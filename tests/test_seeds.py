"""Any whole number from 0 on is a seed, for everything that draws."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from isthmus import seeds
from isthmus.baselines.table import BASELINES
from isthmus.data.split import folds, hold_out
from isthmus.errors import UsageError
from isthmus.learn.augment import augment
from isthmus.learn.train import fit
from isthmus.nodule import Label
from make.commands import SMALL, isthmus
from make.crossing import nodule
from make.training import TINY, examples, hybrid_net

LARGE = (2**32, 2**64, 10**30)


def test_below_the_limit_a_seed_is_itself_and_above_it_one_of_its_own() -> None:
    assert [seeds.of_32_bits(seed) for seed in (0, 1, 2**32 - 1)] == [0, 1, 2**32 - 1]
    assert [seeds.of_64_bits(seed) for seed in (0, 2**32, 2**64 - 1)] == [0, 2**32, 2**64 - 1]
    for limited, most in ((seeds.of_32_bits, 2**32), (seeds.of_64_bits, 2**64)):
        found = [limited(seed) for seed in (2**64, 2**64 + 1, 10**30)]
        assert len(set(found)) == 3
        assert all(0 <= seed < most for seed in found)
        assert found == [limited(seed) for seed in (2**64, 2**64 + 1, 10**30)]


def test_below_0_is_no_seed() -> None:
    for limited in (seeds.of_32_bits, seeds.of_64_bits):
        with pytest.raises(UsageError, match="whole number from 0 on"):
            limited(-1)


@pytest.mark.parametrize("seed", LARGE)
def test_splits_take_any_seed(seed: int) -> None:
    nodules = [replace(nodule(number, "4a"), label=Label(number // 2 % 2)) for number in range(60)]
    groups = {one.image: one.patient for one in nodules}
    for split in (
        folds(nodules, groups, 3, seed)[0],
        folds(nodules, {one.image: one.image for one in nodules}, 4, seed)[0],
        hold_out(nodules, [one.patient for one in nodules], 0.2, seed),
        hold_out(nodules, [one.patient for one in nodules], 0.4, seed),
    ):
        assert len(split.train) >= len(split.test) > 0


@pytest.mark.parametrize("seed", LARGE)
def test_training_and_its_network_take_any_seed(seed: int) -> None:
    recipe = TINY.changed(epochs=1, crops="random", crop_seed=seed, size=64)
    one, other = (
        fit(examples(8, 64), examples(8, 64, seed=1), recipe, seed=own, device="cpu") for own in (seed, seed + 1)
    )
    assert one.history[0].train_loss != other.history[0].train_loss
    corners = [hybrid_net(recipe.changed(crop_seed=own)).cropping.corners for own in (seed, seed, seed + 1)]
    assert corners[0] == corners[1]


@pytest.mark.parametrize("seed", LARGE)
def test_baselines_and_augmentation_take_any_seed(seed: int) -> None:
    features, labels = np.random.default_rng(0).normal(size=(20, 3)), np.arange(20, dtype=np.int64) % 2
    train, test = np.arange(10), np.arange(10, 20)
    for name in ("majority", "box", "texture"):
        assert BASELINES[name].predict(features, labels, train, test, seed).shape == (10,)
    generator = torch.Generator().manual_seed(seeds.of_64_bits(seed))
    assert augment(torch.rand(2, 3, 8, 8), TINY.augmentation, generator).shape == (2, 3, 8, 8)


def test_the_commands_take_any_seed(phantom: Path, tmp_path: Path) -> None:
    data, small = (phantom, "--as", "phantom", "--folds", 2, "--seed", 10**30), (*SMALL, "--set", "epochs=1")
    crossed = isthmus("cross", *data, "--to", tmp_path / "run", *small, "--json")
    assert crossed.exit_code == 0, crossed.exception
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["identity"]["seed"] == 10**30
    study = isthmus("study", "table4", *data, "--to", tmp_path / "s", "--protocol", "grouped", "--only", "majority")
    assert study.exit_code == 0, study.exception
