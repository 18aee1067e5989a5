"""OpenVINO: the extra `openvino`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import openvino

from isthmus.errors import BundleError, EngineError
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.runtime.kinds import DEFAULT, ENGINES, FEATURE_MAP, OUTPUTS, probabilities, refuse_other_ends

DEVICE = "CPU"
BF16 = f"Use --engine {DEFAULT}."


class Runner:
    """An ONNX file on OpenVINO. Raises BundleError if it can't be loaded, EngineError for bf16 on a processor
    that doesn't compute in it. One ``read`` at a time."""

    def __init__(self, name: str, path: Path, threads: int) -> None:
        self.name, self.precision = name, ENGINES[name].precision
        core = openvino.Core()
        if self.precision == "bf16" and "BF16" not in core.get_property(DEVICE, "OPTIMIZATION_CAPABILITIES"):
            raise EngineError("this processor doesn't compute in bf16", where=name, remedy=BF16)
        settings: dict[str, str | int] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if self.precision == "bf16" else "f32",  # int8 stands in the file
        }
        if threads:
            settings["INFERENCE_NUM_THREADS"] = threads
            settings["ENABLE_CPU_PINNING"] = False  # or engines side by side all run on the first processor
        try:
            model = core.compile_model(core.read_model(path.read_bytes()), DEVICE, settings)
        except (OSError, RuntimeError) as error:
            what = " ".join(str(error).split())[:120]
            if self.precision == "bf16":  # OpenVINO may offer it where its instructions are switched off
                raise EngineError(f"it can't be had in bf16 here ({what})", where=name, remedy=BF16) from None
            raise BundleError(
                f"OpenVINO can't load it ({what})",
                where=str(path),
                remedy="Copy the bundle anew.",
            ) from None
        inputs, outputs = (
            [end.get_any_name() for end in model.inputs],
            [_name(end.get_names()) for end in model.outputs],
        )
        refuse_other_ends(inputs, outputs, path)
        self.request = model.create_infer_request()

    def read(self, rois: Pixels) -> Probabilities:
        """Reads RoIs, uint8 (n, size, size, 3)."""
        outputs = self.request.infer({0: rois}, share_inputs=True)
        return probabilities({_name(output.get_names()): values for output, values in outputs.items()})


def _name(names: Collection[str]) -> str:
    """The export's name of an output, which may have others of inner nodes, too."""
    return next((name for name in (*OUTPUTS, FEATURE_MAP) if name in names), min(names))
