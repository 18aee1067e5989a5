"""``isthmus report`` as a person and a script meet it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from isthmus.cli.main import main
from isthmus.data.sources import open_source
from make.bundle import make
from make.evidence import HEAD, rows, write

KEYS = {
    *("n", "auc", "average_precision", "brier", "calibration", "net_benefit", "conformal", "operating_points"),
    "subgroups",
}


def run(source: Path, to: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", str(source), "--to", str(to), *arguments], env={"COLUMNS": "120"})


def answer(source: Path, to: Path, *arguments: str, code: int = 0) -> dict:
    result = run(source, to, *arguments, "--json")
    assert result.exit_code == code, result.exception
    return json.loads(result.stdout)


def refused(source: Path, to: Path, *arguments: str) -> str:
    result = run(source, to, *arguments)
    assert result.exit_code != 0
    assert not to.exists()
    return str(result.exception)


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return write(tmp_path / "p.csv", rows())


def nulls(value: object) -> Iterator[dict]:
    """Every object with a null that has no reason beside it, and every figure without its n."""
    if isinstance(value, dict):
        if None in [one for name, one in value.items() if name != "reason"] and not value.get("reason"):
            yield value
        if "method" in value and value.get("n") is None and not value.get("reason"):
            yield value
        for one in value.values():
            yield from nulls(one)
    elif isinstance(value, list):
        for one in value:
            yield from nulls(one)


def test_the_folder_holds_metrics_and_a_page(csv: Path, tmp_path: Path) -> None:
    told = answer(csv, tmp_path / "to", "--prevalence", "0.1")
    stored = json.loads((tmp_path / "to" / "metrics.json").read_text())
    assert {**stored, "files": told["files"]} == told
    assert stored.keys() >= KEYS
    assert (stored["n"], stored["groups"]) == (240, 120)
    assert stored["auc"]["low"] < stored["auc"]["value"] < stored["auc"]["high"]
    assert [one["name"] for one in stored["operating_points"]] == [
        *("half", "sensitivity-90", "sensitivity-95", "sensitivity-97.5")
    ]
    assert all(0 < one["ppv"]["value"] < one["npv"]["value"] < 1 for one in stored["operating_points"])
    assert "cross-fitted over 5 folds of whole groups" in stored["calibration"]["fitted"]
    assert {one["attribute"] for one in stored["subgroups"]} == {"sex", "age"}
    page = (tmp_path / "to" / "report.html").read_text()
    assert "cross-fitted over 5 folds of whole groups" in page
    assert page.count("<svg") == 5
    assert stored["origin"]["file"] == "p.csv"
    assert str(tmp_path) not in page
    assert {path.name for path in (tmp_path / "to").iterdir()} == {
        *("metrics.json", "report.html", "report.pdf", "model_card.md", "data_card.md", "claim.md", "tripod_ai.md"),
        "stard_ai.md",
    }


def test_what_is_fitted_mends_p_that_is_too_extreme(csv: Path, tmp_path: Path) -> None:
    told = answer(csv, tmp_path / "to")
    before, after = told["calibration"]["before"], told["calibration"]["after"]
    assert before["slope"]["high"] < 1
    assert not list(nulls(told))
    assert (
        before["slope"]["n"] == before["intercept"]["n"] == sum(one["observed"]["n"] for one in before["bins"]) == 240
    )
    assert after["slope"]["low"] < 1 < after["slope"]["high"]
    assert told["brier"]["after"]["value"] < told["brier"]["before"]["value"]


def test_with_rows_for_validation_only_the_test_rows_are_judged(tmp_path: Path) -> None:
    lines = [[*row, ("train", "val", "test", "test")[at // 2 % 4]] for at, row in enumerate(rows(480))]
    told = answer(write(tmp_path / "p.csv", lines, HEAD + ",split"), tmp_path / "to")
    assert told["n"] == 240
    assert told["calibration"]["fitted"] == "fitted on the 120 nodules for validation"
    assert len(told["calibration"]["kinds"]) == 1
    assert "120 rows for training are left out." in told["warnings"]


def test_validation_labels_alone_decide_what_is_fitted(tmp_path: Path) -> None:
    lines = [[*row, ("val", "test")[at // 2 % 2]] for at, row in enumerate(rows(480))]
    turned = [[row[0], row[1], row[2], "0.5", *row[4:]] if row[-1] == "test" else row for row in lines]
    points = [
        [
            one["thresholds"]
            for one in answer(write(tmp_path / f"{at}.csv", each, HEAD + ",split"), tmp_path / "to")["operating_points"]
        ]
        for at, each in enumerate((lines, turned))
    ]
    assert points[0] == points[1]


def test_folds_of_the_file_are_those_that_it_is_fitted_over(tmp_path: Path) -> None:
    lines = [[*row, str(at // 2 % 3)] for at, row in enumerate(rows())]
    told = answer(write(tmp_path / "p.csv", lines, HEAD + ",fold"), tmp_path / "to")
    assert "over the 3 folds of the predictions" in told["calibration"]["fitted"]
    assert told["auc_within_folds"]["value"] == pytest.approx(told["auc"]["value"], abs=0.05)


@pytest.mark.parametrize("only", ["benign", "malignant"])
def test_one_class_is_trouble_and_every_null_has_its_reason(only: str, tmp_path: Path) -> None:
    lines = [[row[0], only, *row[2:]] for row in rows(40)]
    told = answer(write(tmp_path / "p.csv", lines), tmp_path / "to", code=1)
    other = "malignant" if only == "benign" else "benign"
    assert told["auc"]["value"] is None
    assert told["auc"]["reason"] == f"no nodule is {other}"
    assert told["conformal"]["reason"] == told["calibration"]["reason"] == f"no nodule is {other}"
    assert not list(nulls(told))
    assert "no nodule is" in (tmp_path / "to" / "report.html").read_text()


@pytest.mark.parametrize("n", [2, 3, 10])
@pytest.mark.parametrize("grouped", [True, False])
def test_a_few_rows_give_a_report_without_nan(n: int, grouped: bool, tmp_path: Path) -> None:
    lines = [[row[0], ("benign", "malignant")[at % 2], *row[2:]] for at, row in enumerate(rows(n))]
    told = answer(write(tmp_path / "p.csv", lines), tmp_path / "to", *([] if grouped else ["--group", "none"]))
    assert told["n"] == n
    assert not list(nulls(told))
    for name in ("metrics.json", "report.html"):
        assert not re.search(r"\bnan\b", (tmp_path / "to" / name).read_text(), re.IGNORECASE)


def test_p_that_separates_the_classes_or_is_all_one_number(tmp_path: Path) -> None:
    for p in ({"benign": "0.1", "malignant": "0.9"}, {"benign": "0.4", "malignant": "0.4"}):
        lines = [[*row[:3], p[row[1]], *row[4:]] for row in rows(60)]
        told = answer(write(tmp_path / "p.csv", lines), tmp_path / "to")
        assert not list(nulls(told))
        assert math.isfinite(told["brier"]["before"]["value"])


def test_bad_cells_are_named_with_their_line(tmp_path: Path) -> None:
    good, to = rows(40), tmp_path / "to"

    def file(place: int, cell: str, head: str = HEAD) -> Path:
        lines = [list(row) for row in good]
        lines[5][place] = cell
        return write(tmp_path / "bad.csv", lines, head)

    assert "line 7: column 'p_malignant': '1.2' is not a probability" in refused(file(3, "1.2"), to)
    assert "isthmus score --scores" in refused(file(3, "-2.5"), to)
    assert "line 7: column 'p_malignant': 'nan' is not a probability" in refused(file(3, "nan"), to)
    assert "line 7: column 'p_malignant' is empty" in refused(file(3, ""), to)
    assert "line 7: column 'label' is empty" in refused(file(1, ""), to)
    assert "line 7: nodule 'n0' is on line 2 already" in refused(file(0, "n0"), to)
    assert "Did you mean" in refused(file(0, "x", HEAD.replace("p_malignant", "chance")), to)


def test_a_group_on_both_sides_is_refused_with_the_line(tmp_path: Path) -> None:
    lines = [[*row, ("val", "test")[at % 2]] for at, row in enumerate(rows(40))]
    told = refused(write(tmp_path / "p.csv", lines, HEAD + ",split"), tmp_path / "to")
    assert "line 3: group 'g0' is in more than one side of the split; line 2 has it, too" in told
    told = refused(write(tmp_path / "p.csv", lines, HEAD + ",fold"), tmp_path / "to")
    assert "line 3: group 'g0' is in more than one fold" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--prevalence", "10"], "--prevalence: 10 is not between 0 and 1"),
        (["--coverage", "nan"], "--coverage: nan is not between 0 and 1"),
        (["--by", "nodule"], "column 'nodule' has 240 values, too many for subgroups"),
    ],
)
def test_options_that_make_no_sense(arguments: list[str], words: str, csv: Path, tmp_path: Path) -> None:
    assert words in refused(csv, tmp_path / "to", *arguments)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert "is no finished run" in refused(tmp_path / "run", tmp_path / "to")


def test_evidence_lies_in_no_run(csv: Path) -> None:
    assert "which this command reads" in refused(csv.parent, csv.parent / "to")


def test_the_same_input_gives_the_same_files(csv: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    assert run(csv, first).exit_code == run(csv, second).exit_code == 0
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_a_model_that_learned_from_the_pictures_does_not_read_them(phantom: Path, model: Path, tmp_path: Path) -> None:
    csv = predictions_of(phantom, tmp_path / "p.csv")
    told = answer(csv, tmp_path / "to", "--data", str(phantom), "--as", "phantom", "--model", str(model))
    assert told["model"]["name"] == model.name
    assert "learned from these nodules" in told["pictures"]["reason"]


def test_a_model_without_pictures_fills_in_the_forms(csv: Path, model: Path, tmp_path: Path) -> None:
    told = answer(csv, tmp_path / "to", "--model", str(model))
    assert "--data" in told["pictures"]["reason"]
    assert "--data" in told["explanation"]["reason"]
    assert f"{model.name} on p.csv" in (tmp_path / "to" / "model_card.md").read_text()


def test_another_model_reads_the_pictures(phantom: Path, tmp_path: Path) -> None:
    csv, other = predictions_of(phantom, tmp_path / "p.csv"), make(tmp_path / "other")
    more = ("--data", str(phantom), "--as", "phantom", "--model", str(other), "--sample", "10")
    told = answer(csv, tmp_path / "to", *more)
    assert told["pictures"]["model"] == "other"
    assert told["pictures"]["n"] == 10
    assert told["explanation"]["n"] == 10
    assert told["explanation"]["may_be_shown"] is False
    assert "never checked" in told["explanation"]["bundle"]["why"]
    assert not list(nulls(told))
    assert "its maps did not pass their check" in (tmp_path / "to" / "report.html").read_text()


def test_other_predictions_stand_beside(csv: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other.csv", rows(gain=0.5))
    told = answer(csv, tmp_path / "to", "--beside", str(other))
    assert [one["name"] for one in told["comparison"]["models"]] == ["p", "other"]
    assert not list(nulls(told))
    assert "Beside other predictions" in (tmp_path / "to" / "report.html").read_text()


def test_half_a_data_set(csv: Path, phantom: Path, tmp_path: Path) -> None:
    assert "Give --as" in refused(csv, tmp_path / "to", "--data", str(phantom))
    assert "need --data" in refused(csv, tmp_path / "to", "--as", "phantom")
    assert "need --data" in refused(csv, tmp_path / "to", "--no-audit")


def test_a_data_set_alone_tells_of_the_nodules(phantom: Path, tmp_path: Path) -> None:
    csv, named = predictions_of(phantom, tmp_path / "p.csv"), ("--data", str(phantom), "--as", "phantom")
    told = answer(csv, tmp_path / "to", *named)
    assert told["data"]["n"] == told["n"]
    assert told["data"]["audit"]["images"] > 0
    assert {"size_px", "composition"} <= {one["attribute"] for one in told["subgroups"]}
    assert "data:image/png" in (tmp_path / "to" / "report.html").read_text()
    assert not list(nulls(told))
    told = answer(csv, tmp_path / "less", *named, "--no-audit", "--no-pictures")
    assert "--no-audit" in told["data"]["audit"]["reason"]
    assert "data:image/png" not in (tmp_path / "less" / "report.html").read_text()


def predictions_of(data: Path, to: Path) -> Path:
    lines = [
        f"{one.id},{one.label},{0.3 + 0.4 * (at % 2)}" for at, one in enumerate(open_source("phantom", data).labelled)
    ]
    to.write_text("\n".join(["nodule,label,p_malignant", *lines]) + "\n")
    return to
