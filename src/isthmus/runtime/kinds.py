"""The engines there are, and what they give."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from isthmus.errors import BundleError
from isthmus.nodule import Pixels

if TYPE_CHECKING:  # the engines' names are in `--help`, which needs no numpy
    import numpy as np
    import numpy.typing as npt

Floats: TypeAlias = "npt.NDArray[np.float32]"

INPUT, OUTPUTS, FEATURE_MAP = "roi", ("fused", "whole", "crops"), "maps"


@dataclass(frozen=True, eq=False)
class Reading:
    """P(malignant) of n RoIs: ``fused`` (n,), ``whole`` (n,), ``crops`` (n, N) or None without a cropping branch.

    ``maps`` is the trunk's feature map (n, channels, h, w), None where the export doesn't give it.
    """

    fused: Floats
    whole: Floats
    crops: Floats | None
    maps: Floats | None = None


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

# The one that reads unless another is asked for: exact, and everywhere the same.
DEFAULT = "onnxruntime"
# Asks for the quickest that proves itself.
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

    def read(self, rois: Pixels) -> Reading:
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


def reading(outputs: Mapping[str, Floats]) -> Reading:
    """The outputs of an export, by name, as a Reading."""
    return Reading(outputs["fused"], outputs["whole"], outputs.get("crops"), outputs.get(FEATURE_MAP))
