"""The training loop: it learns, chooses, stops, logs, and can be repeated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from isthmus.errors import RecipeError, StorageError
from isthmus.judge.metrics import auc
from isthmus.learn.checkpoint import Epoch
from isthmus.learn.operating_point import operating_point
from isthmus.learn.targets import Targets
from isthmus.learn.train import Fitted, fit
from isthmus.learn.votes import probabilities
from isthmus.recipe import Recipe
from make.training import TINY, TINY_PAPER, examples, told

TRAIN, VALIDATION = examples(), examples(8, seed=1)


def trained(recipe: Recipe, folder: Path | None = None, seed: int = 0) -> Fitted:
    return fit(TRAIN, VALIDATION, recipe, seed=seed, folder=folder, device="cpu")


def test_it_can_learn_sixteen_examples_by_heart() -> None:
    sixteen, plain = examples(16), dict.fromkeys(("flip", "shift", "scale", "rotation", "gain", "attenuation"), 0.0)
    recipe = TINY.changed(epochs=10, averaging=0.0, choose_by="last", dropout=0.0, speckle=0.0, **plain)
    fitted = fit(sixteen, VALIDATION, recipe, device="cpu")
    assert fitted.history[-1].train_loss < 0.1 * fitted.history[0].train_loss
    assert auc(sixteen.labels, probabilities(fitted.net, sixteen.rois).fused) == 1


def test_the_papers_recipe_falls_too() -> None:
    fitted = trained(TINY_PAPER.changed(learning_rate=1e-3, epochs=8, choose_by="last"))
    assert fitted.history[-1].train_loss < fitted.history[0].train_loss


def test_the_same_seed_gives_the_same_training_and_another_another() -> None:
    recipe = TINY.changed(epochs=2)
    one, same, other = (trained(recipe, seed=seed) for seed in (1, 1, 2))
    assert told(one) == told(same)
    assert told(one) != told(other)


def test_the_network_comes_back_in_evaluation_mode_and_as_it_was_judged() -> None:
    fitted = trained(TINY.changed(epochs=2))
    assert not fitted.net.training
    np.testing.assert_array_equal(probabilities(fitted.net, VALIDATION.rois).fused, fitted.validation.fused)


def scripted(monkeypatch: pytest.MonkeyPatch, losses: list[float], aucs: list[float]) -> None:
    """Makes validation say these losses and AUCs, one an epoch."""
    monkeypatch.setattr("isthmus.learn.train.validation_loss", lambda *_: losses.pop(0))
    monkeypatch.setattr("isthmus.learn.train.auc", lambda *_: aucs.pop(0))


@pytest.mark.parametrize(("rule", "epoch"), [("loss", 2), ("auc", 3), ("last", 4)])
def test_the_epoch_is_chosen_by_rule_and_the_first_of_equals(
    monkeypatch: pytest.MonkeyPatch, rule: str, epoch: int
) -> None:
    scripted(monkeypatch, [0.9, 0.5, 0.6, 0.5], [0.5, 0.6, 0.8, 0.8])
    assert trained(TINY.changed(epochs=4, patience=0, choose_by=rule)).epoch == epoch


def test_it_stops_when_patience_is_at_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, [0.9, 0.5, 0.6, 0.5, 0.7, 0.1], [0.5] * 6)
    fitted = trained(TINY.changed(epochs=6, patience=3, choose_by="loss"))
    assert len(fitted.history) == 5
    assert fitted.epoch == 2


def stop_at_2(epoch: Epoch) -> None:
    if epoch.epoch == 2:
        raise KeyboardInterrupt


def test_the_chosen_epochs_weights_come_back_not_the_last_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recipe = TINY.changed(epochs=3, patience=0, averaging=0.0)
    scripted(monkeypatch, [0.1, 0.2, 0.3], [0.5] * 3)
    first = trained(recipe).net.state_dict()
    monkeypatch.undo()
    last = trained(recipe.changed(choose_by="last")).net.state_dict()
    assert any(not torch.equal(first[name], last[name]) for name in first)
    scripted(monkeypatch, [0.1, 0.2, 0.3], [0.5] * 3)
    with pytest.raises(KeyboardInterrupt):
        fit(TRAIN, VALIDATION, recipe, folder=tmp_path, device="cpu", report=stop_at_2, checkpoint_seconds=0)
    with safe_open(tmp_path / "checkpoint.safetensors", framework="pt") as file:
        assert all(torch.equal(tensor, file.get_tensor(f"net.{name}")) for name, tensor in first.items())


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_a_training_with_a_probe_continues_to_the_same_weights(stop: int, tmp_path: Path) -> None:
    """Stopped in the probe, at its end and behind it."""

    def halt(epoch: Epoch) -> None:
        if epoch.epoch == stop + 1:
            raise KeyboardInterrupt

    recipe = TINY.changed(epochs=4, patience=0, choose_by="last", probe=2, trunk_rate=0.3)
    whole = trained(recipe)
    with pytest.raises(KeyboardInterrupt):
        fit(TRAIN, VALIDATION, recipe, folder=tmp_path, device="cpu", report=halt, checkpoint_seconds=0)
    resumed = trained(recipe, tmp_path)
    assert told(resumed) == told(whole)
    assert all(torch.equal(tensor, resumed.net.state_dict()[name]) for name, tensor in whole.net.state_dict().items())


@pytest.mark.parametrize("rule", ["half", "youden", "sensitivity-90"])
def test_the_threshold_is_the_rules_on_validation(rule: str) -> None:
    fitted = trained(TINY.changed(epochs=1, threshold=rule))
    assert fitted.decision.threshold == operating_point(VALIDATION.labels, fitted.validation.fused, rule)


def test_every_epoch_is_reported_and_logged(tmp_path: Path) -> None:
    reported: list[Epoch] = []
    recipe = TINY.changed(epochs=3, patience=0)
    fitted = fit(TRAIN, VALIDATION, recipe, folder=tmp_path, device="cpu", report=reported.append)
    assert tuple(reported) == fitted.history
    log = EventAccumulator(str(tmp_path / "tensorboard"))
    log.Reload()
    assert set(log.Tags()["scalars"]) == {"train_loss", "validation_loss", "auc", "learning_rate"}
    assert [event.step for event in log.Scalars("train_loss")] == [1, 2, 3]
    assert [event.value for event in log.Scalars("validation_loss")] == pytest.approx(
        [epoch.validation_loss for epoch in fitted.history]
    )


def test_a_finished_training_is_not_repeated(tmp_path: Path) -> None:
    recipe = TINY.changed(epochs=2)
    first = trained(recipe, tmp_path)
    again = fit(TRAIN, VALIDATION, recipe, folder=tmp_path, device="cpu", report=lambda epoch: pytest.fail("repeated"))
    assert first.history == again.history
    assert told(first) == told(again)


def test_a_checkpoint_of_other_data_seed_or_recipe_is_not_continued(tmp_path: Path) -> None:
    recipe = TINY.changed(epochs=1)
    trained(recipe, tmp_path)
    relabelled = replace(VALIDATION, targets=Targets(1 - VALIDATION.labels))
    moved = replace(TRAIN, rois=TRAIN.rois[:, ::-1])
    for change in (
        {"seed": 1},
        {"recipe": recipe.changed(alpha=0.7)},
        {"validation": relabelled},
        {"train": moved},
    ):
        epochs: list[Epoch] = []
        (tmp_path / "other").mkdir(exist_ok=True)
        (tmp_path / "other" / "checkpoint.safetensors").write_bytes((tmp_path / "checkpoint.safetensors").read_bytes())
        arguments = {"train": TRAIN, "validation": VALIDATION, "recipe": recipe, "seed": 0} | change
        fit(**arguments, folder=tmp_path / "other", device="cpu", report=epochs.append)
        assert len(epochs) == 1


def test_a_training_that_diverges_says_so() -> None:
    recipe = TINY_PAPER.changed(learning_rate=10.0, momentum=0.99, weight_decay=10.0, epochs=30)
    with pytest.raises(RecipeError, match=r"training diverged in epoch \d+.*Lower learning_rate"):
        trained(recipe)


def test_a_folder_that_cannot_be_written_is_a_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="can't write"):
        trained(TINY.changed(epochs=1), tmp_path / "file")


def test_bf16_and_fp32_agree_on_how_the_loss_falls() -> None:
    losses = [
        [e.train_loss for e in trained(TINY.changed(epochs=4, patience=0, precision=precision)).history]
        for precision in ("fp32", "bf16")
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=0.25)


def test_a_checkpoint_of_another_version_is_kept_and_nothing_of_it_taken(tmp_path: Path) -> None:
    recipe, said = TINY.changed(epochs=1), list[str]()
    whole = trained(recipe, tmp_path)
    path = tmp_path / "checkpoint.safetensors"
    with safe_open(path, framework="pt") as file:
        about, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    tensors["net.classifier.output.weight"] = torch.zeros(3, 8)
    save_file(tensors, path, about)
    content = path.read_bytes()
    again = fit(TRAIN, VALIDATION, recipe, folder=tmp_path, device="cpu", note=said.append)
    assert told(again) == told(whole)
    assert (tmp_path / "checkpoint.other-version.safetensors").read_bytes() == content
    assert "of another version" in said[0]


def test_with_nothing_set_aside_every_epoch_is_trained_and_the_last_one_taken(tmp_path: Path) -> None:
    recipe = TINY.changed(validation=0, choose_by="last", threshold="half", epochs=2, patience=0)
    none = VALIDATION.take(np.arange(0))
    fitted = fit(TRAIN, none, recipe, folder=tmp_path, device="cpu", checkpoint_seconds=0)
    assert (fitted.epoch, fitted.decision.threshold, len(fitted.validation.fused)) == (2, 0.5, 0)
    assert not fitted.net.training
    assert all(np.isnan([epoch.auc, epoch.validation_loss]).all() for epoch in fitted.history)
    assert not fitted.net.training
    logged = EventAccumulator(str(tmp_path / "tensorboard")).Reload().Tags()["scalars"]
    assert {"train_loss", "auc"} & {*logged} == {"train_loss"}
    again = fit(TRAIN, none, recipe, folder=tmp_path, device="cpu")  # from the checkpoint
    assert [epoch.train_loss for epoch in again.history] == [epoch.train_loss for epoch in fitted.history]
    with pytest.raises(RecipeError, match="training diverged"):
        fit(
            TRAIN, none, recipe.changed(learning_rate=10, optimiser="sgd", weight_malignant=1e6, epochs=9), device="cpu"
        )
