"""The network that proposes a box, to an ONNX file that needs no torch."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from isthmus.export.compact import store_halves
from isthmus.export.onnx import OPSET
from isthmus.export.weights import round_to_half
from isthmus.infer.proposal.propose import INPUT, OUTPUTS
from isthmus.net.proposal import SIZE, ProposalNet


class _OfBytes(nn.Module):
    def __init__(self, net: ProposalNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        distances, quality = self.net(windows.float())
        return distances, quality


def export_proposal(net: ProposalNet, path: Path) -> None:
    """Writes the network as ONNX: ``windows`` uint8 (n, 1, SIZE, SIZE) to ``distances`` (n, 4) and ``quality`` (n,).

    Its heavy weights are rounded to half precision, in ``net`` as in the file.
    """
    round_to_half(net)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("onnxscript").setLevel(logging.ERROR)
        torch.onnx.export(
            _OfBytes(net).eval(),
            (torch.zeros(2, 1, SIZE, SIZE, dtype=torch.uint8),),
            str(path),
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_shapes={"windows": {0: torch.export.Dim("n", min=1, max=4096)}},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    store_halves(path, net)
    onnx.checker.check_model(path.read_bytes())
