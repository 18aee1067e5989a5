"""Engines by name: what isn't there, and what a processor can't do, is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from isthmus.errors import BundleError, EngineError
from isthmus.export.onnx import export
from isthmus.runtime.kinds import ENGINES
from isthmus.runtime.start import is_installed, kind, start
from make.bundle import TINY, untrained

ROIS = np.random.default_rng(0).integers(0, 256, (3, TINY.preparation.size, TINY.preparation.size, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def onnx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runtime") / "model.onnx"
    export(untrained(), TINY.preparation.size, path, feature_map=True)
    return path


def test_the_default_one_comes_with_the_core() -> None:
    assert is_installed("onnxruntime")
    assert not kind("onnxruntime").extra


def test_all_fp32_engines_say_the_same_and_give_the_feature_map(onnx: Path) -> None:
    pytest.importorskip("openvino")
    first, second = (start(name, onnx, threads=1).read(ROIS) for name in ("onnxruntime", "openvino"))
    for name in ("fused", "whole", "crops", "maps"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), rtol=1e-4, atol=1e-5, err_msg=name)
    assert first.maps is not None
    assert first.maps.shape == (3, 128, 4, 4)


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(EngineError, match=r"no engine 'tensorrt'\. Use fastest, openvino-int8"):
        kind("tensorrt")


def test_one_that_is_not_installed_says_what_to_install(onnx: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"openvino: openvino isn't installed\. pip install 'isthmus\[openvino\]'"):
        start("openvino", onnx)


def test_bf16_on_a_processor_that_only_converts_it(onnx: Path) -> None:
    openvino = pytest.importorskip("openvino")
    if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        said = start("openvino-bf16", onnx).read(ROIS).fused
        np.testing.assert_allclose(said, start("onnxruntime", onnx).read(ROIS).fused, atol=5e-3)
        return
    with pytest.raises(EngineError, match="openvino-bf16: this processor doesn't compute in bf16"):
        start("openvino-bf16", onnx)


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
@pytest.mark.parametrize(("given", "gives"), [("image", ("fused", "whole")), ("roi", ("fused",)), ("roi", ("p", "q"))])
def test_a_network_of_other_ends_is_refused(name: str, given: str, gives: tuple[str, ...], tmp_path: Path) -> None:
    if not is_installed(name):
        pytest.skip(f"{name} isn't installed")
    value, kinds = helper.make_tensor_value_info, (TensorProto.UINT8, TensorProto.FLOAT)
    nodes = [helper.make_node("Cast", [given], [output], to=TensorProto.FLOAT) for output in gives]
    graph = helper.make_graph(
        nodes, "made", [value(given, kinds[0], ["n"])], [value(output, kinds[1], ["n"]) for output in gives]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(BundleError, match=rf"takes {given} and gives {', '.join(gives)}; an export takes roi"):
        start(name, tmp_path / "model.onnx")


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
def test_a_file_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    if not is_installed(name):
        pytest.skip(f"{name} isn't installed")
    (tmp_path / "model.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(BundleError, match=r"model\.onnx: (onnxruntime|OpenVINO) can't load it"):
        start(name, tmp_path / "model.onnx")


def test_tolerances_are_those_of_the_precisions() -> None:
    assert {own.precision: (own.tolerance, own.vote_tolerance) for own in ENGINES.values()} == {
        "fp32": (1e-5, 1e-5),
        "bf16": (2e-3, 6e-3),
        "int8": (1e-2, 3e-2),
    }
