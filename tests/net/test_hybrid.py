"""Fig. 3 and Eq. (1): the two branches and how they are fused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from isthmus.errors import RecipeError
from isthmus.net import cropping
from isthmus.net.hybrid import fuse
from isthmus.recipe import Recipe
from make.training import hybrid_net

TINY = Recipe().changed(size=32, hidden=8)

logits = st.floats(-30, 30)


@given(
    arrays.arrays(np.float64, (3, 2), elements=logits),
    arrays.arrays(np.float64, (3, 4, 2), elements=logits),
    st.floats(0, 1),
)
def test_fuse_is_equation_1_in_plain_space(whole: np.ndarray, crops: np.ndarray, omega: float) -> None:
    log_whole, log_crops = torch.log_softmax(torch.tensor(whole), -1), torch.log_softmax(torch.tensor(crops), -1)
    plain = omega * torch.tensor(whole).softmax(-1) + (1 - omega) * torch.tensor(crops).softmax(-1).mean(1)
    torch.testing.assert_close(fuse(log_whole, log_crops, omega).exp(), plain, rtol=1e-9, atol=1e-15)


def test_omega_1_is_the_global_branch_and_omega_0_the_mean_of_the_crops() -> None:
    whole, crops = torch.randn(3, 2).log_softmax(-1), torch.randn(3, 5, 2).log_softmax(-1)
    assert torch.equal(fuse(whole, crops, 1.0), whole)
    assert torch.equal(fuse(whole, None, 0.3), whole)
    torch.testing.assert_close(fuse(whole, crops, 0.0).exp(), crops.exp().mean(1))


@pytest.mark.parametrize("omega", [0.0, 1e-12, 0.5, 1 - 1e-12, 1.0])
def test_extreme_logits_stay_finite_in_value_and_gradient(omega: float) -> None:
    whole = torch.tensor([[1e4, -1e4], [-1e4, 1e4]], requires_grad=True)
    crops = torch.tensor([[[1e4, -1e4]] * 3, [[-1e4, 1e4]] * 3], requires_grad=True)
    fused = fuse(whole.log_softmax(-1), crops.log_softmax(-1), omega)
    assert fused.isfinite().all()
    fused[:, 1].sum().backward()
    for given_logits in (whole, crops):
        assert given_logits.grad is None or given_logits.grad.isfinite().all()
    assert (whole.grad is None) == (omega == 0)
    assert (crops.grad is None) == (omega == 1)


def test_in_plain_space_the_same_logits_would_be_lost() -> None:
    """What log space is for: -log P of a sure and wrong vote."""
    whole = torch.tensor([[1e4, -1e4]]).log_softmax(-1)
    assert whole.exp()[0, 1] == 0
    assert fuse(whole, whole[:, None], 0.5)[0, 1].item() == pytest.approx(-2e4)


@pytest.mark.parametrize("crops", ["none", "random", "boundary"])
def test_the_fused_vote_is_equation_1_of_the_branches(crops: str) -> None:
    recipe = TINY.changed(crops=crops, omega=0.3)
    votes = hybrid_net(recipe).eval()(torch.rand(2, 3, 32, 32))
    if votes.crops is None:
        assert torch.equal(votes.fused, votes.whole)
        return
    plain = 0.3 * votes.whole.exp() + 0.7 * votes.crops.exp().mean(1)
    torch.testing.assert_close(votes.fused.exp(), plain)


def test_both_branches_share_the_trunk_and_the_classifier() -> None:
    net = hybrid_net(TINY)
    names = {name.partition(".")[0] for name, _ in net.named_parameters()}
    assert names == {"trunk", "classifier", "cropping"}
    assert {name.split(".")[1] for name, _ in net.cropping.named_parameters()} == {"convolution", "norm"}


def test_each_crop_vote_is_the_classifier_on_that_crop_upsampled() -> None:
    recipe = TINY.changed(size=64)
    net = hybrid_net(recipe).eval()
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        votes, maps = net(images), net.trunk(images)
        for number, (top, left) in enumerate(cropping.boundary_corners(4, 4, 0.6)):
            crop = net.cropping.upsampling(maps[:, :, top : top + 2, left : left + 2])
            torch.testing.assert_close(votes.crops[:, number], net.vote(crop))


def test_rfc_takes_the_same_windows_for_all_images_of_a_batch() -> None:
    net = hybrid_net(TINY.changed(size=64, crops="random", dropout=0.0)).train()
    for layer in net.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.eval()  # so that an image's vote doesn't depend on its batch
    image = torch.rand(1, 3, 64, 64)
    votes = net(image.repeat(3, 1, 1, 1)).crops
    torch.testing.assert_close(votes[0], votes[1])
    torch.testing.assert_close(votes[0], votes[2])


def test_rfc_changes_from_step_to_step_in_training_and_is_fixed_when_reading() -> None:
    taken: list[tuple[cropping.Corner, ...]] = []
    plain_cut = cropping.cut

    def watched(maps: torch.Tensor, corners: tuple[cropping.Corner, ...], alpha: float) -> torch.Tensor:
        taken.append(corners)
        return plain_cut(maps, corners, alpha)

    net = hybrid_net(TINY.changed(size=128, crops="random"))
    images = torch.rand(2, 3, 128, 128)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cropping, "cut", watched)
        torch.manual_seed(0)
        for mode in (True, True, True, False, False):
            net.train(mode)(images)
    assert len(set(taken[:3])) == 3
    assert taken[3] == taken[4] == net.cropping.corners


def test_rfc_reads_at_the_positions_of_its_crop_seed() -> None:
    one, same, other = (
        hybrid_net(TINY.changed(size=128, crops="random", crop_seed=seed)).cropping.corners for seed in (3, 3, 4)
    )
    assert one == same
    assert one != other


def test_scalings_bring_0_to_1_to_the_named_range() -> None:
    image = torch.tensor([0.0, 1.0]).view(2, 1, 1, 1).expand(2, 3, 32, 32)
    ends = {
        name: hybrid_net(TINY.changed(scaling=name, crops="none")).scale(image)[:, 0, 0, 0].tolist()
        for name in ("unit", "centred", "imagenet")
    }
    assert ends["unit"] == [0, 1]
    assert ends["centred"] == [-1, 1]
    assert ends["imagenet"] == pytest.approx([-0.485 / 0.229, (1 - 0.485) / 0.229])


def test_a_map_too_small_to_crop_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"1 x 1 map of 16 pixels.*Raise size"):
        hybrid_net(TINY.changed(size=16))
    hybrid_net(TINY.changed(size=16, crops="none"))


def test_glorots_uniform_weights_and_zero_biases() -> None:
    hidden = hybrid_net(TINY.changed(hidden=512)).classifier.hidden
    assert not hidden.bias.any()
    bound = math.sqrt(6 / (hidden.in_features + hidden.out_features))
    assert bound * 0.98 < hidden.weight.abs().max() <= bound


@pytest.mark.parametrize("crops", ["none", "random", "boundary"])
def test_a_mirrored_reading_is_the_mean_of_image_and_mirror_image(crops: str) -> None:
    torch.manual_seed(5)
    once = hybrid_net(TINY.changed(crops=crops, crop_count=3)).eval()
    both = hybrid_net(TINY.changed(crops=crops, crop_count=3, mirror="both")).eval()
    both.load_state_dict(once.state_dict())
    images = torch.rand(4, 3, 32, 32)
    with torch.inference_mode():
        one, other, mean = once(images), once(images.flip(-1)), both(images)
        turned = both(images.flip(-1))
    assert mean.fused.exp().numpy() == pytest.approx(((one.fused.exp() + other.fused.exp()) / 2).numpy(), abs=1e-6)
    assert mean.fused.numpy() == pytest.approx(turned.fused.numpy(), abs=1e-6)
    assert mean.whole.numpy() == pytest.approx(turned.whole.numpy(), abs=1e-6)
    assert not torch.allclose(one.fused, other.fused, atol=1e-6)
    if one.crops is not None:
        assert mean.crops.shape[1] == 2 * one.crops.shape[1]
        assert torch.equal(fuse(mean.whole, mean.crops, both.omega), mean.fused)


def test_training_mirrors_nothing() -> None:
    net = hybrid_net(TINY.changed(mirror="both")).train()
    assert net(torch.rand(2, 3, 32, 32)).crops.shape[1] == net.cropping.count
