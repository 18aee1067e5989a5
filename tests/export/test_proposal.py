from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from isthmus.export.proposal import export_proposal
from isthmus.infer.proposal import propose
from isthmus.net.proposal import SIZE, ProposalNet


def test_onnxruntime_computes_what_torch_does(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net, path = ProposalNet(pretrained=False).eval(), tmp_path / "network.onnx"
    torch.nn.init.normal_(net.head[-1].weight, 0, 0.3)
    export_proposal(net, path)
    assert path.stat().st_size < 2_000_000
    windows = np.random.default_rng(0).integers(0, 256, (3, 1, SIZE, SIZE)).astype(np.uint8)
    found = onnxruntime.InferenceSession(path.read_bytes()).run(propose.OUTPUTS, {propose.INPUT: windows})
    with torch.no_grad():
        expected = net(torch.from_numpy(windows).float())
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other.numpy(), abs=1e-4)


def test_reading_and_learning_agree_on_the_size_of_a_window() -> None:
    assert propose.SIZE == SIZE
