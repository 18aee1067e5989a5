"""The probe reads back as it was written, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import load, save

from isthmus.decision import Decision
from isthmus.errors import BundleError
from isthmus.prediction import Probabilities
from isthmus.runtime.probe import Probe

SIZE = 8
GREY = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE), dtype=np.uint8)
Tensors = dict[str, npt.NDArray[np.generic]]


def votes(*fused: float, crops: bool = True) -> Probabilities:
    p = np.array(fused, np.float32)
    return Probabilities(p, 1 - p, np.stack([p, p / 2], axis=1) if crops else None)


@pytest.mark.parametrize("crops", [True, False])
@pytest.mark.parametrize("int8", [True, False])
def test_it_reads_back_equal(tmp_path: Path, crops: bool, int8: bool) -> None:
    expected = {name: votes(0.1, 0.5, shift, crops=crops) for name, shift in (("fp32", 0.9), ("int8", 0.8))}
    probe = Probe(GREY, expected if int8 else {"fp32": expected["fp32"]})
    probe.save(tmp_path / "probe")
    again = Probe.load(tmp_path / "probe", SIZE, crops, int8)
    assert np.array_equal(again.grey, GREY)
    assert again.rois.shape == (3, SIZE, SIZE, 3)
    assert again.expected.keys() == probe.expected.keys()
    for name, reading in probe.expected.items():
        for output in ("fused", "whole", "crops"):
            assert np.array_equal(getattr(again.expected[name], output), getattr(reading, output))


def changed(**tensors: npt.NDArray[np.generic] | None) -> Callable[[Tensors], Tensors]:
    def harm(stored: Tensors) -> Tensors:
        named = {name.replace("_", "."): tensor for name, tensor in tensors.items()}
        return {name: tensor for name, tensor in {**stored, **named}.items() if tensor is not None}

    return harm


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (changed(fp32_crops=None), "holds fp32.fused, fp32.whole, rois, not"),
        (changed(int8_fused=np.zeros(3, np.float32)), "holds fp32.crops, .*int8.fused"),
        (changed(rois=GREY.astype(np.float32)), "holds RoIs float32"),
        (changed(rois=GREY[:, 1:]), "holds RoIs uint8"),
        (changed(fp32_fused=np.zeros(2, np.float32)), "holds fp32.fused of shape"),
        (changed(fp32_whole=np.zeros(3)), "holds fp32.whole of shape"),
        (changed(fp32_fused=np.array([0, 1.5, 0], np.float32)), "holds fp32.fused that are no probabilities"),
        (changed(fp32_fused=np.array([0, np.nan, 0], np.float32)), "holds fp32.fused that are no probabilities"),
    ],
)
def test_other_tensors_are_refused(tmp_path: Path, harm: Callable[[Tensors], Tensors], says: str) -> None:
    path = tmp_path / "probe"
    Probe(GREY, {"fp32": votes(0.1, 0.5, 0.9)}).save(path)
    path.write_bytes(save(harm(load(path.read_bytes()))))
    with pytest.raises(BundleError, match=says):
        Probe.load(path, SIZE, crops=True, int8=False)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "probe").write_bytes(b"nothing of the kind")
    with pytest.raises(BundleError, match="can't be read"):
        Probe.load(tmp_path / "probe", SIZE, crops=True, int8=False)


def test_verdicts_next_to_the_threshold_are_left_to_the_processor() -> None:
    probe = Probe(GREY, {"fp32": votes(0.2, 0.5, 0.500004)})
    decision = Decision.at(0.5)
    assert probe.turned(np.array([0.3, 0.499, 0.499], np.float32), decision) == 0
    assert probe.turned(np.array([0.6, 0.499, 0.499], np.float32), decision) == 1
