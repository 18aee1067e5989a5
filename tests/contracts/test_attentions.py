"""What every attention keeps to: the maps' shape, weights in 0 .. 1, gradients, and the same answer when exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from isthmus.export.onnx import export
from isthmus.learn.votes import probabilities
from isthmus.net.attention import ATTENTIONS, attention
from isthmus.net.counting import multiply_adds, parameters
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe
from isthmus.runtime.kinds import DEFAULT, ENGINES
from isthmus.runtime.parity import difference, read_all
from isthmus.runtime.start import start
from make.training import hybrid_net

NAMES = [name for name in ATTENTIONS if name != "none"]
TINY = Recipe().changed(size=64, hidden=8)


def net(name: str, crops: str = "boundary") -> HybridNet:
    torch.manual_seed(0)
    made = hybrid_net(TINY.changed(attention=name, crops=crops))
    made.train()(torch.rand(4, 3, 64, 64))  # so that the batch norms have something to say
    return made.eval()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(2, 128, 4, 4), (1, 128, 1, 3), (3, 20, 7, 7)])
def test_maps_keep_their_shape_and_are_weakened_only(name: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    maps = torch.rand(*shape) + 0.1
    share = (attention(name, shape[1])(maps) / maps).detach()
    assert share.shape == shape
    assert float(share.min()) > 0
    assert float(share.max()) < 1


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_learns(name: str) -> None:
    made = net(name).train()
    made(torch.rand(4, 3, 64, 64)).fused[:, 1].sum().backward()
    assert parameters(made.attention) > 0
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in made.attention.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_one_image_doesnt_change_what_another_gets(name: str) -> None:
    module, maps = attention(name, 16).eval(), torch.rand(3, 16, 4, 4)
    torch.testing.assert_close(module(maps)[1:2], module(maps[1:2]))


@pytest.mark.parametrize("name", NAMES)
def test_it_changes_the_votes_and_costs_little(name: str) -> None:
    plain, images = net("none"), torch.rand(2, 3, 64, 64)
    with_it = net(name)
    with_it.load_state_dict(plain.state_dict(), strict=False)
    with torch.inference_mode():
        assert not torch.allclose(with_it(images).fused, plain(images).fused, atol=1e-4)
    assert 1 < multiply_adds(with_it, images) / multiply_adds(plain, images) < 1.01


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("crops", ["boundary", pytest.param("none", marks=pytest.mark.slow)])
def test_onnx_is_torch(name: str, crops: str, tmp_path: Path) -> None:
    made, rois = net(name, crops), np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3), dtype=np.uint8)
    export(made, 64, tmp_path / "model.onnx")
    read = read_all(start(DEFAULT, tmp_path / "model.onnx"), rois)
    assert difference(read, probabilities(made, rois)).within(ENGINES[DEFAULT])
