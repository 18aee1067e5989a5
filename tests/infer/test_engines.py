"""Which engine reads a bundle, and that it is proved before it is believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from isthmus.bundle import INT8, ONNX, PROBE, Bundle, Proof, open_bundle
from isthmus.errors import BundleError, EngineError
from isthmus.infer import engines
from isthmus.infer.engines import carried, open_engine, passed_over
from isthmus.learn.export import export
from isthmus.runtime.start import is_installed
from make.bundle import TINY, make, untrained

ROIS = np.random.default_rng(0).integers(0, 256, (2, TINY.size, TINY.size, 3), dtype=np.uint8)


@pytest.fixture
def bundle(tmp_path: Path, model_once: Path) -> Bundle:
    return open_bundle(model_once)


@pytest.fixture(scope="module")
def model_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("engines") / "b")


def retold(bundle: Bundle, proofs: Mapping[str, Proof]) -> Bundle:
    return replace(bundle, provenance=replace(bundle.provenance, engines=proofs))


def proof(milliseconds: float, passed: bool = True) -> Proof:
    return Proof("fp32", 0.0, 0, 1, milliseconds, passed)


def test_a_bundle_knows_how_every_engine_did(bundle: Bundle) -> None:
    proofs = bundle.provenance.engines
    assert {"onnxruntime", "onnxruntime-int8"} <= set(proofs)
    assert proofs["onnxruntime"].passed
    assert proofs["onnxruntime"].max_difference <= 1e-5
    assert proofs["onnxruntime-int8"].max_difference <= 1e-2
    assert all(own.n == 8 and own.milliseconds > 0 for own in proofs.values())


def test_auto_is_the_fastest_that_passed(bundle: Bundle) -> None:
    own = retold(bundle, {"onnxruntime": proof(2.0), "onnxruntime-int8": proof(1.0)})
    assert carried(own) == ("onnxruntime-int8", "onnxruntime")
    assert open_engine(own).name == "onnxruntime-int8"
    own = retold(bundle, {"onnxruntime": proof(2.0), "onnxruntime-int8": proof(1.0, passed=False)})
    assert open_engine(own).name == "onnxruntime"


def test_auto_passes_over_what_is_not_installed(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "is_installed", lambda name: name == "onnxruntime")
    assert open_engine(bundle).name == "onnxruntime"


def test_an_engine_asked_for_by_name_is_that_one(bundle: Bundle) -> None:
    for name in carried(bundle):
        assert open_engine(bundle, name).name == name
    with pytest.raises(EngineError, match="no engine 'quick'"):
        open_engine(bundle, "quick")


def test_an_export_that_is_not_the_weights_is_found_out(bundle: Bundle, tmp_path: Path) -> None:
    other = untrained()
    other.classifier.output.bias.data[1] += 0.5
    for path in bundle.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    export(other, TINY.size, tmp_path / ONNX)
    swapped = replace(bundle, folder=tmp_path)
    with pytest.raises(BundleError, match=r"onnxruntime differs by .* in P\(malignant\) from the bundle's weights"):
        open_engine(swapped, "onnxruntime")
    assert open_engine(swapped).precision == "int8"  # which is whole, and proves itself


def test_a_processor_that_computes_int8_otherwise_is_found_out(bundle: Bundle, tmp_path: Path) -> None:
    for path in bundle.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    tensors = load_file(tmp_path / PROBE)
    save_file(tensors | {"int8": tensors["int8"] + np.float32(0.05)}, tmp_path / PROBE)
    there = replace(bundle, folder=tmp_path)
    with pytest.raises(BundleError, match=r"onnxruntime-int8 differs by 0\.05"):
        open_engine(there, "onnxruntime-int8")
    assert open_engine(there).precision == "fp32"
    assert "onnxruntime-int8" in passed_over(there)


def test_int8_that_did_not_pass_is_not_there(bundle: Bundle, tmp_path: Path) -> None:
    for path in bundle.folder.iterdir():
        if path.name != INT8:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(EngineError, match="the bundle carries no int8 export"):
        open_engine(replace(bundle, folder=tmp_path), "onnxruntime-int8")


def test_no_engine_at_all_is_said(bundle: Bundle) -> None:
    with pytest.raises(EngineError, match="carries no engine that is installed"):
        open_engine(retold(bundle, {}))


def test_a_damaged_probe_is_named(bundle: Bundle, tmp_path: Path) -> None:
    for path in bundle.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / PROBE).write_bytes(b"cut")
    with pytest.raises(BundleError, match=r"probe\.safetensors: can't be read"):
        open_engine(replace(bundle, folder=tmp_path))


def test_int8_on_both_engines_is_one_arithmetic(bundle: Bundle) -> None:
    if not is_installed("openvino-int8"):
        pytest.skip("openvino isn't installed")
    first, second = (open_engine(bundle, name).read(ROIS).fused for name in ("onnxruntime-int8", "openvino-int8"))
    np.testing.assert_allclose(first, second, atol=5e-3)


def test_the_probe_holds_no_patient(bundle: Bundle) -> None:
    about = json.loads((bundle.folder / "bundle.json").read_text(encoding="utf-8"))
    assert PROBE in about["files"]
    assert load_file(bundle.folder / PROBE)["rois"].shape == (4, TINY.size, TINY.size)
