"""Which engine reads a bundle, and that it is proved before it is believed: on every kind of processor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors.numpy import load_file, save_file

from isthmus.bundle import INT8, ONNX, PROBE, Bundle, Proof, open_bundle
from isthmus.errors import BundleError, EngineError
from isthmus.export.onnx import export
from isthmus.infer.engines import ENGINES, carried, fastest_engine, open_engine
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Box, Frame
from isthmus.runtime.probe import Probe
from make.bundle import TINY, make, untrained
from make.processors import PROCESSORS, ROUNDED, Processor, brightness, proof, rois, starter, write_bundle

VNNI = next(one for one in PROCESSORS if one.name == "avx512-vnni")


@pytest.fixture(params=PROCESSORS, ids=lambda processor: processor.name)
def processor(request: pytest.FixtureRequest) -> Processor:
    found: Processor = request.param
    return found


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return write_bundle(tmp_path / "b")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle with a network, exported by this processor's own engines."""
    return open_bundle(make(tmp_path_factory.mktemp("engines") / "b"))


def retold(bundle: Bundle, proofs: Mapping[str, Proof]) -> Bundle:
    return replace(bundle, provenance=replace(bundle.provenance, engines=proofs))


def test_the_default_says_the_same_on_every_processor(bundle: Bundle, processor: Processor) -> None:
    predictor = Predictor(bundle, starter=starter(processor))
    assert (predictor.engine.name, predictor.passed_over) == ("onnxruntime", ())
    for grey in rois(9, size=40):
        said, right = predictor.predict(Frame(grey)), brightness(grey[None, ..., None])
        assert said.probability == pytest.approx(right.fused[0], abs=1e-5)
        assert said.votes == pytest.approx(tuple(right.crops[0]), abs=1e-5)
        assert str(said.verdict) == ("malignant" if right.fused[0] >= 0.5 else "benign")


QUICKEST = {
    "avx2": ("openvino", ["openvino-int8", "onnxruntime-int8", "openvino-bf16"]),
    "avx512-vnni": ("openvino-int8", []),
    "avx512-bf16": ("openvino-int8", []),
    "amx": ("openvino-int8", []),
    "arm64": ("onnxruntime-int8", ["openvino-int8"]),
}


def test_fastest_is_the_quickest_that_proves_itself_and_names_the_others(bundle: Bundle, processor: Processor) -> None:
    predictor = Predictor(bundle, "fastest", starter=starter(processor))
    assert (predictor.engine.name, [one.engine for one in predictor.passed_over]) == QUICKEST[processor.name]
    for one in predictor.passed_over:
        assert "differs by 0.05" in one.why or "isn't installed" in one.why or "doesn't compute in bf16" in one.why


def test_an_engine_asked_for_by_name_is_that_one_or_an_error(bundle: Bundle, processor: Processor) -> None:
    for name, own in ENGINES.items():
        able = processor.openvino or own.package != "openvino"
        able = (
            able
            and (processor.bf16 or own.precision != "bf16")
            and not (processor.saturates and own.precision == "int8")
        )
        if able:
            assert open_engine(bundle, name, starter=starter(processor)).name == name
        else:
            with pytest.raises((EngineError, BundleError)):
                open_engine(bundle, name, starter=starter(processor))


@pytest.mark.parametrize(("name", "what"), [("auto", "no engine 'auto'"), ("quick", "no engine 'quick'")])
def test_a_name_that_is_none_says_which_there_are(bundle: Bundle, name: str, what: str) -> None:
    with pytest.raises(EngineError, match=rf"{what}\. Use fastest, .* or leave it out"):
        Predictor.load(bundle.folder, name)


def test_a_single_vote_that_is_off_is_found_out_though_the_fused_value_is_right(bundle: Bundle) -> None:
    off = starter(VNNI, vote_shift=-0.05)
    with pytest.raises(BundleError, match=r"openvino-int8 differs by 0\.05 in a crop's vote"):
        open_engine(bundle, "openvino-int8", starter=off)
    engine, passed_over = fastest_engine(bundle, starter=off)
    assert engine.name == "openvino"
    assert [one.engine for one in passed_over] == ["openvino-int8", "onnxruntime-int8", "openvino-bf16"]


def test_a_verdict_that_is_turned_is_found_out_though_the_difference_is_small(tmp_path: Path) -> None:
    p = float(brightness(rois(4)[..., None]).fused[1])
    near = write_bundle(tmp_path / "near", threshold=p + 0.002)  # int8 says 0.004 more
    with pytest.raises(BundleError, match="openvino-int8 turns 1 of 4 verdicts"):
        open_engine(near, "openvino-int8", starter=starter(VNNI))
    assert fastest_engine(near, starter=starter(VNNI))[0].name == "openvino"


def test_a_probability_on_the_threshold_itself_is_no_turned_verdict(tmp_path: Path, processor: Processor) -> None:
    p = float(brightness(rois(4)[..., None]).fused[1])
    assert open_engine(write_bundle(tmp_path / "on", threshold=p), starter=starter(processor)).name == "onnxruntime"


def test_one_that_did_not_pass_is_refused_by_name_with_its_figures(bundle: Bundle) -> None:
    failed = proof(1.0, "bf16", passed=False, max_difference=0.0063, max_vote_difference=0.011, verdicts_changed=2)
    own = retold(bundle, {**bundle.provenance.engines, "openvino-bf16": failed})
    able = starter(replace(VNNI, bf16=True))
    with pytest.raises(
        EngineError, match=r"openvino-bf16 did not pass .* 0\.0063 .*0\.011.* 2 of 195 verdicts"
    ) as told:
        open_engine(own, "openvino-bf16", starter=able)
    assert "\n" not in str(told.value)
    assert "openvino-bf16" not in carried(own)


def test_one_that_the_bundle_was_never_proved_for_is_refused_by_name(bundle: Bundle) -> None:
    own = retold(bundle, {"onnxruntime": proof(1.0)})
    with pytest.raises(EngineError, match="never proved for openvino"):
        open_engine(own, "openvino", starter=starter(VNNI))
    assert fastest_engine(own, starter=starter(VNNI))[0].name == "onnxruntime"


def test_no_engine_at_all_is_said(bundle: Bundle) -> None:
    with pytest.raises(EngineError, match="carries no engine"):
        fastest_engine(retold(bundle, {}), starter=starter(VNNI))
    with pytest.raises(EngineError, match="never proved for onnxruntime"):
        open_engine(retold(bundle, {}), starter=starter(VNNI))


def test_int8_that_is_not_there_is_said(bundle: Bundle) -> None:
    without = replace(bundle, files=tuple(name for name in bundle.files if name != INT8))
    with pytest.raises(EngineError, match="the bundle carries no int8 export"):
        open_engine(without, "onnxruntime-int8", starter=starter(VNNI))


TENSORS = {
    "rois": st.sampled_from([rois(4), rois(3), rois(4, 8), rois(4)[0], rois(4)[:0], rois(4).astype(np.float32)]),
    "fp32.crops": arrays.arrays(np.float32, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)),
    "int8.whole": arrays.arrays(np.float16, arrays.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=5)),
}


@given(odd=st.fixed_dictionaries({}, optional=TENSORS), gone=st.sets(st.sampled_from([*TENSORS, "int8.fused"])))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_probe_of_odd_shape_is_one_line(
    bundle: Bundle, odd: Mapping[str, np.ndarray], gone: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("odd")
    right = load_file(bundle.folder / PROBE)
    tensors = {name: np.ascontiguousarray(own) for name, own in (right | odd).items() if name not in gone}
    save_file(tensors, folder / PROBE)
    same = tensors.keys() == right.keys() and all(
        own.dtype == right[name].dtype and np.array_equal(own, right[name]) for name, own in tensors.items()
    )
    if same:
        open_engine(replace(bundle, folder=folder), starter=starter(VNNI))
        return
    with pytest.raises(BundleError) as told:
        open_engine(replace(bundle, folder=folder), starter=starter(VNNI))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"", b"cut", b"\x08" + bytes(7) + b"nonsense", bytes(100)])
def test_a_damaged_probe_is_named(bundle: Bundle, content: bytes) -> None:
    (bundle.folder / PROBE).write_bytes(content)
    with pytest.raises(BundleError, match=r"probe\.safetensors: (can't be read|holds)"):
        open_engine(bundle, starter=starter(VNNI))


def test_a_bundle_knows_how_every_engine_did(real: Bundle) -> None:
    proofs = real.provenance.engines
    assert {"onnxruntime", "onnxruntime-int8"} <= set(proofs)
    assert proofs["onnxruntime"].passed
    for name, own in proofs.items():
        kind = ENGINES[name]
        assert own.passed == (
            own.max_difference <= kind.tolerance
            and own.max_vote_difference <= kind.vote_tolerance
            and not own.probe_verdicts_changed
        ), name
        assert (own.n, own.precision) == (8, kind.precision)
        assert own.milliseconds > 0
    assert (real.int8 is not None) == any(own.passed for own in proofs.values() if own.precision == "int8")


def test_every_engine_that_a_bundle_carries_proves_itself_where_it_was_exported(real: Bundle) -> None:
    for name in carried(real):
        assert open_engine(real, name).name == name
    engine, passed_over = fastest_engine(real)
    assert (engine.name, passed_over) == (carried(real)[0], ())


def test_an_export_that_is_not_the_weights_is_found_out(real: Bundle, tmp_path: Path) -> None:
    other = untrained()
    other.classifier.output.bias.data[1] += 0.5
    shutil.copytree(real.folder, tmp_path / "b")
    export(other, TINY.preparation.size, tmp_path / "b" / ONNX)
    with pytest.raises(BundleError, match=r"onnxruntime differs by .* in P\(malignant\) from the bundle's weights"):
        open_engine(replace(real, folder=tmp_path / "b"))


def test_int8_on_both_engines_is_one_arithmetic(real: Bundle) -> None:
    both = [name for name in carried(real) if ENGINES[name].precision == "int8"]
    if len(both) < 2:
        pytest.skip("this processor or installation has not two engines that are right in int8")
    images = np.random.default_rng(0).integers(
        0, 256, (2, TINY.preparation.size, TINY.preparation.size, 3), dtype=np.uint8
    )
    first, second = (open_engine(real, name).read(images).fused for name in both)
    np.testing.assert_allclose(first, second, atol=5e-3)


def test_the_probe_holds_no_patient_and_every_vote(real: Bundle) -> None:
    about = json.loads((real.folder / "bundle.json").read_text(encoding="utf-8"))
    assert PROBE in about["files"]
    own = Probe.load(real.folder / PROBE, TINY.preparation.size, crops=True, int8=real.int8 is not None)
    assert own.grey.shape == (4, TINY.preparation.size, TINY.preparation.size)
    assert own.expected["fp32"].crops is not None
    assert own.expected["fp32"].crops.shape == (4, 5)


def test_a_box_is_read_by_the_simulated_engine_as_by_hand(bundle: Bundle) -> None:
    grey = np.zeros((40, 40), np.uint8)
    grey[10:30, 10:30] = 255
    said = Predictor(bundle, "onnxruntime-int8", starter=starter(VNNI)).predict(Frame(grey), Box(12, 12, 28, 28))
    assert said.probability == pytest.approx(1.0)
    said = Predictor(bundle, "onnxruntime-int8", starter=starter(VNNI)).predict(Frame(grey), Box(0, 0, 8, 8))
    assert said.probability == pytest.approx(ROUNDED["int8"])
