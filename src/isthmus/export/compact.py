"""An ONNX file of weights in half precision: half as large, and the same network when a runtime has loaded it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from isthmus.export.folded import TAPS

Array = npt.NDArray[np.float32]
LEAST = 4096  # numbers: what is smaller weighs nothing
ROUNDING = 1e-6  # of the largest weight


def store_halves(path: Path, *nets: nn.Module) -> None:
    """Rewrites the ONNX file of a network whose heavy weights are halves (``weights.round_to_half``); ``nets`` are its
    forms that hold them, as it is and folded.

    A batch norm that was folded into a convolution made them single again, each output channel by one factor. Halves
    and factors are stored, and two nodes multiply them, which runtimes do once, while loading. A weight that is no
    product of one of the nets' and such factors stays as it is.
    """
    model = onnx.load(path)
    tensors = [tensor.detach().numpy() for net in nets for tensor in net.state_dict().values()]
    singles = [tensor for tensor in tensors if tensor.ndim >= 2 and tensor.size >= LEAST]
    heavy = [(weights, 0) for weights in singles]
    heavy += [(weights.transpose(TAPS), TAPS.index(0)) for weights in singles if weights.ndim == len(TAPS)]
    kept, nodes = [], []
    for initializer in model.graph.initializer:
        weights = numpy_helper.to_array(initializer)
        found = _product(weights, heavy) if weights.dtype == np.float32 and weights.size >= LEAST else None
        if found is None:
            kept.append(initializer)
            continue
        name, (halves, factors) = initializer.name, found
        kept += [numpy_helper.from_array(halves, f"{name}.half"), numpy_helper.from_array(factors, f"{name}.factor")]
        nodes += [
            helper.make_node("Cast", [f"{name}.half"], [f"{name}.single"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}.single", f"{name}.factor"], [name]),
        ]
    _replace(model.graph.initializer, kept)
    _replace(model.graph.node, [*nodes, *model.graph.node])
    drop_notes(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def drop_notes(model: onnx.ModelProto) -> None:
    """Takes the exporter's notes out, a megabyte for three networks."""
    for described in (*model.graph.node, *model.graph.value_info, *model.graph.initializer, *model.functions):
        del described.metadata_props[:]
        described.ClearField("doc_string")


def _product(weights: Array, heavy: Sequence[tuple[Array, int]]) -> tuple[npt.NDArray[np.float16], Array] | None:
    """The halves, and a factor for each output channel, whose product the weights are; None where there is none.

    ``heavy``: a weight of the net each, and its axis of output channels.
    """
    for halves, axis in heavy:
        if halves.shape != weights.shape:
            continue
        both = [np.moveaxis(array, axis, 0) for array in (halves, weights)]
        rows, singles = (array.reshape(len(array), -1).astype(np.float64) for array in both)
        factors = (rows * singles).sum(1) / np.maximum((rows * rows).sum(1), np.finfo(np.float64).tiny)
        if np.abs(rows * factors[:, None] - singles).max() <= ROUNDING * np.abs(singles).max():
            shape = [-1 if at == axis else 1 for at in range(weights.ndim)]
            return halves.astype(np.float16), factors.reshape(shape).astype(np.float32)
    return None


def _replace(repeated: object, values: Iterable[object]) -> None:
    del repeated[:]  # type: ignore[attr-defined]
    repeated.extend(values)  # type: ignore[attr-defined]
