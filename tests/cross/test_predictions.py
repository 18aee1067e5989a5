"""The predictions of a cross-validation: what is written reads back equal."""

from __future__ import annotations

import dataclasses
import json
import math
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.cross.prediction_table import PredictionTable
from isthmus.cross.predictions import FoldPrediction, write_predictions
from isthmus.errors import DataError, StorageError
from isthmus.nodule import Box, Label

ROW = FoldPrediction(
    "100_1.0",
    "100_1",
    0.1 + 0.2,
    1 / 3,
    None,
    0.5,
    Box(1, 2, 30, 40),
    patient="100",
    group="g7",
    fold=0,
    label=Label.MALIGNANT,
)
PROBABILITY = st.floats(0, 1)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)


def test_columns_are_the_contracts(tmp_path: Path) -> None:
    path = tmp_path / "new" / "predictions.csv"
    write_predictions(path, [ROW, dataclasses.replace(ROW, label=Label.BENIGN, crops=0.25)])
    header, first, second = path.read_text(encoding="utf-8").splitlines()
    assert header == "nodule,image,patient,group,fold,label,p_malignant,p_whole,p_crops"
    assert first == "100_1.0,100_1,100,g7,0,malignant,0.30000000000000004,0.3333333333333333,"
    assert second.endswith(",benign,0.30000000000000004,0.3333333333333333,0.25")


@settings(max_examples=30)
@given(
    rows=st.lists(
        st.builds(
            FoldPrediction,
            *[TEXT] * 2,
            *[PROBABILITY] * 4,
            patient=TEXT,
            group=TEXT,
            fold=st.integers(0, 9),
            label=st.sampled_from(Label),
        )
    )
)
def test_what_is_written_reads_back_equal(tmp_path_factory: pytest.TempPathFactory, rows: list[FoldPrediction]) -> None:
    path = tmp_path_factory.mktemp("round") / "predictions.csv"
    rows = [ROW, dataclasses.replace(ROW, label=Label.BENIGN), *rows]
    write_predictions(path, rows)
    table = PredictionTable.read(path)
    assert table.labels("label", "malignant")[0] == tuple(row.label for row in rows)
    assert table.probabilities("p_malignant") == tuple(row.probability for row in rows)
    assert table.groups("group") == tuple(unicodedata.normalize("NFC", row.group) for row in rows)
    texts = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [row["nodule"] for row in texts] == [row.nodule for row in rows]
    assert [row["p_crops"] for row in texts[2:]] == [repr(row.crops) for row in rows[2:]]


def test_a_row_takes_numpys_floats_and_refuses_what_is_no_probability(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    write_predictions(path, [dataclasses.replace(ROW, probability=np.float32(0.1))])
    assert PredictionTable.read(path).probabilities("p_malignant") == (float(np.float32(0.1)),)
    for bad in (math.nan, -0.1, 1.1):
        with pytest.raises(DataError, match=r"nodule 100_1.0: p_whole = .* is not a probability"):
            dataclasses.replace(ROW, whole=bad)


def test_a_target_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="can't write"):
        write_predictions(tmp_path / "file" / "predictions.csv", [ROW])


def test_a_fold_prediction_reads_back_equal_from_json() -> None:
    assert FoldPrediction.from_json(json.loads(json.dumps(ROW.as_json()))) == ROW


def test_a_row_of_before_is_read() -> None:
    """As it stood in fold.json while the number was called p."""
    row = {"nodule": "100_1.0", "image": "100_1", "patient": "100", "group": "g7", "fold": 0, "label": 1}
    row |= {"p": 0.1 + 0.2, "p_whole": 1 / 3, "p_crops": None}
    assert FoldPrediction.from_json(row | {"threshold": 0.5}) == dataclasses.replace(ROW, box=None)
