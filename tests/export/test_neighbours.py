"""A training keeps the features of its nodules, and an export of the same weights carries them over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.data.pixels import read_picture
from isthmus.data.sources import open_source
from isthmus.errors import BundleError
from isthmus.export import write
from isthmus.export.neighbours import hidden_layers
from isthmus.infer.neighbours.known import Known
from isthmus.infer.neighbours.similar import Finder
from make.training import TINY

RECIPE = TINY.changed(epochs=1, patience=0, precision="fp32")


@pytest.mark.parametrize("mirror", ["none", "both"])
def test_a_training_and_its_export_find_the_same_cases(
    phantom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirror: str
) -> None:
    monkeypatch.setattr(write, "FEWEST", 10)
    data = open_source("phantom", phantom)
    bundle = write.train_bundle(data, RECIPE.changed(mirror=mirror), tmp_path / "model", device="cpu")
    assert bundle.neighbours
    known = Known.load(bundle.neighbours)
    assert known.labels.tolist() == [int(nodule.label or 0) for nodule in data.labelled]
    again = write.export_bundle(bundle, data, tmp_path / "again", feature_map=True, int8=False)
    nodule = data.labelled[3]
    frame = read_picture(nodule.picture)
    one, other = (Finder(each).find(frame, nodule.box) for each in (bundle, again))
    assert one.known
    assert [case.label for case in one.cases] == [case.label for case in other.cases]
    assert [case.distance for case in one.cases] == pytest.approx([case.distance for case in other.cases], abs=1e-4)


def test_too_few_nodules_keep_none_and_a_note_says_so(phantom: Path, tmp_path: Path) -> None:
    notes: list[str] = []
    bundle = write.train_bundle(
        open_source("phantom", phantom), RECIPE, tmp_path / "model", device="cpu", note=notes.append
    )
    assert bundle.neighbours is None
    assert any("no similar cases: they need 50 nodules" in one for one in notes)


def test_a_file_without_hidden_layers_is_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    info = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "g", [info], [info])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "a.onnx")
    with pytest.raises(BundleError, match="can't be found"):
        hidden_layers(tmp_path / "a.onnx")


def test_places_hold_the_distances(phantom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step of int8 is small beside how far nodules lie apart."""
    monkeypatch.setattr(write, "FEWEST", 10)
    bundle = write.train_bundle(open_source("phantom", phantom), RECIPE, tmp_path / "model", device="cpu")
    assert bundle.neighbours
    known = Known.load(bundle.neighbours)
    assert float(known.step[0]) < float(np.median(known.apart))
