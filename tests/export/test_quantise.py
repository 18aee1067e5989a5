"""int8: the steps before quantising keep or mend the function, and what fails parity is taken away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from isthmus.bundle import INT8, ONNX, PROBE, WEIGHTS
from isthmus.decision import Decision
from isthmus.errors import BundleError
from isthmus.export import parity as exports
from isthmus.export import quantise
from isthmus.export.folded import Folded
from isthmus.export.folded_ensemble import folded
from isthmus.export.onnx import export
from isthmus.export.parity import write_exports
from isthmus.export.quantise import equalise, export_int8, fit_to_int8
from isthmus.export.rounding import round_activations, round_weight
from isthmus.learn.votes import probabilities
from isthmus.recipe import Recipe
from isthmus.runtime.start import start
from make.bundle import TINY, untrained

ROIS = np.random.default_rng(0).integers(0, 256, (12, TINY.preparation.size, TINY.preparation.size, 3), dtype=np.uint8)


def fused(folded: Folded) -> torch.Tensor:
    with torch.inference_mode():
        votes, _ = folded(torch.from_numpy(ROIS))
        return votes.malignant[0].exp()


@pytest.mark.parametrize("recipe", [TINY, TINY.changed(crops="none"), TINY.changed(head="average")])
def test_equalising_keeps_the_function_and_evens_the_channels(recipe: Recipe) -> None:
    folded = Folded(untrained(recipe))
    folded.blocks[0].convolution.weight.data[:3] *= 50  # three channels far above the others
    folded.blocks[0].convolution.bias.data[:3] *= 50
    said = fused(folded)
    with torch.no_grad():
        before, _ = quantise.peaks_of(folded, ROIS)
        equalise(folded, ROIS)
        after, _ = quantise.peaks_of(folded, ROIS)
    torch.testing.assert_close(fused(folded), said, atol=2e-6, rtol=0)
    assert after[0].log().std() < before[0].log().std()


def test_correcting_biases_takes_out_what_rounding_shifts_on_average() -> None:
    plain, corrected = Folded(untrained()), Folded(untrained())
    with torch.no_grad():
        fit_to_int8(corrected, ROIS)

        def rounded(folded: Folded) -> torch.Tensor:
            layer = folded.blocks[1].convolution
            maps = folded.blocks[0](torch.from_numpy(ROIS).permute(0, 3, 1, 2).float())
            raised = torch.relu(
                torch.nn.functional.conv2d(
                    round_activations(maps, maps), round_weight(layer.weight), layer.bias, padding=1
                )
            )
            return torch.nn.functional.max_pool2d(raised, 3, 2, 1).mean((0, 2, 3))

        exact = plain.trunk[1](plain.trunk[0](torch.from_numpy(ROIS).permute(0, 3, 1, 2).float())).mean((0, 2, 3))
        assert (rounded(corrected) - exact).abs().mean() < 0.5 * (rounded(plain) - exact).abs().mean()


@pytest.mark.parametrize(
    "recipe",
    [
        TINY,
        TINY.changed(crops="none"),
        TINY.changed(upsampling="separable"),
        TINY.changed(upsampling="transposed"),
    ],
)
def test_int8_is_near_fp32_for_any_number_of_rois(recipe: Recipe, tmp_path: Path) -> None:
    net = untrained(recipe)
    export_int8(net, recipe.preparation.size, ROIS, tmp_path / "i.onnx")
    engine = start("onnxruntime-int8", tmp_path / "i.onnx")
    for n in (1, 5):
        assert np.abs(engine.read(ROIS[:n]).fused - probabilities(net, ROIS[:n]).fused).max() < 2e-2
    kinds = [node.op_type for node in onnx.load(str(tmp_path / "i.onnx")).graph.node]
    assert "QuantizeLinear" in kinds


def test_what_fails_parity_is_taken_away_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def poor(net: object, size: int, rois: object, path: Path) -> None:
        other = untrained()
        other.classifier.output.bias.data[1] += 3
        export(other, size, path)

    monkeypatch.setattr(exports, "export_int8", poor)
    proofs = write_exports(untrained(), TINY, Decision.at(0.5), ROIS, ROIS, tmp_path)
    assert not proofs["onnxruntime-int8"].passed
    assert proofs["onnxruntime-int8"].max_difference > 1e-2
    assert {path.name for path in tmp_path.iterdir()} == {WEIGHTS, ONNX, PROBE}


def test_an_fp32_export_that_fails_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = untrained()
    changed.classifier.output.bias.data[1] += 1e-3
    monkeypatch.setattr(exports, "folded", lambda net: folded(changed))
    with pytest.raises(BundleError, match=r"differ by .* in P\(malignant\)"):
        write_exports(untrained(), TINY, Decision.at(0.5), ROIS, ROIS, tmp_path)


def test_verdicts_that_change_are_counted(tmp_path: Path) -> None:
    net = untrained()
    said = probabilities(net, ROIS).fused
    proofs = write_exports(net, TINY, Decision.at(float(said[0])), ROIS, ROIS, tmp_path)
    assert all(own.n == len(ROIS) for own in proofs.values())
    engine = start("onnxruntime-int8", tmp_path / INT8)
    found = np.concatenate([engine.read(ROIS).fused])
    changed = int(((found >= said[0]) != (said >= said[0])).sum())
    assert proofs["onnxruntime-int8"].verdicts_changed == changed


def test_onnxruntime_multiplies_every_large_layer_in_int8(tmp_path: Path) -> None:
    export_int8(untrained(), TINY.preparation.size, ROIS, tmp_path / "i.onnx")
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "as-run.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(tmp_path / "i.onnx"), options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(str(tmp_path / "as-run.onnx")).graph.node]
    assert (kinds.count("QLinearConv"), kinds.count("QGemm")) == (4, 1)
    assert kinds.count("Conv") + kinds.count("FusedConv") == 1  # the first
