"""onnxruntime: installed with the core."""

from __future__ import annotations

from pathlib import Path

import onnxruntime

from isthmus.errors import BundleError
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.runtime.kinds import ENGINES, INPUT, probabilities, refuse_other_ends
from isthmus.runtime.processor import native

# Without VNNI, sums of two products of 8-bit numbers overflow 16 bits; this takes products that don't, which with VNNI
# take three times as long and give the same.
EXACT_PRODUCTS = ("session.x64quantprecision", "1")


class Runner:
    """An ONNX file on onnxruntime. Raises BundleError if it can't be loaded."""

    def __init__(self, name: str, path: Path, threads: int) -> None:
        self.name, self.precision = name, ENGINES[name].precision
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads  # 0: as many as there are cores
        options.log_severity_level = 3
        if self.precision == "int8" and not native("int8"):
            options.add_session_config_entry(*EXACT_PRODUCTS)
        try:
            self.session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own errors share no base class
            raise BundleError(
                f"onnxruntime can't load it ({' '.join(str(error).split())[:120]})",
                where=str(path),
                remedy="Copy the bundle anew.",
            ) from None
        self.outputs = [output.name for output in self.session.get_outputs()]
        refuse_other_ends([node.name for node in self.session.get_inputs()], self.outputs, path)

    def read(self, rois: Pixels) -> Probabilities:
        """Reads RoIs, uint8 (n, size, size, 3)."""
        return probabilities(dict(zip(self.outputs, self.session.run(None, {INPUT: rois}), strict=True)))
