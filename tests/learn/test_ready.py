"""What a training needs is looked at before anything is read."""

from __future__ import annotations

import pytest
import torch

from isthmus.errors import RecipeError, UsageError
from isthmus.learn.ready import refuse_untrainable, remarks
from make.training import TINY


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"backbone": "nope"}, "no backbone 'nope'"),
        ({"size": 16}, "too small to crop"),
        ({"backbone": "inception_v3", "size": 32}, "can't take images of 32 pixels"),
        ({"backbone": "test_vit", "size": 160}, "no height and width to crop"),
        ({"pretrained": True}, "fourconv has no pretrained weights"),
    ],
)
def test_a_network_that_cant_be_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        refuse_untrainable(TINY.changed(**change), "cpu")


@pytest.mark.parametrize("pretrained", [True, "package"])
def test_pretrained_weights_are_fetched_first(pretrained: bool | str, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[tuple[str, bool | str]] = []
    monkeypatch.setattr("isthmus.learn.ready.trunk", lambda name, pretrained: fetched.append((name, pretrained)))
    recipe = TINY.changed(backbone="test_resnet", size=64, scaling="centred", pretrained=pretrained)
    refuse_untrainable(recipe, "cpu")
    assert fetched == [("test_resnet", pretrained)]


@pytest.mark.parametrize("crops", ["none", "random", "boundary"])
def test_a_sound_one_passes_draws_nothing_and_is_told_where_it_trains(crops: str) -> None:
    before = torch.get_rng_state()
    assert refuse_untrainable(TINY.changed(crops=crops, precision="fp32"), "cpu") == "cpu in fp32"
    assert torch.equal(torch.get_rng_state(), before)


def test_a_device_that_isnt_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="--device cuda: no GPU"):
        refuse_untrainable(TINY, "cuda")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, ()),
        ({"alpha": 0.8}, ("alpha = 0.8 is the whole map on a map of 2 x 2: nothing is cropped away",)),
        ({"alpha": 1.0}, ()),
        ({"size": 96, "steps": 3}, ("steps = 3 gives the windows of steps = 2 on a map of 6 x 6",)),
        ({"size": 96, "steps": 2}, ()),
        ({"momentum": 0.3}, ("momentum = 0.3 changes nothing with optimiser = adamw",)),
        ({"crops": "none", "alpha": 0.8}, ("alpha = 0.8 changes nothing with crops = none",)),
    ],
)
def test_what_a_recipe_asks_for_in_vain_is_told(change: dict[str, object], told: tuple[str, ...]) -> None:
    assert remarks(TINY.changed(**change)) == told
