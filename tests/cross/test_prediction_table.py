"""Anybody's predictions: read, or refused with the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.cross.prediction_table import PredictionTable
from isthmus.errors import DataError
from isthmus.nodule import Label


def _csv(folder: Path, text: str | bytes) -> Path:
    path = folder / "predictions.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path) -> tuple[tuple[Label, ...], tuple[float, ...]]:
    table = PredictionTable.read(path)
    labels, _ = table.labels("label", "malignant")
    return labels, table.probabilities("p_malignant")


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
    table = PredictionTable.read(_csv(tmp_path, text))
    assert table.labels("label", "malignant")[0] == (Label.BENIGN, Label.MALIGNANT)
    assert table.probabilities("p_malignant") == (0.25, 0.75)
    assert table.groups("who") == ("a", "b")


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
    labels, _ = PredictionTable.read(path).labels("label", positive)
    assert list(labels) == expected


def test_a_patient_is_one_however_the_accents_are_written(tmp_path: Path) -> None:
    path = _csv(tmp_path, "label,p_malignant,patient\nbenign,0.1,m\u00fcller\nmalignant,0.9,mu\u0308ller\n")
    assert len(set(PredictionTable.read(path).groups("patient"))) == 1


def test_the_words_of_the_file_are_told(tmp_path: Path) -> None:
    path = _csv(tmp_path, "truth,risk\nGoitre,0.1\nCancer,0.9\n")
    _, words = PredictionTable.read(path).labels("truth", "cancer")
    assert words == {Label.BENIGN: "Goitre", Label.MALIGNANT: "Cancer"}


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
        read(path)
    assert str(caught.value).startswith(str(path))
    assert says in str(caught.value)


def test_probabilities_of_benign_are_not_taken_for_malignant(tmp_path: Path) -> None:
    path = _csv(tmp_path, "label,p_malignant\nbenign,0.9\nmalignant,0.2\n")
    with pytest.raises(DataError, match=r"'benign' can't mean malignant.*1 - P\(benign\)"):
        PredictionTable.read(path).labels("label", "benign")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(DataError, match="can't read"):
            read(path)


def test_a_group_left_open_is_refused(tmp_path: Path) -> None:
    path = _csv(tmp_path, "label,p_malignant,patient\nbenign,0.9,\n")
    with pytest.raises(DataError, match="line 2: column 'patient' is empty"):
        PredictionTable.read(path).groups("patient")


@settings(max_examples=50)
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = _csv(tmp_path_factory.mktemp("noise"), b"label,p_malignant\nbenign,0.5\n" + noise)
    try:
        labels, values = read(path)
    except DataError:
        return
    assert len(labels) == len(values) >= 1
    assert all(0 <= value <= 1 for value in values)
