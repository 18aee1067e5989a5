"""``isthmus score`` as a person and a script meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from isthmus.cli import main as command
from isthmus.cli.main import main
from isthmus.judge.scorecard import scorecard

ROWS = [
    ("benign", 0.1, "a"),
    ("benign", 0.6, "a"),
    ("malignant", 0.4, "b"),
    ("malignant", 0.9, "c"),
    ("benign", 0.3, "d"),
]


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    return _write(tmp_path, "label,p,patient", [",".join(map(str, row)) for row in ROWS])


def test_json_is_the_scorecard(predictions: Path) -> None:
    result = CliRunner().invoke(main, ["score", str(predictions), "--json", "--threshold", "0.35", "--seed", "3"])
    labels, p, groups = zip(*ROWS, strict=True)
    expected = scorecard([int(label == "malignant") for label in labels], p, groups, 0.35, 3).as_json()
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer == json.loads(json.dumps(expected)) | {
        "labels": None,
        "protocol": None,
        "disclaimer": "For research only; not a medical device.",
    }
    assert answer["groups"] == 4


def test_people_get_values_intervals_and_counts(predictions: Path) -> None:
    result = CliRunner().invoke(main, ["score", str(predictions)], env={"COLUMNS": "120"})
    assert result.exit_code == 0
    for expected in (
        "auc",
        "0.833",
        "Wilson 95 %",
        "5 nodules in 4 groups (by patient; benign is 'benign', malignant 'malignant'): 3 benign, 2 malignant.",
        "Called malignant at P(malignant) >= 0.5: 1 of the malignant, 1 of the benign.",
        "not a medical device",
    ):
        assert expected in result.stdout
    assert result.stderr == "isthmus: grouped by column 'patient'.\n"


@pytest.mark.parametrize(
    ("header", "options", "groups", "says"),
    [
        ("label,p,patient", [], 2, "grouped by column 'patient'"),
        ("label,p,group", [], 2, "grouped by column 'group'"),
        ("label,p,site", [], 3, "every nodule counts as its own"),
        ("label,p,site", ["--group", "site"], 2, "grouped by column 'site'"),
        ("label,p,patient", ["--group", "none"], 3, "every nodule counts as its own"),
    ],
)
def test_groups_are_found_and_named(tmp_path: Path, header: str, options: list[str], groups: int, says: str) -> None:
    path = _write(tmp_path, header, ["benign,0.1,x", "malignant,0.8,y", "benign,0.3,x"])
    result = CliRunner().invoke(main, ["score", str(path), "--json", *options])
    assert json.loads(result.stdout)["groups"] == groups
    assert says in result.stderr


def test_group_comes_before_patient(tmp_path: Path) -> None:
    path = _write(tmp_path, "label,p,patient,group", ["benign,0.1,a,x", "malignant,0.8,b,x", "benign,0.3,c,y"])
    assert json.loads(CliRunner().invoke(main, ["score", str(path), "--json"]).stdout)["groups"] == 2


def test_anybodys_columns(tmp_path: Path) -> None:
    path = _write(tmp_path, "truth;risk", ["1;0,9", "0;0,2"])
    options = ["--label", "truth", "--p", "risk", "--positive", "1", "--json"]
    answer = json.loads(CliRunner().invoke(main, ["score", str(path), *options]).stdout)
    assert answer["counts"] == {"benign": 1, "malignant": 1}
    assert answer["metrics"]["auc"]["value"] == 1


def test_rows_that_repeat_a_nodule_are_pointed_out(tmp_path: Path) -> None:
    path = _write(tmp_path, "nodule,label,p", ["a,benign,0.1", "b,malignant,0.8", "a,benign,0.3"])
    assert "1 of 3 rows repeat a nodule" in CliRunner().invoke(main, ["score", str(path)]).stderr


def test_one_class_only_is_trouble_found(tmp_path: Path) -> None:
    path = _write(tmp_path, "label,p", ["benign,0.1", "benign,0.7"])
    result = CliRunner().invoke(main, ["score", str(path), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["metrics"]["auc"] == {
        "value": None,
        "low": None,
        "high": None,
        "method": "undefined: no nodule is malignant",
    }
    assert "every nodule is benign" in result.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--p", "probability"], "no column 'probability'"),
        (["--positive", "1"], "'1' never occurs"),
        (["--threshold", "nan"], "threshold"),
        (["--threshold", "1.5"], "1.5"),
        (["--seed", "-1"], "-1"),
        (["--group", "site"], "no column 'site'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(
    predictions: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    says: str,
) -> None:
    monkeypatch.setattr("sys.argv", ["isthmus", "score", str(predictions), *options])
    with pytest.raises(SystemExit) as ended:
        command.run()
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert "Traceback" not in captured.err


def test_help_says_whose_probability_it_is() -> None:
    text = " ".join(CliRunner().invoke(main, ["score", "--help"]).stdout.split())
    assert "Column of P(malignant)" in text
    assert "The probability must be that of malignant" in text


def _write(folder: Path, header: str, lines: list[str]) -> Path:
    path = folder / "predictions.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path
