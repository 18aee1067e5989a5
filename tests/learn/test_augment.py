"""Augmentation keeps to what an ultrasound machine and its operator could have done."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.transforms import autoaugment

from isthmus.errors import RecipeError
from isthmus.learn.augment import Upright, augment, augment_with_targets
from isthmus.learn.processes import Share
from isthmus.recipe import PAPER, Augmentation
from isthmus.recipes import ISTHMUS

SIDE = 24
GREY = torch.full((4, 3, SIDE, SIDE), 0.5)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(n: int = 4) -> torch.Tensor:
    return torch.rand(n, 3, SIDE, SIDE, generator=seeded(9))


@settings(max_examples=25)
@given(
    st.integers(1, 5),
    st.fixed_dictionaries(
        {
            "flip": st.floats(0, 1),
            "shift": st.floats(0, 0.5),
            "scale": st.floats(0, 0.9),
            "rotation": st.floats(0, 45),
            "gain": st.floats(0, 1),
            "attenuation": st.floats(0, 1),
            "speckle": st.floats(0, 1),
        }
    ),
)
def test_shape_and_range_are_kept(n: int, strengths: dict[str, float]) -> None:
    images = augment(pictures(n), PAPER.changed(**strengths).augmentation, seeded())
    assert images.shape == (n, 3, SIDE, SIDE)
    assert images.isfinite().all()
    assert images.min() >= -1e-6
    assert images.max() <= 1 + 1e-6


def test_the_paper_augments_nothing() -> None:
    images = pictures()
    assert torch.equal(augment(images, PAPER.augmentation, seeded()), images)


def test_the_same_seed_gives_the_same_images_and_another_others() -> None:
    one, same, other = (augment(pictures(), ISTHMUS.augmentation, seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.allclose(one, other, atol=0.01)


def test_each_image_of_a_batch_goes_its_own_way() -> None:
    images = augment(pictures(1).repeat(4, 1, 1, 1), ISTHMUS.augmentation, seeded())
    assert not torch.allclose(images[0], images[1], atol=0.01)


def test_a_flip_is_left_right_exactly() -> None:
    images = pictures()
    flipped = augment(images, PAPER.changed(flip=1.0).augmentation, seeded())
    torch.testing.assert_close(flipped, images.flip(-1), rtol=0, atol=1e-4)


def test_half_of_the_images_are_flipped() -> None:
    images = torch.linspace(0, 1, SIDE).expand(400, 3, SIDE, SIDE)
    flipped = augment(images, PAPER.changed(flip=0.5).augmentation, seeded())
    assert 150 < (flipped[:, 0, 0, 0] > 0.5).sum() < 250


def test_depth_keeps_its_direction() -> None:
    """A picture that grows brighter with depth does so still, under everything the recipe isthmus does to it."""
    images = torch.linspace(0.3, 0.7, SIDE).view(1, 1, SIDE, 1).expand(200, 3, SIDE, SIDE)
    moved = augment(images, ISTHMUS.changed(attenuation=0.0).augmentation, seeded())
    assert (moved[:, :, -SIDE // 3 :].mean((1, 2, 3)) > moved[:, :, : SIDE // 3].mean((1, 2, 3))).all()


@pytest.mark.parametrize(("change", "limit"), [({"shift": 0.25}, 6), ({"shift": 0.125}, 3)])
def test_a_shift_stays_within_its_share_of_the_side(change: dict[str, float], limit: int) -> None:
    images = torch.zeros(200, 3, SIDE, SIDE)
    images[:, :, SIDE // 2, SIDE // 2] = 1
    moved = augment(images, PAPER.changed(**change).augmentation, seeded())[:, 0]
    rows = (moved.sum(2) * torch.arange(SIDE)).sum(1) / moved.sum((1, 2)) - SIDE // 2
    assert rows.abs().max() <= limit + 1
    assert rows.abs().max() > limit / 2


def test_a_scale_of_a_tenth_is_nine_to_eleven_tenths() -> None:
    images = torch.zeros(200, 3, SIDE, SIDE)
    images[:, :, 6:18, 6:18] = 1
    areas = augment(images, PAPER.changed(scale=0.1).augmentation, seeded())[:, 0].sum((1, 2)) / 144
    assert areas.min() > 0.9**2 - 0.05
    assert areas.max() < 1.1**2 + 0.05
    assert areas.max() - areas.min() > 0.2


def test_attenuation_darkens_the_bottom_and_leaves_the_top() -> None:
    images = augment(GREY, PAPER.changed(attenuation=0.8).augmentation, seeded())
    torch.testing.assert_close(images[:, :, 0], GREY[:, :, 0])
    fall = images[:, 0, 1:, 0] - images[:, 0, :-1, 0]
    assert (fall < 0).all()
    assert (images[:, 0, -1, 0] >= 0.5 * (1 - 0.8) - 1e-6).all()


def test_gain_keeps_the_order_of_brightness() -> None:
    ramp = torch.linspace(0.2, 0.8, SIDE).expand(50, 3, SIDE, SIDE)
    images = augment(ramp, PAPER.changed(gain=0.5).augmentation, seeded())
    assert ((images[..., 1:] - images[..., :-1]) >= 0).all()


def test_speckle_keeps_the_mean_and_is_the_same_in_every_colour() -> None:
    images = augment(GREY.repeat(20, 1, 1, 1), PAPER.changed(speckle=0.2).augmentation, seeded())
    assert images.mean().item() == pytest.approx(0.5, abs=0.002)
    assert images.std().item() == pytest.approx(0.5 * 0.2, rel=0.05)
    assert torch.equal(images[:, 0], images[:, 2])


def test_without_a_generator_it_draws_from_torchs_own() -> None:
    torch.manual_seed(3)
    one = augment(pictures(), ISTHMUS.augmentation)
    torch.manual_seed(3)
    assert torch.equal(one, augment(pictures(), ISTHMUS.augmentation))


def test_contours_move_with_their_images_and_keep_their_values() -> None:
    mirror = Augmentation(flip=1.0, shift=0.0, scale=0.0, rotation=0.0, gain=0.3, attenuation=0.5, speckle=0.1)
    contours = torch.zeros(2, 8, 8, dtype=torch.uint8)
    contours[:, :, :3] = 1
    images, labels = torch.rand(2, 3, 8, 8), torch.tensor([0, 1])
    torch.manual_seed(3)
    both, targets = augment_with_targets(images, {"labels": labels, "contours": contours}, mirror, Share(2))
    assert torch.equal(targets["contours"], contours.flip(-1))
    assert targets["labels"] is labels
    torch.manual_seed(3)
    alone, without = augment_with_targets(images, {"labels": labels}, mirror, Share(2))
    assert torch.equal(both, alone)
    assert set(without) == {"labels"}


TRIVIAL = PAPER.changed(policy="trivial").augmentation


def test_trivial_augment_changes_the_images_and_nothing_else_of_the_recipe_does() -> None:
    images = pictures(20)
    changed = augment(images, TRIVIAL, seeded())
    assert changed.shape == images.shape
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1
    assert sum(not torch.allclose(*pair, atol=0.01) for pair in zip(changed, images, strict=True)) >= 10
    assert torch.equal(changed, augment(images, ISTHMUS.changed(policy="trivial", flip=0.0).augmentation, seeded()))


def test_trivial_augment_is_torchvisions_but_for_its_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    angles: list[float] = []
    monkeypatch.setattr(autoaugment.F, "rotate", lambda image, angle, **_: angles.append(angle) or image)
    image = (pictures(1)[0] * 255).byte()
    ours, theirs = [], []
    for changed, kind in ((ours, Upright), (theirs, autoaugment.TrivialAugmentWide)):
        for seed in range(300):
            torch.manual_seed(seed)
            changed.append(kind()(image))
    assert all(torch.equal(*pair) for pair in zip(ours, theirs, strict=True))
    half = len(angles) // 2  # the same seeds rotate, a third as far
    torch.testing.assert_close(torch.tensor(angles[:half]) * 3, torch.tensor(angles[half:]))
    assert 30 < max(map(abs, angles[:half])) <= 45


def test_trivial_augment_comes_from_the_seed_and_leaves_torchs_random_state_as_any_share_does() -> None:
    images = pictures(5)
    whole = augment(images, TRIVIAL, seeded(1))
    assert torch.equal(whole, augment(images, TRIVIAL, seeded(1)))
    assert not torch.equal(whole, augment(images, TRIVIAL, seeded(2)))
    torch.manual_seed(8)
    alone, states = augment(images, TRIVIAL), []
    for world in (1, 2, 7):  # two of seven have no image
        for rank in range(world):
            share = Share(5, rank, world)
            torch.manual_seed(8)
            assert torch.equal(augment(images[share.rows], TRIVIAL, share=share), alone[share.rows])
            states.append(torch.get_rng_state())
    assert all(torch.equal(state, states[0]) for state in states)


def test_trivial_augment_flips_left_and_right_where_the_recipe_does() -> None:
    images = pictures(40)
    plain, flipped = augment(images, TRIVIAL, seeded()), augment(images.flip(-1), TRIVIAL, seeded())
    mirrored = augment(images, PAPER.changed(policy="trivial", flip=1.0).augmentation, seeded())
    assert torch.equal(mirrored, flipped)
    assert not torch.equal(mirrored, plain)


def test_contours_under_trivial_augment_are_refused() -> None:
    targets = {"contours": torch.zeros(2, SIDE, SIDE, dtype=torch.uint8)}
    with pytest.raises(RecipeError, match=r"policy = 'trivial' can't move contours\. Set policy = own"):
        augment_with_targets(pictures(2), targets, TRIVIAL, Share(2))
