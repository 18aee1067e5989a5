"""ONNX files whose weights are halves: smaller, and read alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from isthmus import recipes
from isthmus.export.compact import store_halves
from isthmus.export.onnx import export
from isthmus.export.weights import round_to_half
from isthmus.net.hybrid import HybridNet
from isthmus.runtime.parity import read_all
from isthmus.runtime.start import start

SIZE = 32


def net(backbone: str = "fourconv") -> HybridNet:
    torch.manual_seed(0)
    recipe = recipes.named("isthmus").changed(size=SIZE, backbone=backbone, crops="none", head="average")
    made = HybridNet(recipe.network, SIZE)
    for module in made.modules():  # norms that have learned, so that their folding changes weights
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.05, 0.3)
            module.weight.data.uniform_(0.5, 2)
    return made.eval()


def test_the_file_is_about_half_as_large_and_reads_alike(tmp_path: Path) -> None:
    made, path = net("tf_efficientnet_lite0"), tmp_path / "model.onnx"
    round_to_half(made)
    export(made, SIZE, path)
    rois = np.random.default_rng(0).integers(0, 256, (4, SIZE, SIZE, 3), np.uint8)
    size, before = path.stat().st_size, read_all(start("onnxruntime", path), rois)
    store_halves(path, made)
    after = read_all(start("onnxruntime", path), rois)
    assert path.stat().st_size < 0.56 * size
    assert np.abs(after.fused - before.fused).max() < 1e-6
    assert np.ptp(before.fused) > 1e-3  # it reads something


def test_weights_that_are_no_halves_stay_as_they_are(tmp_path: Path) -> None:
    made, path = net(), tmp_path / "model.onnx"
    export(made, SIZE, path)
    before = {one.name: numpy_helper.to_array(one) for one in onnx.load(path).graph.initializer}
    other = net()
    for tensor in other.state_dict().values():
        if tensor.is_floating_point():
            tensor.normal_()
    round_to_half(other)
    store_halves(path, other)
    after = {one.name: numpy_helper.to_array(one) for one in onnx.load(path).graph.initializer}
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)
