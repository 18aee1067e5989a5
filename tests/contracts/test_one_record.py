"""One nodule's reading is the same record in Python, JSON and CSV, from a file, an archive and a cross-validation."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from isthmus.cross import stored
from isthmus.cross.predictions import FoldPrediction
from isthmus.data.pixels import read_frame
from isthmus.data.sources import open_source
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Nodule
from isthmus.prediction import Prediction
from make.archive import write_manifest
from make.bundle import make as make_bundle
from make.commands import SMALL, isthmus

ABOUT_THE_NODULE = {"patient", "label", "group", "fold"}
OF_THE_FRAME = {"polygon", "roi", "spacing_mm", "spacing_reason", "size_mm", "size_reason", "doppler", "notes"}
NUMBERS = ("p_malignant", "p_whole", "p_crops")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture(scope="module")
def nodule(phantom: Path) -> Nodule:
    return open_source("phantom", phantom).labelled[3]


@pytest.fixture(scope="module")
def in_python(bundle: Path, nodule: Nodule) -> Prediction:
    return Predictor.load(bundle).predict(read_frame(nodule.picture.path), nodule.box)


@pytest.fixture(scope="module")
def in_json(bundle: Path, nodule: Nodule) -> Mapping[str, Any]:
    result = isthmus("predict", nodule.picture.path, "--model", bundle, "--box", nodule.box, "--json")
    (record,) = json.loads(result.stdout)["predictions"]
    return dict(record)


@pytest.fixture(scope="module")
def in_an_archive(bundle: Path, nodule: Nodule, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    folder = tmp_path_factory.mktemp("archive")
    line = f"{nodule.picture.path},{nodule.box},{nodule.id},{nodule.patient},{nodule.label}"
    manifest, to = write_manifest(folder / "list.csv", [line]), folder / "out.csv"
    assert isthmus("predict", manifest, "--model", bundle, "--to", to).exit_code == 0
    (row,) = rows_of(to)
    return row


@pytest.fixture(scope="module")
def crossed(phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("runs") / "crossed"
    result = isthmus("cross", phantom, "--as", "phantom", "--to", to, "--folds", 2, *SMALL)
    assert result.exit_code == 0, result.exception
    return to


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_predict_json_is_pythons_record(in_python: Prediction, in_json: Mapping[str, Any]) -> None:
    record = {name: value for name, value in in_json.items() if name not in OF_THE_FRAME}
    assert record == in_python.as_json()
    assert Prediction.from_json(record) == in_python
    assert in_json.keys() >= OF_THE_FRAME


def test_an_archives_row_is_pythons_record(
    nodule: Nodule, in_python: Prediction, in_an_archive: Mapping[str, str]
) -> None:
    cells = in_python.as_cells()
    row = {name: cell for name, cell in in_an_archive.items() if name not in ABOUT_THE_NODULE}
    assert row.pop("error") == ""
    assert row.pop("tirads") == ""
    assert row.pop("nodule") == nodule.id
    assert set(row) <= set(cells)
    for name in NUMBERS:
        assert float(row.pop(name)) == pytest.approx(float(cells[name]), abs=1e-6)
    assert row == {name: cells[name] for name in row}
    assert {"x0", "y0", "x1", "y1", "verdict", "pages"} <= set(row)


def test_a_folds_rows_are_pythons_records(crossed: Path) -> None:
    run = stored.load(crossed)
    folds = [json.loads((crossed / "folds" / f"{fold.number:02}" / "fold.json").read_text()) for fold in run.folds]
    assert [row for fold in folds for row in fold["rows"]] == [row.as_json() for fold in run.folds for row in fold.rows]
    by_nodule = {row.nodule: row for row in run.rows}
    for row in rows_of(crossed / "predictions.csv"):
        cells = by_nodule[row["nodule"]].as_cells()
        assert row == {name: cells[name] for name in row}
        assert {*NUMBERS, *ABOUT_THE_NODULE} <= set(row)


def test_a_row_of_a_fold_knows_box_threshold_and_votes(phantom: Path, crossed: Path) -> None:
    nodules = {nodule.id: nodule for nodule in open_source("phantom", phantom).labelled}
    run = stored.load(crossed)
    for fold in run.folds:
        for row in fold.rows:
            assert (row.box, row.label, row.threshold) == (
                nodules[row.nodule].box,
                nodules[row.nodule].label,
                fold.threshold,
            )
            assert row.crops == pytest.approx(sum(row.votes) / len(row.votes))
            assert FoldPrediction.from_json(json.loads(json.dumps(row.as_json()))) == row


def test_one_name_for_each_number(in_json: Mapping[str, Any], in_an_archive: Mapping[str, str], crossed: Path) -> None:
    fold = json.loads((crossed / "folds" / "00" / "fold.json").read_text())["rows"][0]
    for record in (in_json, in_an_archive, fold, rows_of(crossed / "predictions.csv")[0]):
        assert {*NUMBERS, "nodule", "image"} <= set(record)
        assert not {"p", "probability", "whole", "crops"} & set(record)
