"""How near the engines come to the ceiling of this machine: a matrix product by the fastest library that is installed.

    python benchmarks/ceiling.py --model BUNDLE [--rounds 15] [--threads N] [--quick]

Leave the machine alone meanwhile. Needs the packages of isthmus[train]. A share of the peak counts the multiply-adds
that the engine's graph executes; ``by hand`` counts those of the paper's arithmetic. The floor is the multiply-adds
executed at the peak, or the weights at the speed at which they are read, whichever takes longer.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from threadpoolctl import threadpool_limits

from isthmus.bench.engines import contenders, open_engines
from isthmus.bench.ratios import Ratio
from isthmus.bench.timing import Contender, Timing, race
from isthmus.bundle import open_bundle
from isthmus.data.threads import cores
from isthmus.errors import RecipeError
from isthmus.recipe import Recipe
from isthmus.runtime.processor import native
from multiply_adds import executed, layers

PRODUCT = "matrix product"
PRECISIONS = ("fp32", "bf16", "int8")
SIZES = (512, 1024, 2048)  # of a square product; smaller ones stay in the caches, larger ones amortise more
QUICK_SIZES = (1024,)
TRIAL_ROUNDS, TRIAL_TURN = 3, 0.03
ROWS = 512  # of the matrix-vector product

Product = tuple[str, Callable[[], object]]


@dataclass(frozen=True, eq=False)
class Ceiling:
    """The fastest product of one precision: ``contender`` runs it, ``multiply_adds`` is what it does at a run.

    ``native`` says whether the processor has instructions for that precision (None: unknown); without them the figure
    stands, but no engine should use it. ``best`` is its fastest trial, ms a run.
    """

    contender: Contender
    multiply_adds: int
    native: bool | None
    best: float

    def gflops(self, raced: Timing | None = None) -> float:
        """10^9 operations a second, two a multiply-add, of the fastest run seen: a ceiling too low would flatter."""
        return 2 * self.multiply_adds / min([self.best, *(raced.rounds if raced else ())]) / 1e6


@dataclass(frozen=True)
class Share:
    """How near an engine comes to the ceiling of its precision, by the multiply-adds executed and by those by hand;
    ``floor_ms`` is the least time per image."""

    engine: str
    batch: int
    executed: Ratio
    by_hand: Ratio | None
    floor_ms: float


def main() -> None:
    """Measures and prints the ceilings and each engine's share of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=cores())
    parser.add_argument("--quick", action="store_true", help="one size of matrix product only")
    arguments = parser.parse_args()
    bundle, threads = open_bundle(arguments.model), arguments.threads
    torch.set_num_threads(threads)
    size = bundle.recipe.preparation.size
    rois = np.random.default_rng(0).integers(0, 255, (16, size, size, 3), np.uint8)
    with threadpool_limits(threads, user_api="blas"):
        engines, left_out = open_engines(bundle, threads)
        products = ceilings(threads, QUICK_SIZES if arguments.quick else SIZES)
        racing = [*contenders(engines, rois, (1, 16)), *(product.contender for product in products.values())]
        rows = race(racing, arguments.rounds)
        count, weights = _by_hand(bundle.recipe)
        bandwidth = weights_gb_a_second(weights) if weights else None
    raced = {(row.name, row.precision): row for row in rows}
    peaks = {name: product.gflops(raced[product.contender.name, name]) for name, product in products.items()}
    for name, product in products.items():
        how = {True: "native", False: "emulated", None: "unknown"}[product.native]
        print(f"{name}: {peaks[name]:.0f} x 10^9 operations/s ({product.contender.name}, {how})")
    print(f"weights are read at {bandwidth:.1f} GB/s" if bandwidth else "weights are not counted for this network")
    counts = executed(bundle)
    for row in rows:
        if row.name in engines and row.precision in peaks and row.precision in counts:
            one = share_of(row, peaks[row.precision], counts[row.precision], count, weights, bandwidth)
            by_hand = f"{100 * one.by_hand.value:.0f} % by hand, " if one.by_hand else ""
            print(
                f"{one.engine}, {one.batch} at once: {row.ms_per_image:.2f} ms per image, "
                f"{100 * one.executed.value:.0f} % of the peak as executed, {by_hand}floor {one.floor_ms:.2f} ms"
            )
    for reason in left_out:
        print(f"left out: {reason.name}: {reason.why}")


def share_of(
    row: Timing, gflops: float, executed: int, by_hand: int | None, weights: int | None, bandwidth: float | None
) -> Share:
    """The share of an engine's row in a ceiling of ``gflops`` (10^9 operations a second).

    ``executed`` and ``by_hand`` are multiply-adds at one RoI; ``weights`` are numbers, read at ``bandwidth`` GB/s.
    """
    bytes_each = {"fp32": 4, "bf16": 2, "int8": 1}[row.precision]
    reading = (weights or 0) * bytes_each / row.batch / bandwidth / 1e6 if bandwidth else 0.0
    floor = max(2 * executed / gflops / 1e6, reading)
    return Share(
        row.name, row.batch, share(row, executed, gflops), share(row, by_hand, gflops) if by_hand else None, floor
    )


def share(row: Timing, multiply_adds: int, gflops: float) -> Ratio:
    """The share of the ceiling (10^9 operations a second) that a row reaches with so many multiply-adds per image.

    >>> from isthmus.bench.timing import timing
    >>> share(timing("engine", "fp32", 1, [10.0]), 500_000_000, 200.0).value
    0.5
    """
    least = 2 * multiply_adds / gflops / 1e6
    return Ratio(least / row.ms_per_image, least / row.high, least / row.low)


def _by_hand(recipe: Recipe) -> tuple[int | None, int | None]:
    """(multiply-adds, weights) at one RoI; None for a trunk that is not the paper's."""
    try:
        counted = layers(recipe)
    except RecipeError:
        return None, None
    return sum(layer.multiply_adds for layer in counted), sum(layer.weights for layer in counted)


def ceilings(threads: int, sizes: Sequence[int] = SIZES) -> dict[str, Ceiling]:
    """The ceiling of each precision that some library here has a product for."""
    fastest: dict[str, Ceiling] = {}
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
            fastest[precision] = max(rated, key=Ceiling.gflops)
    return fastest


def weights_gb_a_second(count: int) -> float:
    """10^9 bytes a second at which a matrix-vector product reads ``count`` weights in fp32 again and again: the ceiling
    for one RoI. Weights that fit into a cache are read from there, as a network's are."""
    columns = max(1, count // ROWS)
    weights, values = np.ones((ROWS, columns), np.float32), np.ones(columns, np.float32)
    products = [Contender("weights (numpy)", "fp32", 1, lambda: weights @ values)]
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
    random = np.random.default_rng(0)
    return random.random((size, size), np.float32), random.random((size, size), np.float32)


def _bytes(size: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    random = np.random.default_rng(0)
    # Seven bits: processors without VNNI add two products in 16 bits, which more would overflow.
    return random.integers(0, 255, (size, size), np.uint8), random.integers(-64, 64, (size, size), np.int8)


def _numpy(size: int, threads: int) -> Callable[[], object]:
    left, right = _matrices(size)
    return lambda: left @ right


def _torch(kind: str) -> Callable[[int, int], Callable[[], object]]:
    def make(size: int, threads: int) -> Callable[[], object]:
        if kind == "int8":
            left, right = (torch.from_numpy(matrix.view(np.int8)) for matrix in _bytes(size))
            return lambda: torch._int_mm(left, right)
        layout = torch.bfloat16 if kind == "bf16" else torch.float32
        left, right = (torch.from_numpy(matrix).to(layout) for matrix in _matrices(size))
        return lambda: left @ right

    return make


def _onnxruntime(kind: str) -> Callable[[int, int], Callable[[], object]]:
    def make(size: int, threads: int) -> Callable[[], object]:
        from onnx import TensorProto, helper, numpy_helper

        left, right = _bytes(size) if kind == "int8" else _matrices(size)
        operator, takes, gives = {
            "fp32": ("MatMul", TensorProto.FLOAT, TensorProto.FLOAT),
            "int8": ("MatMulInteger", TensorProto.UINT8, TensorProto.INT32),
        }[kind]
        graph = helper.make_graph(
            [helper.make_node(operator, ["left", "right"], ["product"])],
            "product",
            [helper.make_tensor_value_info("left", takes, [size, size])],
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
        entry = ops.parameter([size, size], left.dtype)
        if kind == "int8":
            scaled = ops.multiply(ops.convert(entry, np.float32), ops.constant(np.float32(1 / 255)))
            levels = [ops.constant(np.float32(edge)) for edge in (0, 1, 0, 1)]
            steps = ops.constant(np.full((1, 1), 1 / 127, np.float32))
            weights = ops.multiply(ops.convert(ops.constant(right), np.float32), steps)
            product = ops.matmul(ops.fake_quantize(scaled, *levels, 256), weights, False, False)
        else:
            product = ops.matmul(entry, ops.constant(right), False, False)
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "bf16" if kind == "bf16" else "f32",
        }
        compiled = openvino.Core().compile_model(openvino.Model([product], [entry]), "CPU", settings)
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


if __name__ == "__main__":
    main()
