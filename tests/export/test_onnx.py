"""The ONNX export says what torch says, or it isn't let through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from isthmus.errors import BundleError
from isthmus.export.onnx import PARITY, export, prove_parity
from isthmus.learn.votes import probabilities
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe
from make.training import hybrid_net

TINY = Recipe().changed(size=64, hidden=8)
CROPS = ("boundary", *(pytest.param(crops, marks=pytest.mark.slow) for crops in ("none", "random")))


def rois(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, 64, 64, 3), dtype=np.uint8)


@pytest.fixture(scope="module", params=CROPS)
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[HybridNet, Path]:
    torch.manual_seed(1)
    net = hybrid_net(TINY.changed(crops=request.param, crop_count=3)).train()
    net(torch.rand(4, 3, 64, 64))  # so that the batch norms have something to say
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    export(net.eval(), 64, path)
    return net, path


@pytest.mark.parametrize("n", [1, 2, 17])
def test_onnx_is_torch_for_one_and_for_many(exported: tuple[HybridNet, Path], n: int) -> None:
    net, path = exported
    assert prove_parity(net, path, rois(n)) <= PARITY
    said = probabilities(net, rois(n))
    fused, whole, *crops = onnxruntime.InferenceSession(str(path)).run(None, {"roi": rois(n)})
    np.testing.assert_allclose(fused, said.fused, atol=PARITY)
    np.testing.assert_allclose(whole, said.whole, atol=PARITY)
    assert bool(crops) == (net.cropping is not None)
    if crops:
        np.testing.assert_allclose(crops[0], said.crops, atol=PARITY)


def test_it_takes_uint8_rois_channels_last_in_one_file(exported: tuple[HybridNet, Path]) -> None:
    _, path = exported
    session = onnxruntime.InferenceSession(str(path))
    (roi,) = session.get_inputs()
    assert (roi.name, roi.type) == ("roi", "tensor(uint8)")
    assert isinstance(roi.shape[0], str)  # any number of them
    assert roi.shape[1:] == [64, 64, 3]
    assert [output.name for output in session.get_outputs()][:2] == ["fused", "whole"]
    assert [file.name for file in path.parent.iterdir()] == ["model.onnx"]
    onnx.checker.check_model(str(path))


def test_a_network_that_was_changed_behind_its_export_is_refused(exported: tuple[HybridNet, Path]) -> None:
    net, path = exported
    with torch.no_grad():
        net.classifier.output.bias += torch.tensor([0.0, 1e-3])
    with pytest.raises(BundleError, match=r"differ by .* more than 1e-05"):
        prove_parity(net, path, rois(2))
    with torch.no_grad():
        net.classifier.output.bias[:] = float("nan")
    with pytest.raises(BundleError, match="differ by nan"):
        prove_parity(net, path, rois(2))
    with torch.no_grad():
        net.classifier.output.bias[:] = 0
