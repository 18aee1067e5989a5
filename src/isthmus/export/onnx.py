"""Network to ONNX, and the proof that both say the same."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from isthmus.errors import BundleError, EngineError
from isthmus.export.folded import Folded
from isthmus.learn.votes import probabilities
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Pixels
from isthmus.runtime.kinds import DEFAULT, ENGINES, FEATURE_MAP, INPUT, OUTPUTS
from isthmus.runtime.start import start

PARITY = ENGINES[DEFAULT].tolerance  # largest difference in P(malignant) that is let through in fp32
REPORT = "Report this with the recipe."
OPSET = 18
BATCH = 16


class Readable(nn.Module):
    """What is exported: uint8 RoIs (n, size, size, 3) in; P(malignant) out, fused, whole and crops, then the maps."""

    def __init__(self, folded: Folded, feature_map: bool = False) -> None:
        super().__init__()
        self.folded, self.feature_map = folded, feature_map

    def forward(self, roi: torch.Tensor) -> tuple[torch.Tensor, ...]:
        votes, maps = self.folded(roi)
        probabilities = tuple(log_p.exp() for log_p in votes.malignant)
        return (*probabilities, maps) if self.feature_map else probabilities


def export(net: HybridNet, size: int, path: Path, feature_map: bool = False) -> None:
    """Writes the network as ONNX: input ``roi`` uint8 (n, size, size, 3), n free; outputs ``fused`` and ``whole``
    (n,), and with a cropping branch ``crops`` (n, N), each P(malignant); with ``feature_map`` also ``maps``, the
    trunk's (n, channels, h, w)."""
    export_folded(Folded(net), size, path, feature_map)


def export_folded(folded: Folded, size: int, path: Path, feature_map: bool = False) -> None:
    """``export`` of a network that is folded already."""
    names = OUTPUTS[:2] if folded.cropping is None else OUTPUTS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("onnxscript").setLevel(logging.ERROR)
        torch.onnx.export(
            Readable(folded, feature_map).eval(),
            (torch.zeros(2, size, size, 3, dtype=torch.uint8),),
            str(path),
            input_names=[INPUT],
            output_names=[*names, FEATURE_MAP] if feature_map else list(names),
            dynamic_shapes={"roi": {0: torch.export.Dim("n", min=1, max=4096)}},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    onnx.checker.check_model(path.read_bytes())


def prove_parity(net: HybridNet, path: Path, rois: Pixels, tolerance: float = PARITY) -> float:
    """The largest difference in P(malignant) between the ONNX file and torch over ``rois``, all outputs.

    Raises BundleError if it is above ``tolerance``: such an export must not be used.
    """
    engine = start(DEFAULT, path)
    said = probabilities(net.eval(), rois)
    expected = [part for part in (said.fused, said.whole, said.crops) if part is not None]
    try:
        read = [engine.read(rois[start : start + BATCH]) for start in range(0, len(rois), BATCH)]
    except EngineError as error:
        raise BundleError(error.what, where=str(path), remedy=REPORT) from error
    found = [np.concatenate([getattr(part, name) for part in read]) for name in OUTPUTS[: len(expected)]]
    difference = float(np.max([np.abs(a - b).max() for a, b in zip(expected, found, strict=True)]))  # nan stays nan
    if not difference <= tolerance:
        raise BundleError(
            f"ONNX and torch differ by {difference:.2g} in P(malignant), more than {tolerance:g}",
            where=str(path),
            remedy=REPORT,
        )
    return difference
