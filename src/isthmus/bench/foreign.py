"""Anybody's ONNX file on the engine of that name, as our own is run there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from isthmus.bench.quiet import quiet
from isthmus.infer.engines import ENGINES
from isthmus.nodule import Pixels
from isthmus.runtime.kinds import INPUT
from isthmus.runtime.start import start

CALIBRATED_AT_ONCE = 4  # RoIs


def open_onnx(path: Path, engine: str, threads: int, rois: Pixels) -> Callable[[Pixels], object]:
    """A reader of RoIs, uint8 (n, size, size, 3), by the network in ``path`` on the engine of that name.

    The file's input and outputs have the names of our own exports. For an int8 engine it is quantised first, calibrated
    on ``rois``, beside ``path``. Raises EngineError, BundleError.
    """
    if ENGINES[engine].precision == "int8":
        quantised = path.with_suffix(".int8.onnx")
        if not quantised.exists():
            quantise(path, quantised, rois)
        path = quantised
    return start(engine, path, threads).read


def quantise(path: Path, to: Path, rois: Pixels) -> None:
    """Writes the network in int8: weights a channel, activations a tensor, their ranges those seen on ``rois``."""
    from onnxruntime import quantization
    from onnxruntime.quantization import shape_inference

    class Calibration(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            starts = range(0, len(rois), CALIBRATED_AT_ONCE)
            self.batches = iter([{INPUT: rois[start : start + CALIBRATED_AT_ONCE]} for start in starts])

        def get_next(self) -> dict[str, Any] | None:
            return next(self.batches, None)

    prepared = to.with_suffix(".prepared")
    with quiet():
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
