"""Multiply-adds that an ONNX graph really executes, counted node by node. It needs the package onnx."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from isthmus.errors import UsageError

Shape = tuple[int, ...]
CONVOLUTIONS = ("Conv", "ConvInteger", "QLinearConv")
PRODUCTS = ("MatMul", "MatMulInteger", "QLinearMatMul", "Gemm")
# Position of the weight among the inputs; elsewhere it is 1.
WEIGHT_AT = {"QLinearConv": 3, "QLinearMatMul": 3}


def multiply_adds(path: Path, size: int) -> int:
    """Multiply-adds of all convolutions and matrix products in the graph at one RoI of ``size`` pixels a side.

    The shapes are those of a run, not of an inference about one. Raises UsageError where onnx isn't installed.
    """
    try:
        import onnx
    except ModuleNotFoundError:
        raise UsageError(
            "counting what a graph executes needs onnx", remedy="Install it: pip install 'isthmus[train]'."
        ) from None
    model = onnx.load(str(path))
    nodes = [node for node in model.graph.node if node.op_type in (*CONVOLUTIONS, *PRODUCTS, "ConvTranspose")]
    shapes = _shapes(model, {name for node in nodes for name in (*node.input, *node.output) if name}, size)
    return sum(_of(node, shapes) for node in nodes)


def _of(node: Any, shapes: Mapping[str, Shape]) -> int:
    given, made = shapes[node.input[0]], shapes[node.output[0]]
    weight = shapes[node.input[WEIGHT_AT.get(node.op_type, 1)]]
    if node.op_type in CONVOLUTIONS:
        return math.prod(made) * math.prod(weight[1:])  # (outputs, inputs a group, height, width)
    if node.op_type == "ConvTranspose":
        return math.prod(given) * math.prod(weight[1:])  # (inputs, outputs a group, height, width)
    transposed = any(attribute.name == "transA" and attribute.i for attribute in node.attribute)
    return math.prod(made) * given[0 if transposed else -1]


def _shapes(model: Any, names: set[str], size: int) -> dict[str, Shape]:
    """The shapes of these tensors in a run on one black RoI, nothing of the graph optimised away."""
    constants = {own.name: tuple(own.dims) for own in model.graph.initializer}
    known = {own.name for own in model.graph.output}
    fixed = {given.name: (1, size, size, 3) for given in model.graph.input if given.name not in constants}
    wanted = sorted(names - set(constants) - set(fixed))
    model.graph.output.extend(type(model.graph.output[0])(name=name) for name in wanted if name not in known)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found = session.run(wanted, {name: np.zeros(shape, np.uint8) for name, shape in fixed.items()})
    return constants | fixed | {name: value.shape for name, value in zip(wanted, found, strict=True)}
