"""Frame to prediction, without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.data.pixels import read_frame
from isthmus.data.prepare import prepare, prepare_all
from isthmus.errors import BundleError, DataError
from isthmus.infer.predictor import Predictor
from isthmus.learn.votes import probabilities
from isthmus.nodule import Box, Frame, ImageRef, Nodule
from isthmus.runtime.start import start
from make.bundle import THRESHOLD, TINY, make, untrained
from make.gated import gate, roi

PIXELS = np.random.default_rng(0).integers(0, 256, (80, 100, 3), dtype=np.uint8)
BOX = Box(10, 20, 60, 70)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("bundle") / "b")


@pytest.fixture(scope="module")
def predictor(bundle: Path) -> Predictor:
    return Predictor.load(bundle, "onnxruntime")


def test_a_prediction_is_torchs(predictor: Predictor) -> None:
    frame = Frame(PIXELS, origin="scan.png")
    said = probabilities(untrained(), prepare(frame, BOX, TINY.preparation)[None].copy())
    found = predictor.predict(frame, BOX)
    assert found.probability == pytest.approx(said.fused[0], abs=1e-5)
    assert found.whole == pytest.approx(said.whole[0], abs=1e-5)
    assert found.votes == pytest.approx(tuple(said.crops[0]), abs=1e-5)
    assert found.crops == pytest.approx(said.crops[0].mean(), abs=1e-5)
    assert found.probability == pytest.approx(0.5 * found.whole + 0.5 * found.crops, abs=1e-5)  # Eq. (1)
    assert (found.nodule, found.image, found.box, found.threshold) == ("scan.png", "scan.png", BOX, THRESHOLD)


def test_a_square_window_is_read_as_training_saw_it(tmp_path: Path) -> None:
    recipe = TINY.changed(resize="square", margin=0.75)
    predictor = Predictor.load(make(tmp_path / "b", recipe), "onnxruntime")
    Image.fromarray(PIXELS).save(tmp_path / "scan.png")
    for box in (BOX, Box(0, 0, 9, 80), Box(70, 60, 100, 64)):
        nodule = Nodule("n", "scan.png", "p", ImageRef(tmp_path / "scan.png"), box)
        trained_on = prepare_all([nodule], recipe.preparation)
        expected = predictor.engine.read(trained_on)
        assert predictor.predict(read_frame(tmp_path / "scan.png"), box).probability == expected.fused[0]


@pytest.mark.slow
def test_without_a_cropping_branch_there_are_no_votes(tmp_path: Path) -> None:
    found = Predictor.load(make(tmp_path / "b", TINY.changed(crops="none"))).predict(Frame(PIXELS), BOX)
    assert (found.crops, found.votes) == (None, ())
    assert found.probability == found.whole


def test_grey_and_rgb_are_read_alike_and_without_a_box_the_whole_frame(predictor: Predictor) -> None:
    grey = np.ascontiguousarray(PIXELS[..., 0])
    assert predictor.predict(Frame(grey), BOX) == predictor.predict(Frame(np.stack([grey] * 3, -1)), BOX)
    whole = predictor.predict(Frame(PIXELS))
    assert whole.box == Box(0, 0, 100, 80)
    assert whole == predictor.predict(Frame(PIXELS), Box(0, 0, 100, 80))


def test_a_bundle_without_a_gate_says_nothing_of_the_input(predictor: Predictor) -> None:
    assert predictor.gate is None
    assert predictor.predict(Frame(PIXELS), BOX).gate is None


def test_the_bundles_gate_judges_the_input_and_moves_no_number(predictor: Predictor, tmp_path: Path) -> None:
    gated = Predictor.load(make(tmp_path / "b", gate=gate()), "onnxruntime")
    answer = gated.predict(Frame(PIXELS), BOX)
    assert answer.gate is not None
    assert not answer.gate.accepted
    assert answer.verdict is None
    assert answer.probability == predictor.predict(Frame(PIXELS), BOX).probability
    nodule = next(made for made in map(roi, range(200, 260)) if gate().judge(made, BOX).accepted)
    whole = Box(0, 0, 96, 96)
    assert gated.gate
    assert gated.predict(Frame(nodule), whole).gate == gated.gate.judge(
        prepare(Frame(nodule), whole, TINY.preparation), whole
    )


def test_a_gate_that_was_changed_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "b", gate=gate())
    (folder / "gate.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BundleError, match=r"gate\.json: is damaged"):
        Predictor.load(folder)


def test_a_box_outside_the_image_is_refused(predictor: Predictor) -> None:
    with pytest.raises(DataError, match=r"scan\.png: box 90,0,110,10 leaves the image, which is 100 x 80"):
        predictor.predict(Frame(PIXELS, origin="scan.png"), Box(90, 0, 110, 10))


def test_an_export_that_is_none_is_refused(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(BundleError, match=r"model\.onnx: onnxruntime can't load it"):
        start("onnxruntime", tmp_path / "model.onnx")


WITHOUT_TORCH = """
import json, sys
from pathlib import Path
from isthmus.data.pixels import read_frame
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Box
found = Predictor.load(Path(sys.argv[1]), "onnxruntime").predict(read_frame(Path(sys.argv[2])), Box(10, 20, 60, 70))
heavy = [name for name in ("torch", "torchvision", "timm", "lightning_fabric", "onnx") if name in sys.modules]
print(json.dumps({"p": found.probability, "heavy": heavy}))
"""


def test_reading_needs_no_torch(bundle: Path, predictor: Predictor, tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "scan.png")
    command = [sys.executable, "-W", "error", "-c", WITHOUT_TORCH, str(bundle), str(tmp_path / "scan.png")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["heavy"] == []
    assert said["p"] == pytest.approx(predictor.predict(Frame(PIXELS), BOX).probability, abs=1e-6)
