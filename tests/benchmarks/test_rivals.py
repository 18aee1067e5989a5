"""Anybody's network on every engine says about the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from isthmus.errors import EngineError
from isthmus.infer.engines import ENGINES
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.runtime.kinds import OUTPUTS
from isthmus.runtime.processor import native
from isthmus.runtime.start import is_installed
from rivals import open_onnx

SIZE = 24


@pytest.fixture(scope="module")
def rois() -> Pixels:
    return np.random.default_rng(0).integers(0, 255, (6, SIZE, SIZE, 3), dtype=np.uint8)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """uint8 RoIs to the sigmoid of a convolution's mean."""
    weights = np.random.default_rng(1).normal(0, 0.2, (4, 3, 3, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Cast", ["roi"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["floats", "scale"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["x"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["x", "weights"], ["convolved"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["convolved"], ["rectified"]),
        helper.make_node("ReduceMean", ["rectified", "axes"], ["mean"], keepdims=0),
        helper.make_node("Sigmoid", ["mean"], ["fused"]),
        helper.make_node("Relu", ["fused"], ["whole"]),
    ]
    constants = {"weights": weights, "scale": np.float32(1 / 255), "axes": np.array([1, 2, 3], np.int64)}
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("roi", TensorProto.UINT8, ["n", SIZE, SIZE, 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in OUTPUTS[:2]],
        [numpy_helper.from_array(np.asarray(own), name) for name, own in constants.items()],
    )
    path = tmp_path / "network.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
    return path


def said(answer: object) -> np.ndarray:
    assert isinstance(answer, Probabilities)
    return answer.fused.copy()


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "onnxruntime"])
def test_every_engine_reads_it(engine: str, network: Path, rois: Pixels) -> None:
    if not is_installed(engine):
        pytest.skip(f"{engine} is not installed")
    if native(ENGINES[engine].precision) is False:
        pytest.skip(f"this processor doesn't multiply in {ENGINES[engine].precision}, which need not be exact then")
    expected = said(open_onnx(network, "onnxruntime", 1, rois)(rois))
    try:
        found = said(open_onnx(network, engine, 1, rois)(rois))
    except EngineError as error:
        pytest.skip(str(error))
    assert expected.std() > 0
    assert np.abs(found - expected).max() <= ENGINES[engine].tolerance
    assert network.with_suffix(".int8.onnx").exists() == (ENGINES[engine].precision == "int8")
