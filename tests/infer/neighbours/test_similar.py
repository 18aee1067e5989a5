"""Similar cases: the nearest training nodules with their labels, what is in the training data, and what is far."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.bundle import Bundle
from isthmus.data.pixels import read_frame
from isthmus.data.prepare import prepare_all
from isthmus.errors import BundleError, UsageError
from isthmus.export.neighbours import neighbours_of
from isthmus.infer.neighbours.known import Known
from isthmus.infer.neighbours.similar import COUNTED, Finder
from isthmus.models.shipped import open_model
from isthmus.nodule import Box, Frame, ImageRef, Label, Nodule
from make.gated import roi

BOX = Box(20, 20, 80, 80)


@pytest.fixture(scope="module")
def nodules(tmp_path_factory: pytest.TempPathFactory) -> list[Nodule]:
    folder = tmp_path_factory.mktemp("pictures")
    made = []
    for number in range(60):
        path = folder / f"{number}.png"
        Image.fromarray(roi(number, 100)).save(path)
        made.append(Nodule(*[str(number)] * 3, ImageRef(path), BOX, label=Label(int(number % 3 == 0))))
    return made


@pytest.fixture(scope="module")
def known(nodules: list[Nodule]) -> Known:
    bundle = open_model("tn5000-hfcn")
    rois = prepare_all(nodules, bundle.recipe.preparation)
    return neighbours_of(bundle.onnx, bundle.recipe, nodules, rois)


@pytest.fixture(scope="module")
def finder(known: Known, tmp_path_factory: pytest.TempPathFactory) -> Finder:
    known.save(tmp_path_factory.mktemp("bundle") / "neighbours.safetensors")
    made = Finder(open_model("tn5000-hfcn"))
    made.known, made._floor = known, 0.25 * float(np.quantile(known.apart, 0.01))
    return made


def test_the_nearest_are_those_of_the_network_s_features(finder: Finder, nodules: list[Nodule], known: Known) -> None:
    frame = read_frame(nodules[7].picture.path)
    found = finder.find(frame, BOX, 5, nodules[7].picture.path.read_bytes())
    apart = np.linalg.norm(known.where - known.where[7], axis=1)
    nearest = [at for at in np.argsort(apart) if at != 7][:5]
    assert [case.label for case in found.cases] == [nodules[at].label for at in nearest]
    assert [case.distance for case in found.cases] == pytest.approx(apart[nearest], abs=3 * float(known.step[0]))


def test_a_picture_of_the_training_is_said_to_be_one(finder: Finder, nodules: list[Nodule]) -> None:
    path = nodules[7].picture.path
    frame = read_frame(path)
    by_pixels, by_file = finder.find(frame, BOX), finder.find(frame, Box(10, 30, 60, 90), 5, path.read_bytes())
    assert by_pixels.known
    assert by_file.known
    assert "in the training data" in by_pixels.sentences[0]
    assert not finder.find(Frame(roi(99, 100), "new"), BOX).known


def test_malignant_ones_are_counted_with_their_interval(finder: Finder) -> None:
    found = finder.find(Frame(roi(99, 100), "new"), BOX, COUNTED)
    malignant = sum(case.label is Label.MALIGNANT for case in found.cases)
    assert (found.counted.n, found.counted.value) == (COUNTED, malignant / COUNTED)
    assert found.counted.low < found.counted.value < found.counted.high
    assert (found.benign, found.malignant) == (40, 20)
    assert "not evidence" in found.sentences[-1]


def test_what_is_unlike_all_is_said_to_be(finder: Finder) -> None:
    white = Frame(np.full((100, 100), 255, np.uint8), "white")
    found = finder.find(white, BOX)
    assert not found.near
    assert found.as_json()["near"] is False
    assert any("No training nodule is near" in one for one in found.sentences)


def test_what_is_saved_reads_back(known: Known, tmp_path: Path) -> None:
    known.save(tmp_path / "a")
    again = Known.load(tmp_path / "a")
    np.testing.assert_array_equal(again.where, known.where)
    assert (again.tensors, again.widths, again.copies) == (known.tensors, known.widths, known.copies)


@pytest.mark.parametrize("content", [b"", b"nonsense" * 9, b"\x02\0\0\0\0\0\0\0{}"])
def test_damage_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(BundleError, match="holds no similar cases"):
        Known.load(tmp_path / "a")


def test_parts_that_do_not_fit_are_refused(known: Known, tmp_path: Path) -> None:
    replace(known, labels=known.labels[1:]).save(tmp_path / "a")
    with pytest.raises(BundleError, match="fit together"):
        Known.load(tmp_path / "a")


def test_a_bundle_without_features_is_refused() -> None:
    shipped = open_model("tn5000-hfcn")
    names = tuple(name for name in shipped.files if name != "neighbours.safetensors")
    bare = Bundle(shipped.folder, shipped.recipe, shipped.decision, shipped.provenance, names)
    with pytest.raises(UsageError, match="keeps no features"):
        Finder(bare)
