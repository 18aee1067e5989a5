"""What every backbone keeps to, ours and timm's, under every kind of crop, head and upsampling."""

from __future__ import annotations

import pytest
import timm
import torch

from isthmus.errors import RecipeError
from isthmus.net.backbones import BACKBONES, map_shape, trunk
from isthmus.recipe import Recipe
from make.training import hybrid_net

SIZES = dict.fromkeys(BACKBONES, 96) | {"inception_v3": 128, "fourconv": 64, "tf_efficientnet_lite0": 64}
OTHER = "tf_efficientnet_lite0"  # any other name that timm knows
VARIANTS = {
    "boundary": {"crops": "boundary"},
    "random, transposed": {"crops": "random", "crop_count": 3, "upsampling": "transposed"},
    "none": {"crops": "none"},
}
LIGHT = ("fourconv", OTHER)


LARGE = tuple(name for name in BACKBONES if name not in LIGHT)
# Crops don't touch the trunk, so the large ones, slow to build, are tried with one kind.
PAIRS = [(name, variant) for name in LIGHT for variant in VARIANTS] + [
    pytest.param(name, "boundary", marks=pytest.mark.slow) for name in LARGE
]
MAPS = {
    "inception_v3": (2048, 5, 5),
    "vgg19": (512, 7, 7),
    "resnet50": (2048, 7, 7),
    "xception": (2048, 7, 7),
    "fourconv": (128, 14, 14),
    OTHER: (1280, 7, 7),
}


@pytest.mark.parametrize("backbone", [*BACKBONES, OTHER])
def test_the_last_map_of_every_backbone_at_224(backbone: str) -> None:
    with torch.device("meta"):  # shapes only, without weights
        assert map_shape(trunk(backbone), 224) == MAPS[backbone]


@pytest.mark.parametrize(("backbone", "variant"), PAIRS)
def test_votes_of_every_backbone(backbone: str, variant: str) -> None:
    head = "flatten" if backbone == "fourconv" else "average"
    recipe = Recipe().changed(backbone=backbone, head=head, size=SIZES[backbone], hidden=16, **VARIANTS[variant])
    torch.manual_seed(0)
    net = hybrid_net(recipe)
    images = torch.rand(3, 3, recipe.preparation.size, recipe.preparation.size)

    loss = -net.train()(images).fused[:, 1].sum()
    loss.backward()
    for part in (net.trunk, net.classifier, *([net.cropping] if net.cropping else [])):
        gradients = [p.grad for p in part.parameters() if p.grad is not None]
        assert gradients
        assert all(gradient.isfinite().all() for gradient in gradients)
        assert any(gradient.abs().max() > 0 for gradient in gradients)

    with torch.inference_mode():
        votes, again = net.eval()(images), net(images)
    assert votes.whole.shape == votes.fused.shape == (3, 2)
    assert (votes.crops is None) == (recipe.network.crops == "none")
    if votes.crops is not None:
        assert votes.crops.shape == (3, len(net.cropping.corners), 2)
        assert torch.equal(votes.crops, again.crops)
    for log_p in votes:
        if log_p is not None:
            torch.testing.assert_close(log_p.exp().sum(-1), torch.ones(log_p.shape[:-1]))
    assert torch.equal(votes.fused, again.fused)


@pytest.mark.parametrize("crops", ["none", "random", "boundary"])
@pytest.mark.parametrize("head", ["flatten", "average"])
@pytest.mark.parametrize("upsampling", ["bilinear", "separable", "transposed"])
def test_every_crop_head_and_upsampling_of_our_own(crops: str, head: str, upsampling: str) -> None:
    recipe = Recipe().changed(size=64, hidden=8, crops=crops, head=head, upsampling=upsampling)
    net = hybrid_net(recipe).eval()
    votes = net(torch.rand(2, 3, 64, 64))
    assert votes.fused.shape == (2, 2)
    assert net.classifier.hidden.in_features == (128 * 4 * 4 if head == "flatten" else 128)
    if crops != "none":
        assert net.cropping.upsampling(torch.rand(2, 128, 2, 2)).shape == (2, 128, 4, 4)
        assert votes.crops.shape == (2, 5, 2)


def test_timms_trunks_are_averaged_and_a_recipe_that_says_otherwise_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"head = 'flatten' is for the backbone fourconv.*Set head = average"):
        Recipe().changed(backbone=OTHER, size=64, hidden=8, head="flatten")
    net = hybrid_net(Recipe().changed(backbone=OTHER, size=64, hidden=8, head="average"))
    assert net.classifier.hidden.in_features == map_shape(net.trunk, 64)[0] == 1280


def test_map_shape_leaves_the_trunk_in_its_mode() -> None:
    model = trunk("fourconv")
    assert map_shape(model.train(), 64) == (128, 4, 4)
    assert model.training
    map_shape(model.eval(), 64)
    assert not model.training


def test_vgg19_leaves_its_fully_connected_layers_behind() -> None:
    with torch.device("meta"):
        assert sum(p.numel() for p in trunk("vgg19").parameters()) < 21e6


@pytest.mark.parametrize("name", ["fourcnv", "", "resnet"])
def test_an_unknown_backbone_is_refused_and_the_known_ones_named(name: str) -> None:
    with pytest.raises(RecipeError, match=f"no backbone '{name}'.*inception_v3.*fourconv"):
        trunk(name)


def test_a_size_that_a_backbone_cannot_take_is_refused() -> None:
    with torch.device("meta"), pytest.raises(RecipeError, match=r"can't take images of 32 pixels.*Change size"):
        hybrid_net(Recipe().changed(backbone="inception_v3", head="average", size=32))


def test_a_backbone_without_maps_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"no height and width to crop.*convolutional"):
        hybrid_net(Recipe().changed(backbone="test_vit", head="average", size=160))


def test_maps_that_come_channels_last_are_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    class Last(torch.nn.Module):
        output_fmt = "NHWC"

        def forward_features(self, images: torch.Tensor) -> torch.Tensor:
            return images[:, :, ::8, ::8].permute(0, 2, 3, 1)

    monkeypatch.setattr(timm, "create_model", lambda *_, **__: Last())
    assert map_shape(trunk("swin_tiny_patch4_window7_224"), 64) == (3, 8, 8)


def test_our_own_backbone_has_no_pretrained_weights() -> None:
    with pytest.raises(RecipeError, match="fourconv has no pretrained weights"):
        trunk("fourconv", pretrained=True)


def test_pretrained_weights_that_cannot_be_had_are_a_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("offline")

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(RecipeError, match=r"resnet50 can't be had \(OSError\).*pretrained = false"):
        trunk("resnet50", pretrained=True)


def test_pretrained_trunks_keep_their_weights_and_new_layers_start_as_always(monkeypatch: pytest.MonkeyPatch) -> None:
    class Held(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = torch.nn.Conv2d(3, 8, 3, stride=8)
            torch.nn.init.constant_(self.stem.weight, 0.25)

        def forward_features(self, images: torch.Tensor) -> torch.Tensor:
            return self.stem(images)

    monkeypatch.setattr(timm, "create_model", lambda *_, **__: Held())
    net = hybrid_net(Recipe().changed(backbone="resnet50", head="average", pretrained=True, size=64, hidden=8))
    assert (net.trunk.model.stem.weight == 0.25).all()
    assert not net.classifier.hidden.bias.any()
