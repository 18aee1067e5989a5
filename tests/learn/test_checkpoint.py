"""Checkpoints come back as they went, and whatever isn't one is left alone."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from isthmus.errors import StorageError
from isthmus.learn import checkpoint
from isthmus.learn.checkpoint import Epoch, Standing, aside, load, optimiser_tensors, restore_optimiser, save
from isthmus.learn.optimise import optimiser
from isthmus.recipe import PAPER, Recipe
from isthmus.recipes import ISTHMUS

EPOCH = Epoch(1, 0.5, 0.25, float("nan"), 1e-3, 2.0)


def standing() -> Standing:
    return Standing("me", (EPOCH,), 1, {"net.weight": torch.randn(3, 2), "net.steps": torch.tensor(7)})


def test_round_trip(tmp_path: Path) -> None:
    wrote = standing()
    save(wrote, tmp_path / "c.safetensors")
    found = load(tmp_path / "c.safetensors", "me")
    assert found is not None
    assert repr(found.history) == repr(wrote.history)  # nan is not equal to itself
    assert found.best == 1
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in wrote.tensors.items())
    assert [path.name for path in tmp_path.iterdir()] == ["c.safetensors"]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_one_is_ignored(tmp_path: Path, share: float) -> None:
    path = tmp_path / "c.safetensors"
    save(standing(), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert load(path, "me") is None


def test_one_of_another_training_a_foreign_one_and_none_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    assert load(path, "me") is None
    save(standing(), path)
    assert load(path, "somebody else") is None
    for about in ({"identity": "me"}, {"identity": "me", "history": "{", "best": "1"}, None):
        save_file({"weight": torch.zeros(2)}, path, about)
        assert load(path, "me") is None
    path.write_bytes(b"nothing of the kind")
    assert load(path, "me") is None
    assert load(tmp_path, "me") is None


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.safetensors"
    save(standing(), path)
    before = path.read_bytes()

    def full(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="No space left on device"):
        save(standing(), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["c.safetensors"]


@pytest.mark.parametrize("recipe", [PAPER, PAPER.changed(momentum=0.0), ISTHMUS], ids=["sgd", "plain sgd", "adamw"])
def test_an_optimiser_goes_on_as_if_it_had_not_stopped(recipe: Recipe, tmp_path: Path) -> None:
    """On weights laid out as in training: channels last, where a fused step walks through memory."""

    def made() -> tuple[torch.nn.Conv2d, torch.optim.Optimizer]:
        torch.manual_seed(0)
        net = torch.nn.Conv2d(4, 3, 3).to(memory_format=torch.channels_last)
        return net, optimiser(net, recipe.changed(learning_rate=0.1).learning)

    def step(net: torch.nn.Conv2d, learner: torch.optim.Optimizer) -> None:
        learner.zero_grad()
        net(torch.arange(36.0).view(1, 4, 3, 3) / 36).square().sum().backward()
        learner.step()

    net, learner = made()
    step(net, learner)
    save(replace(standing(), tensors=optimiser_tensors(learner)), tmp_path / "c.safetensors")
    found = load(tmp_path / "c.safetensors", "me")
    assert found is not None
    other, restored = made()
    other.load_state_dict(net.state_dict())
    restore_optimiser(restored, found.tensors)
    for _ in range(2):
        step(net, learner)
        step(other, restored)
    assert torch.equal(net.weight, other.weight)


def test_nothing_is_unpickled() -> None:
    assert not {"pickle", "torch.load"} & set(vars(checkpoint))
    assert "pickle" not in Path(checkpoint.__file__).read_text(encoding="utf-8")


def test_what_cant_be_gone_on_from_is_told(tmp_path: Path) -> None:
    path, said = tmp_path / "c.safetensors", list[str]()
    assert load(path, "r 1 d", said.append) is None
    assert said == []
    save(replace(standing(), identity="r 1 d"), path)
    assert load(path, "r 1 d", said.append) is not None
    assert said == []
    assert load(path, "r 2 d", said.append) is None
    assert "of another training (seed 1, now 2)" in said.pop()
    path.write_bytes(path.read_bytes()[:100])
    assert load(path, "r 1 d", said.append) is None
    assert "can't be read" in said[0]
    assert "starts again" in said[0]


def test_another_trainings_checkpoint_is_set_aside_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    first, second = replace(standing(), identity="r 1 d"), replace(standing(), identity="r 2 d")
    save(first, path)
    save(second, path)
    assert len(list(tmp_path.iterdir())) == 2
    found = load(path, "r 1 d")
    assert found is not None
    assert torch.equal(found.tensors["net.weight"], first.tensors["net.weight"])
    save(first, path)
    assert sorted(tmp_path.iterdir()) == sorted([path, aside(path, "r 2 d")])  # and none stands twice


def test_a_folder_may_be_called_by_any_bytes(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/run\xe9"))
    folder.mkdir()
    save(standing(), folder / "c.safetensors")
    assert load(folder / "c.safetensors", "me") is not None
    save(replace(standing(), identity="you"), folder / "c.safetensors")
    assert load(folder / "c.safetensors", "me") is not None  # set aside
