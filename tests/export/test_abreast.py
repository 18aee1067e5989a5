"""EfficientNets side by side give what each gives alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
import timm
import torch
from timm.models.efficientnet import EfficientNet

from isthmus.export.abreast import Abreast
from isthmus.export.folded import Folded
from isthmus.export.folded_ensemble import FoldedEnsemble
from isthmus.net.ensemble import Ensemble
from isthmus.recipe import Recipe
from make.training import hybrid_net


def model(name: str, seed: int) -> EfficientNet:
    torch.manual_seed(seed)
    made = timm.create_model(name, num_classes=0, global_pool="").train()
    with torch.no_grad():
        made(torch.rand(4, 3, 64, 64))  # so that the batch norms have something to fold
    return made.eval()  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "efficientnet_b0"])  # b0: squeeze and excitation, swish
def test_each_gives_the_map_that_it_gives_alone(name: str) -> None:
    models = [model(name, seed) for seed in (1, 2, 3)]
    images = [torch.rand(2, 3, 64, 64) for _ in models]
    with torch.inference_mode():
        expected = [one.forward_features(image) for one, image in zip(models, images, strict=True)]
        found = Abreast(models)(images)
    for map_, alone in zip(found, expected, strict=True):
        torch.testing.assert_close(map_, alone, atol=1e-4, rtol=1e-4)
    assert all(not torch.allclose(one, other, atol=1e-2) for one, other in pairwise(found))


LITE = Recipe().changed(backbone="tf_efficientnet_lite0", head="average", crops="none", size=64, hidden=8)
LITE = LITE.changed(resize="square", margin=0.25, scaling="centred")
RECIPES: dict[str, tuple[tuple[Recipe, ...], tuple[int, ...]]] = {  # with those that are read side by side
    "alike": ((LITE, LITE.changed(margin=0.5)), (0, 1)),
    "of another size": ((LITE, LITE.changed(size=32)), ()),
    "two of three": ((LITE.changed(size=32), LITE, LITE.changed(margin=0.5)), (1, 2)),
    "of another form": ((LITE, LITE.changed(backbone="efficientnet_lite0")), ()),
    "mirrored": ((LITE, LITE.changed(mirror="both")), ()),
    "with crops": ((LITE.changed(crops="boundary"), LITE.changed(scaling="imagenet")), (0, 1)),
}


@pytest.mark.parametrize(("recipes", "alike"), RECIPES.values(), ids=RECIPES)
def test_an_ensemble_reads_as_its_members_do(recipes: tuple[Recipe, ...], alike: tuple[int, ...]) -> None:
    recipes = (*recipes, Recipe().changed(size=48, hidden=8, resize="square"))
    torch.manual_seed(2)
    net = Ensemble(recipes, [hybrid_net(one) for one in recipes]).eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    folded = FoldedEnsemble(net).eval()
    assert folded.alike == alike
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    side = max(view.side for view in net.views)
    roi = torch.randint(0, 256, (2, side, side, 3), dtype=torch.uint8)
    with torch.inference_mode():
        expected, (found, shown) = net(roi.permute(0, 3, 1, 2).float() / 255), folded(roi)
        member = folded.members[net.shown]
        assert isinstance(member, Folded)
        map_of_shown = member.read(folded.seen[net.shown](roi))[1]
    for log_p, other in zip(found.malignant, expected.malignant, strict=True):
        torch.testing.assert_close(log_p.exp(), other.exp(), atol=1e-5, rtol=0)
    assert folded.cropping is member.cropping is not None
    torch.testing.assert_close(shown, map_of_shown, atol=1e-4, rtol=1e-4)
