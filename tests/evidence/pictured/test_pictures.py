"""Predictions find their nodules' pictures, and a model is never asked about those that it learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.bundle import open_bundle
from isthmus.cross.prediction_table import PredictionTable
from isthmus.data.dataset import DataSet
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.errors import DataError
from isthmus.evidence.nodules import Choice, Nodules, of_table
from isthmus.evidence.pictured.pictures import Pictures, learned_from
from isthmus.infer.predictor import Predictor
from make.bundle import make


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    return open_source("phantom", phantom)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(make(tmp_path_factory.mktemp("bundle") / "untrained"))


def judged(path: Path, data: DataSet, head: str = "nodule", extra: str = "") -> Nodules:
    """Predictions of .5 of all nodules of ``data``, last first, and one that it doesn't have."""
    lines = [f"{one.id},{one.label},0.5" for one in reversed(data.labelled)]
    path.write_text("\n".join([f"{head},label,p_malignant", "elsewhere,benign,0.5", *lines]) + extra + "\n")
    return of_table(PredictionTable.read(path), Choice(group="none"))


def test_pictures_are_those_of_the_rows(tmp_path: Path, data: DataSet, untrained: Predictor) -> None:
    pictures = Pictures.of(judged(tmp_path / "p.csv", data), data, untrained)
    assert [one.id for one in pictures.nodules] == [one.id for one in reversed(data.labelled)]
    assert pictures.places.tolist() == list(range(1, len(data.labelled) + 1))
    assert pictures.labels.tolist() == [one.label for one in pictures.nodules]
    assert pictures.available == len(pictures) == len(data.labelled)


def test_a_sample_is_the_same_for_the_same_seed(tmp_path: Path, data: DataSet, untrained: Predictor) -> None:
    nodules = judged(tmp_path / "p.csv", data)
    first, again, other = (Pictures.of(nodules, data, untrained, sample=12, seed=seed) for seed in (0, 0, 1))
    assert len(first) == 12
    assert first.available == len(data.labelled)
    assert first.nodules == again.nodules != other.nodules


def test_rois_and_p_are_those_of_the_reader(tmp_path: Path, data: DataSet, untrained: Predictor) -> None:
    pictures = Pictures.of(judged(tmp_path / "p.csv", data), data, untrained, sample=20)
    rois = {position: pictures.roi(position, frame) for position, frame in pictures.frames("reading")}
    ordered = [rois[position] for position in range(len(pictures))]
    np.testing.assert_array_equal(ordered, prepare_all(pictures.nodules, untrained.bundle.recipe.preparation))
    for position, frame in pictures.frames("reading"):
        alone = untrained.predict(frame, pictures.nodules[position].box).probability
        assert pictures.read(ordered)[position] == pytest.approx(alone, abs=1e-5)


def test_no_common_nodule(tmp_path: Path, data: DataSet, untrained: Predictor) -> None:
    path = tmp_path / "p.csv"
    path.write_text("nodule,label,p_malignant\na,benign,.2\nb,malignant,.8\n")
    with pytest.raises(DataError, match="none of its 2 nodules, such as 'a', is in"):
        Pictures.of(of_table(PredictionTable.read(path)), data, untrained)


def test_no_names(tmp_path: Path, data: DataSet, untrained: Predictor) -> None:
    nodules = judged(tmp_path / "p.csv", data, head="number")
    with pytest.raises(DataError, match="no column of nodules"):
        Pictures.of(nodules, data, untrained)


def test_another_label(tmp_path: Path, data: DataSet, untrained: Predictor) -> None:
    path = tmp_path / "p.csv"
    judged(path, data)
    path.write_text(
        path.read_text().replace("malignant,", "benign,").replace("elsewhere,benign", "elsewhere,malignant")
    )
    with pytest.raises(DataError, match=r"line 3: nodule .* has another label there: malignant"):
        Pictures.of(of_table(PredictionTable.read(path)), data, untrained)


def test_a_model_that_learned_from_them(data: DataSet, untrained: Predictor, model: Path) -> None:
    assert learned_from(open_bundle(model), data)
    assert not learned_from(untrained.bundle, data)
