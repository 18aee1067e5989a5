"""Several networks on one RoI: what each sees, and how their votes are joined."""

from __future__ import annotations

import pytest
import torch

from isthmus.errors import RecipeError
from isthmus.net.ensemble import Ensemble, View, central, common, joined, views
from isthmus.net.hybrid import Votes
from isthmus.recipe import Preparation, Recipe
from make.training import hybrid_net

WIDE = Recipe().changed(size=48, hidden=8, resize="square", margin=0.5, crops="none")
NARROW = Recipe().changed(size=32, hidden=4, resize="square", margin=0.25, omega=0.25)


def test_the_common_roi_holds_every_view_with_its_pixels() -> None:
    parts = [WIDE.preparation, NARROW.preparation]
    assert common(parts) == Preparation(size=48, margin=0.5, resize="square")
    assert views(parts) == (View(48, 48), View(36, 32))
    large = NARROW.changed(size=96).preparation
    assert common([WIDE.preparation, large]).size == 128
    assert views([WIDE.preparation, large]) == (View(128, 48), View(96, 96))


@pytest.mark.parametrize("changes", [{"resize": "stretch"}, {"view": "outside"}])
def test_members_that_see_different_things_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match="differ in resize or view"):
        common([WIDE.preparation, NARROW.changed(**changes).preparation])
    stretched = [one.changed(resize="stretch").preparation for one in (WIDE, NARROW)]
    with pytest.raises(RecipeError, match=r"margins 0\.25 and 0\.5 can't share a window that is clipped"):
        common(stretched)
    assert common([WIDE.changed(resize="stretch").preparation] * 2).resize == "stretch"


def test_a_view_is_the_centre() -> None:
    image = torch.arange(64.0).view(1, 1, 8, 8)
    assert central(image, View(4, 4)).flatten().tolist()[:5] == [18, 19, 20, 21, 26]
    ramp = torch.arange(48.0).expand(1, 3, 48, 48)
    seen = central(ramp, View(36, 32))
    assert seen.shape == (1, 3, 32, 32)
    assert float(seen.mean()) == pytest.approx(23.5)


def test_the_means_are_of_log_odds_and_the_crops_of_the_first_that_has_some() -> None:
    torch.manual_seed(0)
    nets = [hybrid_net(one).eval() for one in (WIDE, NARROW)]
    ensemble = Ensemble([WIDE, NARROW], nets).eval()
    images = torch.rand(3, 3, 48, 48)
    with torch.inference_mode():
        votes = ensemble(images)
        each = [net(central(images, view)) for net, view in zip(nets, ensemble.views, strict=True)]
    assert votes.crops is not None
    torch.testing.assert_close(votes.crops, each[1].crops)
    for name in ("whole", "fused"):
        odds = torch.stack([getattr(one, name)[:, 1] - getattr(one, name)[:, 0] for one in each]).mean(0)
        found = getattr(votes, name)
        torch.testing.assert_close(found[:, 1] - found[:, 0], odds)
        torch.testing.assert_close(found.exp().sum(1), torch.ones(3))


def test_one_member_twice_is_that_member() -> None:
    vote = Votes(torch.log(torch.tensor([[0.2, 0.8]])), None, torch.log(torch.tensor([[0.3, 0.7]])))
    torch.testing.assert_close(joined([vote, vote], 0).fused, vote.fused)
