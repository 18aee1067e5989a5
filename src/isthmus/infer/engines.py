"""What runs a bundle's ONNX export."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime

from isthmus.bundle import Bundle
from isthmus.errors import BundleError
from isthmus.nodule import Pixels

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Reading:
    """P(malignant) of n RoIs: ``fused`` (n,), ``whole`` (n,), ``crops`` (n, N) or None without a cropping branch."""

    fused: Floats
    whole: Floats
    crops: Floats | None


class OnnxRuntime:
    """The bundle's export on onnxruntime. Raises BundleError if it can't be loaded."""

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
