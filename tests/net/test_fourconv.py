"""Table 1, layer by layer, and the order of ReLU and max pool."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import torch
from torch import nn

from isthmus.net.fourconv import fourconv
from isthmus.net.hybrid import classifier
from isthmus.recipe import Network

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "fourconv_shapes.json").read_text(encoding="utf-8"))


def test_every_layer_has_the_shape_of_table_1() -> None:
    net, shapes = fourconv(), {}
    for name, layer in net.named_modules():
        if not list(layer.children()):
            layer.register_forward_hook(
                lambda _, __, output, name=name: shapes.__setitem__(name, list(output.shape[1:]))
            )
    with torch.inference_mode():
        net.eval()(torch.zeros(1, 3, 224, 224))
    assert shapes == GOLDEN["layers"]
    assert list(shapes) == list(GOLDEN["layers"])


def test_convolutions_are_3x3_of_stride_1_and_pools_3x3_of_stride_2() -> None:
    for block in fourconv():
        assert block.convolution.kernel_size == (3, 3)
        assert block.convolution.stride == (1, 1)
        assert (block.pool.kernel_size, block.pool.stride) == (3, 2)


def test_the_number_of_parameters() -> None:
    trunk, head = fourconv(), classifier(Network(), 128, 14, 14)
    assert sum(p.numel() for p in trunk.parameters() if p.ndim == 4) == GOLDEN["parameters"]["convolutions"]
    assert sum(p.numel() for p in trunk.parameters() if p.ndim == 1) == GOLDEN["parameters"]["norms"]
    assert sum(p.numel() for p in head.parameters()) == GOLDEN["parameters"]["classifier"]


def test_the_classifier_is_fully_connected_512_relu_dropout_half_fully_connected_2() -> None:
    layers = [layer for layer in classifier(Network(), 128, 14, 14) if not isinstance(layer, nn.Identity | nn.Flatten)]
    assert [type(layer) for layer in layers] == [nn.Linear, nn.ReLU, nn.Dropout, nn.Linear]
    assert (layers[0].out_features, layers[2].p, layers[3].out_features) == (512, 0.5, 2)


def test_relu_behind_the_pool_is_the_textbook_order_in_values_and_gradients() -> None:
    torch.manual_seed(0)
    ours = fourconv().double()
    for module in ours.modules():
        if isinstance(module, nn.BatchNorm2d):  # negative scales and shifts too, so that ReLU has much to cut
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    textbook = nn.Sequential(*(nn.Sequential(b.convolution, b.norm, nn.ReLU(), b.pool) for b in copy.deepcopy(ours)))
    images = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    outputs = [net(images) for net in (ours, textbook)]
    torch.testing.assert_close(*outputs, rtol=0, atol=0)
    pull = torch.randn_like(outputs[0])
    for output in outputs:
        (output * pull).sum().backward()
    for one, other in zip(ours.parameters(), textbook.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-9, atol=1e-12)
        assert one.grad.abs().max() > 0
