"""Anybody's ONNX file on the engine of that name, as our own is run there."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from isthmus.infer.engines import ENGINES
from isthmus.nodule import Pixels

INPUT = "roi"


def open_onnx(path: Path, engine: str, threads: int, rois: Pixels) -> Callable[[Pixels], object]:
    """A reader of RoIs, uint8 (n, size, size, 3), by the network in ``path`` on the engine of that name.

    An int8 engine has it quantised first, calibrated on ``rois``, beside ``path``. Raises ImportError where the
    engine's library, or what quantises, isn't installed.
    """
    kind = ENGINES[engine]
    if kind.precision == "int8":
        quantised = path.with_suffix(".int8.onnx")
        if not quantised.exists():
            quantise(path, quantised, rois)
        path = quantised
    return _openvino(path, kind.precision, threads) if engine.startswith("openvino") else _onnxruntime(path, threads)


def quantise(path: Path, to: Path, rois: Pixels) -> None:
    """Writes the network in int8: weights a channel, activations a tensor, their ranges those seen on ``rois``."""
    from onnxruntime import quantization
    from onnxruntime.quantization import shape_inference

    class Calibration(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.batches = iter([{INPUT: rois[start : start + 4]} for start in range(0, len(rois), 4)])

        def get_next(self) -> dict[str, Any] | None:
            return next(self.batches, None)

    prepared = to.with_suffix(".prepared")
    with warnings.catch_warnings(), _silent():
        warnings.simplefilter("ignore")
        shape_inference.quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        quantization.quantize_static(
            str(prepared),
            str(to),
            Calibration(),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
    prepared.unlink()


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keeps the quantiser's advice, which it logs to the root, from the reader."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _onnxruntime(path: Path, threads: int) -> Callable[[Pixels], object]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda rois: session.run(None, {INPUT: rois})


def _openvino(path: Path, precision: str, threads: int) -> Callable[[Pixels], object]:
    import openvino

    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
    }
    request = openvino.Core().compile_model(str(path), "CPU", settings).create_infer_request()
    return lambda rois: request.infer({0: np.ascontiguousarray(rois)}, share_inputs=True, share_outputs=True)
