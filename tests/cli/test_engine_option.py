"""``isthmus predict --engine``, on engines that compute as those of another processor."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from isthmus.data.pixels import read_frame
from isthmus.errors import BundleError, EngineError
from isthmus.infer.archive.read import Local, read_archive
from isthmus.infer.archive.walk import items_of
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.runtime.kinds import ENGINES, Engine
from make.archive import write_images
from make.commands import isthmus
from make.processors import PROCESSORS, Processor, starter, write_bundle


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "model").folder


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    return write_images(tmp_path / "scans", 3)


class Failing:
    """Reads the probe as it should, and fails on a single RoI."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.name, self.precision = engine, engine.name, engine.precision

    def read(self, rois: Pixels) -> Probabilities:
        """Reads RoIs, but not one or three of them."""
        if len(rois) in (1, 3):
            raise RuntimeError("[Error] : 6 :\nallocation failed")
        return self.engine.read(rois)


def run_on(processor: Processor, monkeypatch: pytest.MonkeyPatch, failing: bool = False) -> None:
    """Puts engines of that processor in the place of this one's."""

    def runner(name: str, path: Path, threads: int) -> Engine:
        engine = starter(processor)(name, path, threads)
        return Failing(engine) if failing else engine

    monkeypatch.setattr("isthmus.runtime.start.is_installed", lambda name: True)
    for module in {own.module for own in ENGINES.values()}:
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(Runner=runner))


AVX2 = next(one for one in PROCESSORS if one.name == "avx2")


@pytest.mark.parametrize("archive", [False, True], ids=["files", "archive"])
def test_fastest_names_what_it_passed_over(
    model: Path, scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, archive: bool
) -> None:
    run_on(AVX2, monkeypatch)
    what = (scans, "--to", tmp_path / "out.csv") if archive else (scans / "a" / "00001.jpg",)
    result = isthmus("predict", *what, "--model", model, "--engine", "fastest", "--json")
    assert result.exit_code == 0, result.exception
    said = json.loads(result.stdout)
    assert said["engine"] == "openvino"
    assert [one["engine"] for one in said["passed_over"]] == ["openvino-int8", "onnxruntime-int8", "openvino-bf16"]
    assert "differs by 0.05 in P(malignant)" in said["passed_over"][0]["why"]
    lines = [line for line in result.stderr.splitlines() if "passed over" in line]
    assert [line.split(": ")[2] for line in lines] == ["openvino-int8", "onnxruntime-int8", "openvino-bf16"]


@pytest.mark.parametrize("processor", PROCESSORS, ids=lambda processor: processor.name)
def test_the_default_is_the_same_everywhere(
    model: Path, scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processor: Processor
) -> None:
    run_on(processor, monkeypatch)
    result = isthmus("predict", scans / "a" / "00001.jpg", "--model", model, "--json")
    said = json.loads(result.stdout)
    assert (said["engine"], said["passed_over"]) == ("onnxruntime", [])
    assert "passed over" not in result.stderr
    grey = read_frame(scans / "a" / "00001.jpg").pixels.mean() / 255
    assert said["predictions"][0]["p_malignant"] == pytest.approx(grey, abs=5e-3)  # resized first


@pytest.mark.parametrize(
    ("name", "error", "told"),
    [
        ("onnxruntime-int8", BundleError, "onnxruntime-int8 differs by 0.05"),
        ("openvino-bf16", EngineError, "doesn't compute in bf16"),
        ("auto", EngineError, "no engine 'auto'. Use fastest"),
    ],
)
def test_by_name_it_is_that_one_or_an_error(
    model: Path, scans: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: type[Exception], told: str
) -> None:
    run_on(AVX2, monkeypatch)
    found = isthmus("predict", scans / "a" / "00001.jpg", "--model", model, "--engine", name).exception
    assert isinstance(found, error)
    assert told in str(found)


@pytest.mark.parametrize("name", ENGINES)
def test_what_an_engine_raises_is_one_error_of_ours(
    model: Path, scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    run_on(next(one for one in PROCESSORS if one.name == "amx"), monkeypatch, failing=True)
    predictor = Predictor.load(model, name)
    told = rf"engine {name} failed \(\[Error\] : 6 : allocation failed\)\. Use another --engine"
    with pytest.raises(EngineError, match=told):
        predictor.predict(read_frame(scans / "a" / "00001.jpg"))
    with pytest.raises(EngineError, match=f"{told}.* Finished parts stay"):
        read_archive(items_of([str(scans)]), tmp_path / "out.csv", Local([predictor]))
