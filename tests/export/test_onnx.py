"""The ONNX export gives what torch gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from isthmus.export.onnx import export
from isthmus.learn.votes import probabilities
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe
from isthmus.runtime.kinds import DEFAULT, ENGINES
from isthmus.runtime.parity import Difference, difference, read_all
from isthmus.runtime.start import start
from make.training import hybrid_net

TINY = Recipe().changed(size=64, hidden=8)
CROPS = ("boundary", "mirrored", *(pytest.param(crops, marks=pytest.mark.slow) for crops in ("none", "random")))


def rois(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, 64, 64, 3), dtype=np.uint8)


@pytest.fixture(scope="module", params=CROPS)
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[HybridNet, Path]:
    torch.manual_seed(1)
    mirror = {"crops": "boundary", "mirror": "both"} if request.param == "mirrored" else {"crops": request.param}
    net = hybrid_net(TINY.changed(crop_count=3, **mirror)).train()
    net(torch.rand(4, 3, 64, 64))  # so that the batch norms have something to say
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    export(net.eval(), 64, path)
    return net, path


@pytest.mark.parametrize("n", [1, 2, 17])
def apart(net: HybridNet, path: Path, n: int) -> Difference:
    return difference(read_all(start(DEFAULT, path), rois(n)), probabilities(net, rois(n)))


@pytest.mark.parametrize("n", [1, 2, 17])
def test_onnx_is_torch_for_one_and_for_many(exported: tuple[HybridNet, Path], n: int) -> None:
    net, path = exported
    assert apart(net, path, n).within(ENGINES[DEFAULT])
    outputs = onnxruntime.InferenceSession(str(path)).run(None, {"roi": rois(n)})
    assert len(outputs) == (2 if net.cropping is None else 3)


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


def test_a_network_that_was_changed_behind_its_export_is_noticed(exported: tuple[HybridNet, Path]) -> None:
    net, path = exported
    with torch.no_grad():
        net.classifier.output.bias += torch.tensor([0.0, 1e-3])
    assert not apart(net, path, 2).within(ENGINES[DEFAULT])
    with torch.no_grad():
        net.classifier.output.bias[:] = float("nan")
    assert not apart(net, path, 2).within(ENGINES[DEFAULT])
    with torch.no_grad():
        net.classifier.output.bias[:] = 0
