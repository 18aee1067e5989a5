"""Multiply-adds at one RoI: by hand, Table 1 and the cropping branch as formulas, and those that a graph executes.

    python benchmarks/multiply_adds.py [--model BUNDLE]

Prints the layers of the bundle's network, or of recipe ``paper``, and what the bundle's ONNX graphs execute. Needs the
packages of isthmus[train].
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from isthmus.bundle import Bundle, open_bundle
from isthmus.errors import RecipeError
from isthmus.net.cropping import boundary_corners, crop_side
from isthmus.net.fourconv import CHANNELS
from isthmus.recipe import PAPER, Recipe

TAPS = 9  # of a 3 x 3 convolution
TRANSPOSED_TAPS = 16  # of the 4 x 4 transposed one
Shape = tuple[int, ...]
CONVOLUTIONS = ("Conv", "ConvInteger", "QLinearConv")
PRODUCTS = ("MatMul", "MatMulInteger", "QLinearMatMul", "Gemm")
WEIGHT_AT = {"QLinearConv": 3, "QLinearMatMul": 3}  # position of the weight among the inputs; elsewhere 1


@dataclass(frozen=True)
class Layer:
    """One layer at one RoI, as the paper computes it: ``maps`` is how often it runs.

    ``multiply_adds`` of all its runs; ``weights`` and ``values`` count numbers (not bytes): its weights, and the values
    that it reads and writes in all runs. A number is 4 bytes in fp32, 2 in bf16, 1 in int8.
    """

    name: str
    maps: int
    multiply_adds: int
    weights: int
    values: int


def main() -> None:
    """Prints the layers, their sum and what the graphs execute."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a bundle; without one, recipe paper by hand")
    bundle = open_bundle(model) if (model := parser.parse_args().model) else None
    print(f"{'layer':<24}{'runs':>5}{'multiply-adds':>16}{'weights':>12}{'MB read and written in fp32':>30}")
    counted = layers(bundle.recipe if bundle else PAPER)
    for layer in counted:
        megabytes = 4 * layer.values / 1e6
        print(f"{layer.name:<24}{layer.maps:>5}{layer.multiply_adds:>16,}{layer.weights:>12,}{megabytes:>30.2f}")
    print(
        f"{'all':<29}{sum(layer.multiply_adds for layer in counted):>16,}{sum(layer.weights for layer in counted):>12,}"
    )
    for precision, count in executed(bundle).items() if bundle else ():
        print(f"executed by the {precision} graph: {count:,}")


def layers(recipe: Recipe) -> tuple[Layer, ...]:
    """The layers of the recipe's network that multiply. Raises RecipeError for a trunk that isn't the paper's own,
    and for attention.

    >>> [f"{layer.name}: {layer.multiply_adds / 1e6:.1f} M" for layer in layers(Recipe())]  # doctest: +ELLIPSIS
    ['convolution 1: 43.4 M', 'convolution 2: 231.2 M', 'convolution 3: 231.2 M', 'convolution 4: 115.6 M', ...]
    """
    if recipe.network.backbone != "fourconv":
        raise RecipeError(f"multiply-adds are counted by hand for fourconv, not for {recipe.network.backbone}")
    if recipe.network.attention != "none":
        raise RecipeError(f"multiply-adds are counted by hand without attention, not for {recipe.network.attention}")
    counted, side = [], recipe.preparation.size
    for number, (inputs, outputs) in enumerate(zip((3, *CHANNELS), CHANNELS, strict=False), 1):
        counted.append(_convolution(f"convolution {number}", side, inputs, outputs))
        side = (side - 1) // 2 + 1  # max pool: 3 x 3, stride 2, padded by 1
    crops = crops_of(recipe, side)
    channels = CHANNELS[-1]
    if crops and recipe.network.upsampling == "transposed":
        counted.append(_transposed(crop_side(side, recipe.network.alpha), channels, crops))
    elif crops and recipe.network.upsampling == "separable":
        counted += _separable(side, channels, crops)
    elif crops:
        counted.append(_convolution("upsampling convolution", side, channels, channels, crops))
    flat = channels * (side * side if recipe.network.head == "flatten" else 1)
    counted.append(_connected("fully connected 1", flat, recipe.network.hidden, 1 + crops))
    counted.append(_connected("fully connected 2", recipe.network.hidden, 2, 1 + crops))
    return tuple(counted)


def crops_of(recipe: Recipe, side: int) -> int:
    """How many crops of a map of ``side`` x ``side`` cells the recipe takes when reading."""
    if recipe.network.crops == "none":
        return 0
    if recipe.network.crops == "random":
        return recipe.network.crop_count
    return len(boundary_corners(side, side, recipe.network.alpha, recipe.network.steps))


def _convolution(name: str, side: int, inputs: int, outputs: int, maps: int = 1) -> Layer:
    """h w positions, each a product of 9 c_in weights with every one of c_out."""
    weights = TAPS * inputs * outputs
    return Layer(name, maps, maps * side * side * weights, weights, maps * side * side * (inputs + outputs))


def _separable(side: int, channels: int, maps: int) -> list[Layer]:
    """Every channel by itself, 3 x 3; then all channels of a cell, 1 x 1."""
    cells, values = maps * side * side, 2 * maps * side * side * channels
    return [
        Layer("depthwise convolution", maps, cells * TAPS * channels, TAPS * channels, values),
        Layer("pointwise convolution", maps, cells * channels**2, channels**2, values),
    ]


def _transposed(side: int, channels: int, maps: int) -> Layer:
    """Every cell of the crop is spread over 4 x 4 cells of a map of twice its side."""
    weights = TRANSPOSED_TAPS * channels * channels
    values = maps * side * side * channels * (1 + 4)
    return Layer("transposed convolution", maps, maps * side * side * weights, weights, values)


def _connected(name: str, inputs: int, outputs: int, maps: int) -> Layer:
    return Layer(name, maps, maps * inputs * outputs, inputs * outputs, maps * (inputs + outputs))


def executed(bundle: Bundle) -> dict[str, int]:
    """Multiply-adds that a bundle's graphs execute at one RoI, by precision."""
    graphs = {"fp32": bundle.onnx, "bf16": bundle.onnx, "int8": bundle.int8}
    size = bundle.recipe.preparation.size
    return {precision: multiply_adds(path, size) for precision, path in graphs.items() if path}


def multiply_adds(path: Path, size: int) -> int:
    """Multiply-adds of all convolutions and matrix products in the graph at one RoI of ``size`` pixels a side.

    The shapes are those of a run, not of shape inference.
    """
    model = onnx.load(str(path))
    nodes = [node for node in model.graph.node if node.op_type in (*CONVOLUTIONS, *PRODUCTS, "ConvTranspose")]
    shapes = _shapes(model, {name for node in nodes for name in (*node.input, *node.output) if name}, size)
    return sum(_of(node, shapes) for node in nodes)


def _of(node: Any, shapes: Mapping[str, Shape]) -> int:
    read, written = shapes[node.input[0]], shapes[node.output[0]]
    weight = shapes[node.input[WEIGHT_AT.get(node.op_type, 1)]]
    if node.op_type in CONVOLUTIONS:
        return math.prod(written) * math.prod(weight[1:])  # (outputs, inputs a group, height, width)
    if node.op_type == "ConvTranspose":
        return math.prod(read) * math.prod(weight[1:])  # (inputs, outputs a group, height, width)
    transposed = any(attribute.name == "transA" and attribute.i for attribute in node.attribute)
    return math.prod(written) * read[0 if transposed else -1]


def _shapes(model: Any, names: set[str], size: int) -> dict[str, Shape]:
    """The shapes of these tensors in a run on one black RoI, nothing of the graph optimised away."""
    constants = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    outputs = {tensor.name for tensor in model.graph.output}
    inputs = {tensor.name: (1, size, size, 3) for tensor in model.graph.input if tensor.name not in constants}
    computed = sorted(names - set(constants) - set(inputs))
    model.graph.output.extend(type(model.graph.output[0])(name=name) for name in computed if name not in outputs)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    values = session.run(computed, {name: np.zeros(shape, np.uint8) for name, shape in inputs.items()})
    return constants | inputs | {name: value.shape for name, value in zip(computed, values, strict=True)}


if __name__ == "__main__":
    main()
