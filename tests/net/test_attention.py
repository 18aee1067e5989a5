"""An attention module is plugged in by one line, and both branches, the export and the recipe know it."""

from __future__ import annotations

import pytest
import torch
from timm.layers import cbam
from torch import nn

from isthmus.errors import RecipeError
from isthmus.export.folded import Folded
from isthmus.net.attention import ATTENTIONS, REDUCTION, WINDOW, ChannelAttention, SpatialAttention, attention
from isthmus.recipe import Recipe
from make.training import hybrid_net

TINY = Recipe().changed(size=64, hidden=8)


class Gain(nn.Module):
    """Each channel times a weight of its own."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.linspace(0, 2, channels).view(1, -1, 1, 1))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps * self.gain


@pytest.fixture(autouse=True)
def gain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ATTENTIONS, "gain", Gain)  # type: ignore[arg-type]


def test_none_leaves_the_maps_and_has_no_weights() -> None:
    maps = torch.rand(2, 3, 4, 4)
    assert attention("none", 3)(maps) is maps
    assert not [name for name in hybrid_net(TINY).state_dict() if name.startswith("attention")]


def test_both_branches_see_the_maps_behind_it_and_so_does_the_export() -> None:
    torch.manual_seed(0)
    net = hybrid_net(TINY.changed(attention="gain")).eval()
    roi = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    images = roi.permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        votes, (folded, maps) = net(images), Folded(net)(roi)
        behind = net.trunk(net.scale(images)) * net.attention.gain
        torch.testing.assert_close(maps, behind, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(votes.whole, net.vote(behind))
        torch.testing.assert_close(votes.crops.flatten(0, 1), net.vote(net.cropping(behind)))
        torch.testing.assert_close(folded.fused, votes.fused, atol=1e-5, rtol=0)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RecipeError, match=r"no attention 'magic'\. Use none, channel, spatial, both, gain"):
        hybrid_net(TINY.changed(attention="magic"))


def test_channel_attention_is_that_of_cbam_in_timm() -> None:
    torch.manual_seed(0)
    maps, ours = torch.randn(2, 64, 5, 4), attention("channel", 64)
    theirs = cbam.ChannelAttn(64, rd_ratio=1 / REDUCTION, rd_divisor=1, mlp_bias=True)
    for name, layer in (("fc1", ours.layers.squeeze), ("fc2", ours.layers.excite)):
        theirs.get_submodule(name).load_state_dict(layer.state_dict())
    torch.testing.assert_close(ours(maps), theirs(maps))


def test_spatial_attention_is_that_of_cbam_in_timm_but_for_its_batch_norm() -> None:
    torch.manual_seed(0)
    maps, ours = torch.randn(2, 8, 9, 6), attention("spatial", 8)
    nn.init.zeros_(ours.convolution.bias)
    theirs = cbam.SpatialAttn(WINDOW)
    theirs.conv.conv.weight = ours.convolution.weight
    theirs.conv.bn = nn.Identity()
    torch.testing.assert_close(ours(maps), theirs(maps))


def test_both_are_channel_then_spatial() -> None:
    torch.manual_seed(0)
    maps, both = torch.randn(2, 8, 4, 4), attention("both", 8)
    torch.testing.assert_close(both(maps), both.spatial(both.channel(maps)))
    assert isinstance(both.channel, ChannelAttention)
    assert isinstance(both.spatial, SpatialAttention)
