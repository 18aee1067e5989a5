"""The ceiling: what this machine multiplies and adds in a matrix product, by the best library that is installed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime

from isthmus.bench.machine import native
from isthmus.bench.ratios import PRODUCT
from isthmus.bench.timing import Contender, Row, race

PRECISIONS = ("fp32", "bf16", "int8")
SIZES = (512, 1024, 2048)  # of a square product; smaller ones stay in the caches, larger ones amortise more
QUICK_SIZES = (1024,)
TRIAL_ROUNDS, TRIAL_TURN = 3, 0.03
ROWS = 512  # of the matrix-vector product

Product = tuple[str, Callable[[], object]]


@dataclass(frozen=True, eq=False)
class Ceiling:
    """The fastest product of one precision: ``contender`` runs it, ``multiply_adds`` is what it does at a run.

    ``native`` says whether the processor multiplies in that precision itself (None: it doesn't say); where it
    doesn't, the figure stands but no engine should use that precision. ``best`` is its fastest trial, ms a run.
    """

    contender: Contender
    multiply_adds: int
    native: bool | None
    best: float

    def gflops(self, raced: Row | None = None) -> float:
        """10^9 operations a second, two a multiply-add, of the fastest run seen: a ceiling too low would flatter."""
        return 2 * self.multiply_adds / min([self.best, *(raced.rounds if raced else ())]) / 1e6


def ceilings(threads: int, sizes: Sequence[int] = SIZES) -> dict[str, Ceiling]:
    """The ceiling of each precision that some library here has a product for."""
    found: dict[str, Ceiling] = {}
    for precision in PRECISIONS:
        entries = [
            (size**3, Contender(f"{PRODUCT} {size} ({library})", precision, 1, read))
            for size in sizes
            for library, read in _products(precision, size, threads)
        ]
        rows = race([contender for _, contender in entries], TRIAL_ROUNDS, turn=TRIAL_TURN)
        rated = [
            Ceiling(contender, count, native(precision), min(row.rounds))
            for (count, contender), row in zip(entries, rows, strict=True)
        ]
        if rated:
            found[precision] = max(rated, key=Ceiling.gflops)
    return found


def weights_gb_a_second(count: int) -> float:
    """10^9 bytes a second at which ``count`` weights in fp32 are read over and over by a matrix-vector product: the
    other ceiling, that of one RoI. Weights that fit into a cache come from there, as a network's own do."""
    columns = max(1, count // ROWS)
    weights, values = np.ones((ROWS, columns), np.float32), np.ones(columns, np.float32)
    products = [Contender("weights (numpy)", "fp32", 1, lambda: weights @ values)]
    with contextlib.suppress(ImportError):
        import torch

        matrix, vector = torch.from_numpy(weights), torch.from_numpy(values)
        products.append(Contender("weights (torch)", "fp32", 1, lambda: matrix @ vector))
    rows = race(products, TRIAL_ROUNDS, turn=TRIAL_TURN)
    return weights.nbytes / min(time for row in rows for time in row.rounds) / 1e6


def _products(precision: str, size: int, threads: int) -> Iterator[Product]:
    """The products of two ``size`` x ``size`` matrices that the libraries here offer, by library."""
    for library, make in MAKERS[precision].items():
        try:
            yield library, make(size, threads)
        except (ImportError, NotImplementedError, RuntimeError, AttributeError):
            continue


def _matrices(size: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    chance = np.random.default_rng(0)
    return chance.random((size, size), np.float32), chance.random((size, size), np.float32)


def _bytes(size: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    chance = np.random.default_rng(0)
    # Seven bits: processors without VNNI add two products in 16 bits, which more would overflow.
    return chance.integers(0, 255, (size, size), np.uint8), chance.integers(-64, 64, (size, size), np.int8)


def _numpy(size: int, threads: int) -> Callable[[], object]:
    left, right = _matrices(size)
    return lambda: left @ right


def _torch(kind: str) -> Callable[[int, int], Callable[[], object]]:
    def make(size: int, threads: int) -> Callable[[], object]:
        import torch

        if kind == "int8":
            left, right = (torch.from_numpy(own.view(np.int8)) for own in _bytes(size))
            return lambda: torch._int_mm(left, right)
        layout = torch.bfloat16 if kind == "bf16" else torch.float32
        left, right = (torch.from_numpy(own).to(layout) for own in _matrices(size))
        return lambda: left @ right

    return make


def _onnxruntime(kind: str) -> Callable[[int, int], Callable[[], object]]:
    def make(size: int, threads: int) -> Callable[[], object]:
        from onnx import TensorProto, helper, numpy_helper

        left, right = _bytes(size) if kind == "int8" else _matrices(size)
        operator, given, gives = {
            "fp32": ("MatMul", TensorProto.FLOAT, TensorProto.FLOAT),
            "int8": ("MatMulInteger", TensorProto.UINT8, TensorProto.INT32),
        }[kind]
        graph = helper.make_graph(
            [helper.make_node(operator, ["left", "right"], ["product"])],
            "product",
            [helper.make_tensor_value_info("left", given, [size, size])],
            [helper.make_tensor_value_info("product", gives, [size, size])],
            [numpy_helper.from_array(right, "right")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return lambda: session.run(None, {"left": left})

    return make


def _openvino(kind: str) -> Callable[[int, int], Callable[[], object]]:
    def make(size: int, threads: int) -> Callable[[], object]:
        import openvino
        from openvino import opset13 as ops

        if kind == "bf16" and not native("bf16"):
            raise NotImplementedError  # it would emulate it, in minutes
        left, right = _bytes(size) if kind == "int8" else _matrices(size)
        given = ops.parameter([size, size], left.dtype)
        if kind == "int8":
            scaled = ops.multiply(ops.convert(given, np.float32), ops.constant(np.float32(1 / 255)))
            levels = [ops.constant(np.float32(edge)) for edge in (0, 1, 0, 1)]
            steps = ops.constant(np.full((1, 1), 1 / 127, np.float32))
            weights = ops.multiply(ops.convert(ops.constant(right), np.float32), steps)
            product = ops.matmul(ops.fake_quantize(scaled, *levels, 256), weights, False, False)
        else:
            product = ops.matmul(given, ops.constant(right), False, False)
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "bf16" if kind == "bf16" else "f32",
        }
        compiled = openvino.Core().compile_model(openvino.Model([product], [given]), "CPU", settings)
        request = compiled.create_infer_request()
        return lambda: request.infer({0: left}, share_inputs=True, share_outputs=True)

    return make


Makers = Mapping[str, Callable[[int, int], Callable[[], object]]]
MAKERS: Mapping[str, Makers] = {
    "fp32": {
        "numpy": _numpy,
        "torch": _torch("fp32"),
        "onnxruntime": _onnxruntime("fp32"),
        "openvino": _openvino("fp32"),
    },
    "bf16": {"torch": _torch("bf16"), "openvino": _openvino("bf16")},
    "int8": {"torch": _torch("int8"), "onnxruntime": _onnxruntime("int8"), "openvino": _openvino("int8")},
}
