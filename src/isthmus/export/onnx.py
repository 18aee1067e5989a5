"""Network to ONNX."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

from isthmus.export.folded import Folded
from isthmus.export.folded_ensemble import FoldedEnsemble, folded
from isthmus.net.ensemble import Ensemble
from isthmus.net.hybrid import HybridNet
from isthmus.runtime.kinds import FEATURE_MAP, INPUT, OUTPUTS

OPSET = 18


class Readable(nn.Module):
    """What is exported: uint8 RoIs (n, size, size, 3) in; P(malignant) out, fused, whole and crops, then the maps."""

    def __init__(self, folded: Folded | FoldedEnsemble, feature_map: bool = False) -> None:
        super().__init__()
        self.folded, self.feature_map = folded, feature_map

    def forward(self, roi: torch.Tensor) -> tuple[torch.Tensor, ...]:
        votes, maps = self.folded(roi)
        probabilities = tuple(log_p.exp() for log_p in votes.malignant)
        return (*probabilities, maps) if self.feature_map else probabilities


def export(net: HybridNet | Ensemble, size: int, path: Path, feature_map: bool = False) -> None:
    """Writes the network as ONNX: input ``roi`` uint8 (n, size, size, 3), n free; outputs ``fused`` and ``whole``
    (n,), and with a cropping branch ``crops`` (n, N), each P(malignant); with ``feature_map`` also ``maps``, the
    trunk's (n, channels, h, w)."""
    export_folded(folded(net), size, path, feature_map)


def export_folded(net: Folded | FoldedEnsemble, size: int, path: Path, feature_map: bool = False) -> None:
    """``export`` of a network that is folded already."""
    names = OUTPUTS[:2] if net.cropping is None else OUTPUTS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("onnxscript").setLevel(logging.ERROR)
        torch.onnx.export(
            Readable(net, feature_map).eval(),
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
