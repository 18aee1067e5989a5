"""The network as it is read with is the network."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from isthmus.export.folded import Folded
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe
from make.training import hybrid_net

TINY = Recipe().changed(size=64, hidden=8)
RECIPES = {
    "boundary": TINY,
    "random": TINY.changed(crops="random", crop_count=3),
    "larger crops": TINY.changed(alpha=0.8, steps=2),
    "crops of the whole map": TINY.changed(alpha=1.0),
    "none": TINY.changed(crops="none"),
    "average": TINY.changed(head="average"),
    "separable": TINY.changed(upsampling="separable"),
    "transposed": TINY.changed(upsampling="transposed"),
    "centred": TINY.changed(scaling="centred"),
    "imagenet": TINY.changed(scaling="imagenet"),
    "whole only": TINY.changed(omega=1.0),
    "crops only": TINY.changed(omega=0.0),
    "mirrored": TINY.changed(mirror="both"),
    "mirrored, none": TINY.changed(crops="none", mirror="both"),
    "another trunk": TINY.changed(backbone="resnet18", head="average"),
}


def settled(recipe: Recipe) -> HybridNet:
    torch.manual_seed(3)
    net = hybrid_net(recipe).train()
    net(
        torch.rand(6, 3, recipe.preparation.size, recipe.preparation.size)
    )  # so that the batch norms have something to fold
    return net.eval()


@pytest.mark.parametrize(("pool_first", "shared"), [(False, True), (True, False)])
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_folding_changes_nothing(recipe: Recipe, pool_first: bool, shared: bool) -> None:
    net = settled(recipe)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    roi = torch.randint(0, 256, (3, recipe.preparation.size, recipe.preparation.size, 3), dtype=torch.uint8)
    with torch.inference_mode():
        votes, (folded, _) = net(roi.permute(0, 3, 1, 2).float() / 255), Folded(net, pool_first, shared)(roi)
    assert len(folded.malignant) == (2 if recipe.network.crops == "none" else 3)
    for log_p, expected in zip(folded.malignant, votes.malignant, strict=True):
        torch.testing.assert_close(log_p.exp(), expected.exp(), atol=2e-6, rtol=0)
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_the_upsampling_convolution_multiplies_the_map_once_for_all_crops() -> None:
    maps = torch.rand(2, 128, 14, 14)
    shared, plain = (Folded(settled(TINY.changed(size=224)), shared=shared).cropping for shared in (True, False))
    assert shared
    assert plain
    with torch.inference_mode(), FlopCounterMode(display=False) as few:
        ours = shared(maps)
    with torch.inference_mode(), FlopCounterMode(display=False) as many:
        theirs = plain(maps)
    torch.testing.assert_close(ours, theirs)
    assert few.get_total_flops() < 0.3 * many.get_total_flops()


def test_nothing_is_left_to_normalise_and_the_first_layer_takes_pixels() -> None:
    folded = Folded(settled(TINY))
    assert not [module for module in folded.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert len(folded.blocks) == 4
    assert Folded(settled(RECIPES["another trunk"])).blocks == []


def test_the_fully_connected_layer_runs_once_over_all_maps() -> None:
    folded, rows = Folded(settled(TINY)), []
    folded.hidden.register_forward_hook(lambda module, inputs, output: rows.append(len(inputs[0])))
    folded(torch.zeros(3, 64, 64, 3, dtype=torch.uint8))
    assert rows == [3 * (1 + 5)]
