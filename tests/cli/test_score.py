"""``isthmus score`` as a person and a script meet it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.metrics import roc_auc_score

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
    return _write(tmp_path, "label,p_malignant,patient", [",".join(map(str, row)) for row in ROWS])


def test_json_is_the_scorecard(predictions: Path) -> None:
    result = CliRunner().invoke(main, ["score", str(predictions), "--json", "--threshold", "0.35", "--seed", "3"])
    labels, p, groups = zip(*ROWS, strict=True)
    expected = scorecard([int(label == "malignant") for label in labels], p, groups, 0.35, 3).as_json()
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer == json.loads(json.dumps(expected)) | {
        "labels": None,
        "protocol": None,
        "calipers": None,
        "trend": None,
        "disclaimer": "For research only; not a medical device.",
    }
    assert answer["groups"] == 4


def test_a_column_of_painted_calipers_is_scored_too(tmp_path: Path) -> None:
    painted = [".5", "", "0.3", "", "0.2"]
    lines = [",".join(map(str, (*row, cell))) for row, cell in zip(ROWS, painted, strict=True)]
    path = _write(tmp_path, "label,p_malignant,patient,p_painted", lines)
    answer = json.loads(CliRunner().invoke(main, ["score", str(path), "--json"]).stdout)["calipers"]
    assert (answer["with"]["n"], answer["without"]["n"]) == (3, 2)
    assert (answer["with"]["auc"]["value"], answer["with"]["auc_painted"]["value"]) == (1, 0.5)
    assert answer["all"]["auc"]["value"] == pytest.approx(5 / 6)
    shown = CliRunner().invoke(main, ["score", str(path)], env={"COLUMNS": "120"}).stdout
    assert "painted over" in shown
    bad = _write(tmp_path, "label,p_malignant,p_painted", ["benign,0.1,", "malignant,0.4,1.5"])
    refused = CliRunner().invoke(main, ["score", str(bad)])
    assert refused.exit_code != 0
    assert "line 3: column 'p_painted': '1.5' is not a probability" in str(refused.exception or refused.output)


GRADED = [
    "benign,0.1,a,2",
    "benign,0.2,a,10",
    ",0.9,b,2",
    "malignant,0.7,c,4b",
    "malignant,0.6,d,10",
    "benign,0.3,e,4a",
]


def test_means_by_grade_and_their_trend_of_the_rows_that_have_a_label(tmp_path: Path) -> None:
    path = _write(tmp_path, "label,p_malignant,patient,tirads", GRADED)
    refused = CliRunner().invoke(main, ["score", str(path), "--by", "tirads"])
    assert "line 4: column 'label' is empty" in str(refused.exception)
    assert "--skip-unlabelled" in str(refused.exception)
    command = ["score", str(path), "--by", "tirads", "--skip-unlabelled"]
    result = CliRunner().invoke(main, [*command, "--json"])
    assert "1 of 6 rows have no label and are left out" in result.stderr
    answer = json.loads(result.stdout)
    assert answer["n"] == 5
    assert list(answer["trend"]["means"]) == ["2", "4a", "4b", "10"]
    assert (answer["trend"]["means"]["10"]["value"], answer["trend"]["means"]["10"]["n"]) == (pytest.approx(0.4), 2)
    assert answer["trend"]["concordance"]["value"] == pytest.approx(6 / 9)
    shown = CliRunner().invoke(main, command, env={"COLUMNS": "120"}).stdout
    assert "the higher one has the higher P(malignant) in a share of 0.667" in shown
    for wrong, told in (("nodule", "no column 'nodule'"), ("tirads", "not --scores")):
        extra = ["--scores"] if wrong == "tirads" else []
        failed = CliRunner().invoke(main, ["score", str(path), "--by", wrong, "--skip-unlabelled", *extra])
        assert told in str(failed.exception)
    none = _write(tmp_path, "label,p_malignant", [",0.1"])
    assert "empty in every row" in str(CliRunner().invoke(main, ["score", str(none), "--skip-unlabelled"]).exception)


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
        ("label,p_malignant,patient", [], 2, "grouped by column 'patient'"),
        ("label,p_malignant,group", [], 2, "grouped by column 'group'"),
        ("label,p_malignant,site", [], 3, "every nodule counts as its own"),
        ("label,p_malignant,site", ["--group", "site"], 2, "grouped by column 'site'"),
        ("label,p_malignant,patient", ["--group", "none"], 3, "every nodule counts as its own"),
    ],
)
def test_groups_are_found_and_named(tmp_path: Path, header: str, options: list[str], groups: int, says: str) -> None:
    path = _write(tmp_path, header, ["benign,0.1,x", "malignant,0.8,y", "benign,0.3,x"])
    result = CliRunner().invoke(main, ["score", str(path), "--json", *options])
    assert json.loads(result.stdout)["groups"] == groups
    assert says in result.stderr


def test_group_comes_before_patient(tmp_path: Path) -> None:
    path = _write(
        tmp_path, "label,p_malignant,patient,group", ["benign,0.1,a,x", "malignant,0.8,b,x", "benign,0.3,c,y"]
    )
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
        (["--threshold", "1.5"], "threshold 1.5 is not a probability"),
        (["--threshold", "inf", "--scores"], "threshold inf is not a finite number"),
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


def _foreign(folder: Path) -> tuple[Path, list[int], list[float]]:
    """99 predictions as a spreadsheet saves them, one of which is 1.045."""
    random = np.random.default_rng(4)
    labels = random.integers(0, 2, 99)
    scores = np.clip(random.normal(0.3 + 0.35 * labels, 0.25), 0, 1).round(2)
    scores[7] = 1.045
    rows = [
        f'{number};{bool(label)};"{value}"'.replace(".", ",")
        for number, (label, value) in enumerate(zip(labels, scores, strict=True))
    ]
    return _write(folder, "sep=;\nNr;Label;Score", [*rows, ";;"]), labels.tolist(), scores.tolist()


def test_scores_that_are_no_probabilities(tmp_path: Path) -> None:
    path, labels, scores = _foreign(tmp_path)
    result = CliRunner().invoke(main, ["score", str(path), "--scores", "--positive", "1", "--json"])
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["n"] == 99
    assert answer["metrics"]["auc"]["value"] == pytest.approx(roc_auc_score(labels, scores))
    assert answer["metrics"]["auc"]["low"] < answer["metrics"]["auc"]["value"] < answer["metrics"]["auc"]["high"]
    assert answer["metrics"]["brier"]["value"] is None
    assert "not probabilities" in answer["metrics"]["brier"]["method"]
    assert answer["threshold_rule"] == "youden on these data"
    assert len(answer["roc"]["sensitivity"]) == 101
    assert "chosen on these very data" in result.stderr
    given = CliRunner().invoke(main, ["score", str(path), "--scores", "--positive", "1", "--threshold", "1.04"])
    assert "Called malignant at score >= 1.04: " in given.stdout
    assert "ROC: specificity" in given.stdout
    assert "chosen" not in given.stderr


def test_without_scores_the_refusal_names_it(tmp_path: Path) -> None:
    path, _, _ = _foreign(tmp_path)
    result = CliRunner().invoke(main, ["score", str(path), "--p", "score", "--positive", "true"])
    assert "line 10: column 'score': '1,045' is not a probability" in str(result.exception)
    assert "pass --scores" in str(result.exception)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["1,5", "2.25"], "line 3: column 'score': '2.25' is not a clear score"),
        (["1", "nan"], "line 3: column 'score': 'nan' is not a score"),
        (["inf", "1"], "line 2: column 'score': 'inf' is not a score"),
        (["1", "TI-RADS 4"], "line 3: column 'score': 'TI-RADS 4' is not a score"),
        (["1", "40 %"], "line 3: column 'score': '40 %' is not a score"),
        (["1", "1_000"], "line 3: column 'score': '1_000' is not a score"),
    ],
)
def test_what_is_no_score_is_refused_with_its_line(tmp_path: Path, cells: list[str], says: str) -> None:
    path = _write(tmp_path, "label;score", [f"benign;{cells[0]}", f"malignant;{cells[1]}"])
    assert says in str(CliRunner().invoke(main, ["score", str(path), "--scores"]).exception)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("LABEL,P", ["--label is column 'LABEL'", "--p is column 'P'"]),
        ("Label,Probability", ["--label is column 'Label'", "--p is column 'Probability'"]),
        ("truth,P(malignant)", ["--label is column 'truth'", "--p is column 'P(malignant)'"]),
        ("label,p", ["--p is column 'p'"]),
    ],
)
def test_columns_by_their_usual_names_are_found_and_named(tmp_path: Path, header: str, says: list[str]) -> None:
    path = _write(tmp_path, header, [" Benign ,0.1", "MALIGNANT,0.8"])
    result = CliRunner().invoke(main, ["score", str(path), "--json"])
    assert json.loads(result.stdout)["metrics"]["auc"]["value"] == 1
    assert [line for line in says if line not in result.stderr] == []


def test_columns_that_may_both_be_meant_are_not_chosen_between(tmp_path: Path) -> None:
    path = _write(tmp_path, "label,probability,y_score", ["benign,0.1,0.2", "malignant,0.8,0.9"])
    result = CliRunner().invoke(main, ["score", str(path)])
    assert "several that may be meant: probability, y_score. Name the column with --p." in str(result.exception)
    assert CliRunner().invoke(main, ["score", str(path), "--p", "PROBABILITY"]).exit_code == 0


@pytest.mark.parametrize(
    ("cells", "positive"), [(("0", "1.0"), "1"), (("FALSE", "True"), "1"), (("no", "Yes"), "true")]
)
def test_what_means_one(tmp_path: Path, cells: tuple[str, str], positive: str) -> None:
    path = _write(tmp_path, "label,p", [f"{cells[0]},0.1", f"{cells[1]},0.8"])
    answer = json.loads(CliRunner().invoke(main, ["score", str(path), "--positive", positive, "--json"]).stdout)
    assert answer["metrics"]["auc"]["value"] == 1


def test_an_order_that_is_upside_down_is_pointed_out(tmp_path: Path) -> None:
    path = _write(tmp_path, "label,p", [f"{'benign' if n < 20 else 'malignant'},{1 - n / 50}" for n in range(40)])
    assert "do lower values mean malignant" in CliRunner().invoke(main, ["score", str(path)]).stderr


def test_help_says_whose_probability_it_is() -> None:
    text = " ".join(CliRunner().invoke(main, ["score", "--help"]).stdout.split())
    assert "Column of P(malignant)" in text
    assert "The probability must be that of malignant" in text


def _write(folder: Path, header: str, lines: list[str]) -> Path:
    path = folder / "predictions.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path
