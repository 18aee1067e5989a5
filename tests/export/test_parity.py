"""Exports go into a bundle only where they give what torch gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from isthmus.decision import Decision
from isthmus.errors import BundleError
from isthmus.export import parity
from isthmus.export.folded_ensemble import folded
from make.bundle import TINY, untrained


def test_an_export_of_another_network_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = untrained()
    with torch.no_grad():
        other.classifier.output.bias += torch.tensor([0.0, 1e-2])

    monkeypatch.setattr(parity, "folded", lambda net: folded(other))
    rois = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    with pytest.raises(BundleError, match=r"ONNX and torch differ by 0\.\d+ in P\(malignant\)"):
        parity.write_exports(untrained(), TINY, Decision.at(0.25), rois, rois, tmp_path)
