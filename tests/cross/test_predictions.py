"""Predictions: what we write reads back equal; what others write is read, or refused with the place and the remedy."""

from __future__ import annotations

import dataclasses
import json
import math
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.cross.predictions import FoldPrediction, Predictions, predictions, read_table, write_predictions
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


def _csv(folder: Path, text: str | bytes) -> Path:
    path = folder / "predictions.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read_predictions(path: Path, **columns: Any) -> Predictions:
    return predictions(read_table(path), **columns)


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
    read = read_predictions(path, group="group")
    assert read.labels.tolist() == [row.label for row in rows]
    assert read.values.tolist() == [row.probability for row in rows]
    assert read.groups is not None
    assert read.groups.tolist() == [unicodedata.normalize("NFC", row.group) for row in rows]
    assert [row["nodule"] for row in read.rows] == [row.nodule for row in rows]
    assert [row["p_crops"] for row in read.rows[2:]] == [repr(row.crops) for row in rows[2:]]


def test_a_row_takes_numpys_floats_and_refuses_what_is_no_probability(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    write_predictions(path, [dataclasses.replace(ROW, probability=np.float32(0.1))])
    assert read_predictions(path).values.tolist() == [float(np.float32(0.1))]
    for bad in (math.nan, -0.1, 1.1):
        with pytest.raises(DataError, match=r"nodule 100_1.0: p_whole = .* is not a probability"):
            dataclasses.replace(ROW, whole=bad)


def test_a_target_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="can't write"):
        write_predictions(tmp_path / "file" / "predictions.csv", [ROW])


@pytest.mark.parametrize(
    "text",
    [
        "label,p_malignant,who\nbenign,0.25,a\nmalignant,0.75,b\n",
        "\ufefflabel,p_malignant,who\r\nbenign,0.25,a\r\nmalignant,0.75,b\r\n",
        "label;p_malignant;who\nbenign;0,25;a\nmalignant;0,75;b\n",
        "label;p_malignant;who\nbenign;0.25;a\nmalignant;0.75;b\n",
        "label\tp_malignant\twho\nbenign\t0,25\ta\nmalignant\t0.75\tb",
        '"label","p_malignant","who"\n"Benign"," 0.25","a"\n\n" MALIGNANT ","7.5e-1","b"\n\n',
        "p_malignant , who, label\n0.25, a, benign\n0.75, b, malignant\n",
    ],
    ids=["plain", "bom and crlf", "semicolon and decimal comma", "semicolon", "tab", "quoted", "spaces"],
)
def test_files_as_people_save_them(tmp_path: Path, text: str) -> None:
    read = read_predictions(_csv(tmp_path, text), group="who")
    assert read.labels.tolist() == [0, 1]
    assert read.values.tolist() == [0.25, 0.75]
    assert read.groups is not None
    assert read.groups.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("cells", "positive", "expected"),
    [
        (["0", "1"], "1", [0, 1]),
        (["1.0", "0.0"], "1", [1, 0]),
        (["0", "1"], "0", [1, 0]),
        (["True", "False"], "true", [1, 0]),
        (["cancer", "goitre"], "Cancer", [1, 0]),
        (["benign", "benign"], "malignant", [0, 0]),
        (["malignant", "malignant"], "malignant", [1, 1]),
        (["0", "0"], "1", [0, 0]),
        (["cancer", "cancer"], "cancer", [1, 1]),
    ],
)
def test_which_value_is_malignant(tmp_path: Path, cells: list[str], positive: str, expected: list[int]) -> None:
    path = _csv(tmp_path, "label,p_malignant\n" + "".join(f"{cell},0.5\n" for cell in cells))
    assert read_predictions(path, positive=positive).labels.tolist() == expected


def test_a_patient_is_one_however_the_accents_are_written(tmp_path: Path) -> None:
    path = _csv(tmp_path, "label,p_malignant,patient\nbenign,0.1,m\u00fcller\nmalignant,0.9,mu\u0308ller\n")
    groups = read_predictions(path, group="patient").groups
    assert groups is not None
    assert len(set(groups.tolist())) == 1


def test_the_files_own_words_are_kept(tmp_path: Path) -> None:
    path = _csv(tmp_path, "truth,risk\nGoitre,0.1\nCancer,0.9\n")
    read = read_predictions(path, label="truth", value="risk", positive="cancer")
    assert read.names == {Label.BENIGN: "Goitre", Label.MALIGNANT: "Cancer"}
    assert read.groups is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("label,p_malignant\n", "holds no prediction"),
        ("lable,p_malignant\nbenign,0.1\n", "no column 'label', only lable, p_malignant. Did you mean 'lable'?"),
        ("label,p_mal\nbenign,0.1\n", "no column 'p_malignant', only label, p_mal. Did you mean 'p_mal'?"),
        ("label,p_malignant,p_malignant\nbenign,0.1,0.2\n", "more than one column 'p_malignant'"),
        (
            "label,p_malignant\nbenign,0.1\nmalignant,much\n",
            "line 3: column 'p_malignant': 'much' is not a prob",
        ),
        ("label,p_malignant\nbenign,0.1\nmalignant,NaN\n", "line 3: column 'p_malignant': 'NaN' is not a probability"),
        ("label,p_malignant\nbenign,inf\n", "line 2: column 'p_malignant': 'inf' is not a probability"),
        ("label,p_malignant\nbenign,-0.01\n", "line 2: column 'p_malignant': '-0.01' is not a probability"),
        ("label,p_malignant\n\nbenign,73\n", "line 3: column 'p_malignant': '73' is not a probability"),
        ("label,p_malignant\nbenign,73\n", "Divide percentages by 100"),
        (
            "label,p_malignant\nbenign,73 %\n",
            "'73 %' is not a probability. Give P(malignant) as a number between 0 and 1. Div",
        ),
        (
            "label,p_malignant\nbenign,0.1\nmalignant,1.045\n",
            "line 3: column 'p_malignant': '1.045' is not a prob",
        ),
        ("label,p_malignant\nbenign,1.045\n", "If these are scores and no probabilities, pass --scores."),
        ('label,p_malignant\nbenign,"0,5"\n', "Write a decimal point."),
        ("label,p_malignant\nbenign,1_0\n", "'1_0' is not a probability"),
        ("label,p_malignant\nbenign,\n", "line 2: column 'p_malignant' is empty"),
        ("label,p_malignant\n,0.5\n", "line 2: column 'label' is empty"),
        ("label,p_malignant\nbenign,0.5,9\n", "line 2: has 3 cells where the header has 2"),
        ("label,p_malignant\nbenign\n", "line 2: has 1 cells where the header has 2"),
        ("label,p_malignant\nbenign,0,5\n", "line 2: has 3 cells where the header has 2"),
        ('label,p_malignant\n"benign,0.5\n', "is not CSV"),
        ("label,p_malignant\n0,0.5\n1,0.5\n", "'malignant' never occurs; it holds '0', '1'. Say which"),
        ("label,p_malignant\n0,0.5\n", "'malignant' never occurs; it holds '0'"),
        (
            "label,p_malignant\nbenign,.5\nmalignant,.5\nunsure,.5\n",
            "holds 3 values: 'benign', 'malignant', 'unsure';",
        ),
        (b"label,p_malignant\nb\xe9nin,0.5\n", "is not UTF-8 text"),
        ("label,p_malignant\nbenign,0.5\n".encode("utf-16"), "is not UTF-8 text"),
        (bytes(range(256)), "is not UTF-8 text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path: Path, text: str | bytes, says: str) -> None:
    path = _csv(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_predictions(path)
    assert str(caught.value).startswith(str(path))
    assert says in str(caught.value)


def test_probabilities_of_benign_are_not_taken_for_malignant(tmp_path: Path) -> None:
    path = _csv(tmp_path, "label,p_malignant\nbenign,0.9\nmalignant,0.2\n")
    with pytest.raises(DataError, match=r"'benign' can't mean malignant.*1 - P\(benign\)"):
        read_predictions(path, positive="benign")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(DataError, match="can't read"):
            read_predictions(path)


def test_a_group_left_open_is_refused(tmp_path: Path) -> None:
    path = _csv(tmp_path, "label,p_malignant,patient\nbenign,0.9,\n")
    with pytest.raises(DataError, match="line 2: column 'patient' is empty"):
        read_predictions(path, group="patient")


@settings(max_examples=50)
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = _csv(tmp_path_factory.mktemp("noise"), b"label,p_malignant\nbenign,0.5\n" + noise)
    try:
        read = read_predictions(path)
    except DataError:
        return
    assert read.labels.size == len(read.rows) >= 1
    assert ((read.values >= 0) & (read.values <= 1)).all()


def test_a_fold_prediction_reads_back_equal_from_json() -> None:
    assert FoldPrediction.from_json(json.loads(json.dumps(ROW.as_json()))) == ROW


def test_a_row_of_before_is_read() -> None:
    """As it stood in fold.json while the number was called p."""
    row = {"nodule": "100_1.0", "image": "100_1", "patient": "100", "group": "g7", "fold": 0, "label": 1}
    row |= {"p": 0.1 + 0.2, "p_whole": 1 / 3, "p_crops": None}
    assert FoldPrediction.from_json(row | {"threshold": 0.5}) == dataclasses.replace(ROW, box=None)
