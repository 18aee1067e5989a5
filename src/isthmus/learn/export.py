"""Network to ONNX, and the proof that both say the same."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from isthmus.errors import BundleError
from isthmus.learn.votes import probabilities
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Label, Pixels

PARITY = 1e-5  # largest difference in P(malignant) that is let through, fp32
INPUT, OUTPUTS = "roi", ("fused", "whole", "crops")
OPSET = 18


class Readable(nn.Module):
    """The network as it is read with: uint8 RoIs (n, size, size, 3) in, P(malignant) out, fused, whole and crops."""

    def __init__(self, net: HybridNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, roi: torch.Tensor) -> tuple[torch.Tensor, ...]:
        votes = self.net(roi.permute(0, 3, 1, 2).float() / 255)
        said = (votes.fused, votes.whole) if votes.crops is None else (votes.fused, votes.whole, votes.crops)
        return tuple(log_p[..., Label.MALIGNANT].exp() for log_p in said)


def export(net: HybridNet, size: int, path: Path) -> None:
    """Writes the network as ONNX: input ``roi`` uint8 (n, size, size, 3), n free; outputs ``fused`` and ``whole``
    (n,), and with a cropping branch ``crops`` (n, N), each P(malignant)."""
    model = Readable(net).eval()
    example = torch.zeros(2, size, size, 3, dtype=torch.uint8)
    names = OUTPUTS[:2] if net.cropping is None else OUTPUTS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("onnxscript").setLevel(logging.ERROR)
        torch.onnx.export(
            model,
            (example,),
            str(path),
            input_names=[INPUT],
            output_names=list(names),
            dynamic_shapes={"roi": {0: torch.export.Dim("n", min=1, max=4096)}},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    onnx.checker.check_model(str(path))


def prove_parity(net: HybridNet, path: Path, rois: Pixels, tolerance: float = PARITY) -> float:
    """The largest difference in P(malignant) between the ONNX file and torch over ``rois``, all outputs.

    Raises BundleError if it is above ``tolerance``: such an export must not be used.
    """
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    said = probabilities(net.eval(), rois)
    expected = [part for part in (said.fused, said.whole, said.crops) if part is not None]
    found = [
        np.concatenate(parts)
        for parts in zip(*(session.run(None, {INPUT: rois[i : i + 16]}) for i in range(0, len(rois), 16)), strict=True)
    ]
    difference = float(np.max([np.abs(a - b).max() for a, b in zip(expected, found, strict=True)]))  # nan stays nan
    if not difference <= tolerance:
        raise BundleError(
            f"ONNX and torch differ by {difference:.2g} in P(malignant), more than {tolerance:g}",
            where=str(path),
            remedy="Report this with the recipe.",
        )
    return difference
