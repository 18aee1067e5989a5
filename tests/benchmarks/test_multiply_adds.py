"""The counts by hand against torch's own counter, and those of a graph against what it does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from isthmus.errors import RecipeError
from isthmus.net import counting
from isthmus.recipe import PAPER, Recipe
from make.training import hybrid_net
from multiply_adds import layers, multiply_adds

RECIPES = (
    Recipe().changed(size=64, hidden=8),
    Recipe().changed(size=61, hidden=8, alpha=0.5),
    Recipe().changed(size=64, hidden=8, crops="none"),
    Recipe().changed(size=64, hidden=8, crops="random", crop_count=3),
    Recipe().changed(size=96, hidden=8, steps=3, alpha=0.4),
    Recipe().changed(size=64, hidden=8, upsampling="separable"),
    Recipe().changed(size=64, hidden=8, upsampling="transposed"),
    Recipe().changed(size=64, hidden=8, head="average"),
)


@pytest.mark.parametrize(
    "recipe",
    RECIPES,
    ids=lambda recipe: f"{recipe.network.crops}-{recipe.network.upsampling}-{recipe.preparation.size}",
)
def test_by_hand_as_torch_counts(recipe: Recipe) -> None:
    net = hybrid_net(recipe).eval()
    found, size = layers(recipe), recipe.preparation.size
    assert sum(layer.multiply_adds for layer in found) == counting.multiply_adds(net, torch.zeros(1, 3, size, size))
    assert sum(layer.weights for layer in found) == sum(own.numel() for own in net.parameters() if own.ndim > 1)


def test_the_papers_network() -> None:
    found = {layer.name: layer for layer in layers(PAPER)}
    assert sum(layer.multiply_adds for layer in found.values()) == 842_962_944
    assert found["upsampling convolution"].maps == 5
    assert found["fully connected 1"].maps == 6
    assert found["fully connected 1"].weights == 128 * 14 * 14 * 512
    assert found["convolution 1"].values == 224 * 224 * (3 + 32)


def test_another_trunk_is_not_counted_by_hand() -> None:
    with pytest.raises(RecipeError, match="resnet50"):
        layers(PAPER.changed(backbone="resnet50", head="average"))
    with pytest.raises(RecipeError, match="without attention, not for both"):
        layers(PAPER.changed(attention="both"))


def graph(path: Path, nodes: list[onnx.NodeProto], weights: dict[str, np.ndarray]) -> Path:
    """A graph on uint8 RoIs, ``n`` free, as floats in ``x`` (n, 3, size, size)."""
    before = [
        helper.make_node("Cast", ["roi"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["cast"], ["x"], perm=[0, 3, 1, 2]),
    ]
    made = helper.make_graph(
        [*before, *nodes],
        "made",
        [helper.make_tensor_value_info("roi", TensorProto.UINT8, ["n", "h", "w", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(own, name) for name, own in weights.items()],
    )
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
    return path


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def test_a_graphs_convolutions_are_counted(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Conv", ["a", "grouped"], ["b"], group=4),
        helper.make_node("ConvTranspose", ["b", "transposed"], ["y"], strides=[2, 2]),
    ]
    path = graph(
        tmp_path / "m.onnx",
        nodes,
        {"w": zeros(4, 3, 3, 3), "grouped": zeros(8, 1, 1, 1), "transposed": zeros(8, 2, 4, 4)},
    )
    expected = 5 * 5 * 4 * 27 + 5 * 5 * 8 * 1 + 5 * 5 * 8 * 2 * 16
    assert multiply_adds(path, 10) == expected


def test_a_graphs_products_are_counted(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w"], ["a"], transB=1),
        helper.make_node("Transpose", ["a"], ["turned"]),
        helper.make_node("Gemm", ["turned", "v"], ["b"], transA=1),
        helper.make_node("MatMul", ["b", "u"], ["y"]),
    ]
    path = graph(tmp_path / "m.onnx", nodes, {"w": zeros(7, 48), "v": zeros(7, 5), "u": zeros(5, 2)})
    assert multiply_adds(path, 4) == 48 * 7 + 7 * 5 + 5 * 2


def test_a_quantised_product_is_counted(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("DynamicQuantizeLinear", ["flat"], ["q", "scale", "zero"]),
        helper.make_node("MatMulInteger", ["q", "w", "zero"], ["whole"]),
        helper.make_node("Cast", ["whole"], ["y"], to=TensorProto.FLOAT),
    ]
    path = graph(tmp_path / "m.onnx", nodes, {"w": np.zeros((48, 6), np.int8)})
    assert multiply_adds(path, 4) == 48 * 6
