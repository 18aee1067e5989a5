"""A trunk learns without labels, goes on where it was, and tells pictures apart afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from isthmus.errors import RecipeError, UsageError
from isthmus.learn.checkpoint import CHECKPOINT, Epoch
from isthmus.learn.unlabelled.pretrain import Pretrained, pretrain
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe
from isthmus.recipes import ISTHMUS, unlabelled
from make.training import examples

TINY = unlabelled(ISTHMUS, ["size=32", "epochs=4", "batch_size=6", "precision=fp32"])
ROIS = examples(16).rois


def run(folder: Path | None = None, recipe: Recipe = TINY, seed: int = 5, **more: object) -> Pretrained:
    return pretrain(ROIS, recipe, seed=seed, folder=folder, device="cpu", checkpoint_seconds=0.0, **more)  # type: ignore[arg-type]


def test_the_loss_falls_and_the_tensors_are_those_of_the_recipes_trunk() -> None:
    made = run(recipe=TINY.changed(epochs=12))
    losses = [epoch.train_loss for epoch in made.history]
    assert np.mean(losses[-3:]) < np.mean(losses[:3]) - 0.5
    state = HybridNet(ISTHMUS.network, 32).state_dict()
    assert set(made.tensors) == {name for name in state if name.startswith("trunk.")}
    assert all(made.tensors[name].shape == state[name].shape for name in made.tensors)
    assert made.trained_on == "cpu in fp32"


def test_stopped_it_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    def stop(epoch: Epoch) -> None:
        if epoch.epoch == 3:
            raise KeyboardInterrupt

    whole = run()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, report=stop)
    heard: list[int] = []
    resumed = run(tmp_path, report=lambda epoch: heard.append(epoch.epoch))
    assert heard == [3, 4]
    assert all(torch.equal(tensor, whole.tensors[name]) for name, tensor in resumed.tensors.items())


def test_a_checkpoint_of_other_pixels_or_another_seed_is_not_used(tmp_path: Path) -> None:
    run(tmp_path)
    notes: list[str] = []
    other = run(tmp_path, seed=6, note=notes.append)
    assert "of another training (seed 5, now 6)" in notes[0]
    assert not torch.equal(
        other.tensors["trunk.block1.convolution.weight"], run().tensors["trunk.block1.convolution.weight"]
    )
    assert (tmp_path / CHECKPOINT).exists()
    heard: list[int] = []
    pretrain(
        examples(16, seed=1).rois, TINY, seed=6, folder=tmp_path, device="cpu", report=lambda e: heard.append(e.epoch)
    )
    assert heard == [1, 2, 3, 4]


def test_what_cannot_be_learned_from_is_refused() -> None:
    with pytest.raises(UsageError, match="1 RoI is too few"):
        pretrain(ROIS[:1], TINY, device="cpu")
    with pytest.raises(RecipeError, match="pretraining diverged in epoch 1"):
        pretrain(
            ROIS, TINY.changed(optimiser="sgd", learning_rate=10.0, schedule="constant", momentum=0.99), device="cpu"
        )


def test_several_processes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="without torchrun"):
        pretrain(ROIS, TINY, device="cpu")
