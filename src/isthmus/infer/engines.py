"""What runs a bundle's ONNX export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from isthmus.bundle import Bundle
from isthmus.errors import BundleError, EngineError
from isthmus.nodule import Pixels

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Reading:
    """P(malignant) of n RoIs: ``fused`` (n,), ``whole`` (n,), ``crops`` (n, N) or None without a cropping branch."""

    fused: Floats
    whole: Floats
    crops: Floats | None


@dataclass(frozen=True)
class EngineKind:
    """What an engine computes in, and how far P(malignant) may lie from torch's in fp32."""

    precision: str
    tolerance: float


# Fastest first, as a rule.
ENGINES: Mapping[str, EngineKind] = {
    "openvino-int8": EngineKind("int8", 1e-2),
    "onnxruntime-int8": EngineKind("int8", 1e-2),
    "openvino-bf16": EngineKind("bf16", 2e-3),
    "openvino": EngineKind("fp32", 1e-5),
    "onnxruntime": EngineKind("fp32", 1e-5),
}


class Engine(Protocol):
    """Reads RoIs. ``name`` is one of ENGINES."""

    name: str
    precision: str

    def read(self, rois: Pixels) -> Reading:
        """Reads RoIs, uint8 (n, size, size, 3)."""
        ...


def open_engine(bundle: Bundle, name: str = "auto", threads: int = 0) -> Engine:
    """The engine called ``name`` on a bundle's export. ``threads`` 0: as many as there are cores."""
    if name not in ("auto", "onnxruntime"):
        raise EngineError(f"no engine {name!r}", remedy=f"Use auto or one of {', '.join(ENGINES)}.")
    return OnnxRuntime(bundle, threads)


class OnnxRuntime:
    """The bundle's export on onnxruntime. Raises BundleError if it can't be loaded."""

    name = "onnxruntime"
    precision = "fp32"

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads  # 0: as many as there are cores
        options.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(str(bundle.onnx), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own errors share no base class
            raise BundleError(
                f"onnxruntime can't load it ({' '.join(str(error).split())[:120]})",
                where=str(bundle.onnx),
                remedy="Copy the bundle anew.",
            ) from None

    def read(self, rois: Pixels) -> Reading:
        """Reads RoIs, uint8 (n, size, size, 3)."""
        fused, whole, *crops = self.session.run(None, {"roi": rois})
        return Reading(fused, whole, crops[0] if crops else None)
