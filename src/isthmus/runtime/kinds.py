"""The engines by name, and their tolerances."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from isthmus.errors import BundleError
from isthmus.nodule import Pixels
from isthmus.prediction import Floats, Probabilities

INPUT, OUTPUTS, FEATURE_MAP = "roi", ("fused", "whole", "crops"), "maps"


@dataclass(frozen=True)
class EngineKind:
    """What an engine computes in, and how far P(malignant) may lie from torch's in fp32: the fused one by
    ``tolerance``, the whole RoI's and each crop's by ``vote_tolerance`` (docs/decisions/0037-one-answer.md).

    ``module`` holds its class, ``package`` what must be installed for it, ``extra`` the extra that brings that.
    """

    precision: str
    tolerance: float
    vote_tolerance: float
    module: str
    package: str
    extra: str = ""


_ORT, _OPENVINO = ("isthmus.runtime.onnx_runtime", "onnxruntime"), ("isthmus.runtime.open_vino", "openvino", "openvino")

# What --engine is by default: exact, and everywhere the same.
DEFAULT = "onnxruntime"
# Not an engine: the quickest that proves itself.
FASTEST = "fastest"

# Fastest first, as a rule; a bundle knows what was measured.
ENGINES: Mapping[str, EngineKind] = {
    "openvino-int8": EngineKind("int8", 1e-2, 3e-2, *_OPENVINO),
    "onnxruntime-int8": EngineKind("int8", 1e-2, 3e-2, *_ORT),
    "openvino-bf16": EngineKind("bf16", 2e-3, 6e-3, *_OPENVINO),
    "onnxruntime": EngineKind("fp32", 1e-5, 1e-5, *_ORT),
    "openvino": EngineKind("fp32", 1e-5, 1e-5, *_OPENVINO),
}


class Engine(Protocol):
    """Reads RoIs. ``name`` is one of ENGINES, ``precision`` fp32, bf16 or int8."""

    name: str
    precision: str

    def read(self, rois: Pixels) -> Probabilities:
        """Reads RoIs, uint8 (n, size, size, 3)."""
        ...


def refuse_other_ends(inputs: Collection[str], outputs: Collection[str], path: Path) -> None:
    """Raises BundleError for an ONNX file whose inputs and outputs aren't those of our exports."""
    if list(inputs) != [INPUT] or not {*OUTPUTS[:2]} <= {*outputs} <= {*OUTPUTS, FEATURE_MAP}:
        raise BundleError(
            f"takes {', '.join(inputs)} and gives {', '.join(outputs)}; an export takes {INPUT} and gives "
            f"{', '.join(OUTPUTS)}",
            where=str(path),
            remedy="Copy the bundle anew.",
        )


def probabilities(outputs: Mapping[str, Floats]) -> Probabilities:
    """The outputs of an export, by name."""
    return Probabilities(outputs["fused"], outputs["whole"], outputs.get("crops"), outputs.get(FEATURE_MAP))
