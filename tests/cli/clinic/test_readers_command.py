"""``isthmus readers`` as a person and a script meet it."""

from __future__ import annotations

import datetime
import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sklearn.metrics import roc_auc_score

from isthmus.cli.main import main
from isthmus.nodule import DISCLAIMER
from isthmus.serve.studies.store import Opinion, StudyStore
from isthmus.serve.studies.study import Study, StudyNodule, StudyReader
from make import reader_study, roe_metz

HEAD = "reader,nodule,label,score"


def run(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["readers", str(path), *arguments], env={"COLUMNS": "150"})


def no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def answer(path: Path, *arguments: str, code: int = 0) -> dict:
    result = run(path, *arguments, "--json")
    assert result.exit_code == code, result.exception
    return json.loads(result.stdout, parse_constant=no_constant)


def refused(path: Path, *arguments: str) -> str:
    result = run(path, *arguments)
    assert result.exit_code != 0
    assert result.exception is not None
    return str(result.exception)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return reader_study.write(tmp_path / "grades.csv", reader_study.rows())


def write(tmp_path: Path, rows: list[str], head: str = HEAD) -> Path:
    return reader_study.write(tmp_path / "grades.csv", rows, head)


def test_published_figures_come_out_of_a_file(tmp_path: Path) -> None:
    labels = np.repeat([0, 1], 200)
    scores = roe_metz.scores(labels, (0.821, 0.821), 10, roe_metz.HIGH_LOW, seed=1987)
    rows = [
        f"r{reader},n{at},{reader_study.WORDS[labels[at]]},{float(scores[mode, reader, at])!r},{name}"
        for mode, name in enumerate(("first", "second"))
        for reader in range(10)
        for at in range(400)
    ]
    found = answer(write(tmp_path, rows, HEAD + ",mode"))["mrmc"]
    assert found["effect"] == pytest.approx(0.00451, abs=1e-6)
    assert found["p_value"] == pytest.approx(0.8502715, abs=1e-6)
    assert (found["low"], found["high"]) == pytest.approx((-0.04284442691, 0.05186442691), abs=1e-9)
    assert found["df"] == pytest.approx(85.5241922, abs=1e-4)


def test_every_part_is_there_with_its_n_and_interval(study: Path) -> None:
    found = answer(study)
    assert {"readers", "pooled", "kappa", "mrmc", "reliance", "n", "disclaimer"} <= set(found)
    assert (found["n"], found["patients"], found["modes"]) == (60, 30, ["unaided", "aided"])
    assert len(found["readers"]) == 8
    for one in (*found["readers"], *found["pooled"]["modes"], *found["pooled"]["experience"]):
        for name in ("auc", "sensitivity", "specificity"):
            assert one[name]["n"] in (30, 60)
            assert 0 <= one[name]["value"] <= 1
    assert [one["experience"] for one in found["pooled"]["experience"]] == ["junior"] * 2 + ["senior"] * 2
    assert found["mrmc"]["effect"] > 0
    assert found["mrmc"]["delong"]["p_value"] == pytest.approx(found["mrmc"]["p_value"], abs=0.01)
    assert found["seconds"]["change"]["value"] < 0
    assert found["reliance"]["over_planted"]["n"] == found["reliance"]["over"]["n"]
    assert set(found["reliance"]["readers"]) == {"r0", "r1", "r2", "r3"}
    assert found["disclaimer"] == DISCLAIMER


def test_the_figures_are_those_of_the_reads(study: Path) -> None:
    rows = [row.split(",") for row in reader_study.rows() if row.startswith("r2,") and ",aided," in row]
    labels, scores = [int(row[2] == "malignant") for row in rows], [float(row[3]) for row in rows]
    (found,) = [one for one in answer(study)["readers"] if (one["reader"], one["mode"]) == ("r2", "aided")]
    assert found["auc"]["value"] == pytest.approx(roc_auc_score(labels, scores))
    called = [score >= 0.5 for score, label in zip(scores, labels, strict=True) if label]
    assert found["sensitivity"]["value"] == pytest.approx(np.mean(called))


def test_the_terminal_says_the_same_in_words(study: Path) -> None:
    result = run(study)
    assert result.exit_code == 0, result.exception
    for text in (
        "mean of 4",
        "aided less unaided (MRMC",
        "p = ",
        "over-reliance",
        "Fleiss",
        "Seconds a read",
        DISCLAIMER,
    ):
        assert text in result.stdout


def test_scores_before_and_after_in_one_row_are_two_modes(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    labels = np.arange(40) % 2
    first = np.clip(labels * 0.3 + random.uniform(0, 0.7, (3, 40)), 0, 1)
    rows = [
        f"r{reader},n{at},{('benign', 'malignant')[labels[at]]},{(first[reader, at] + labels[at]) / 2:.3f},"
        f"{first[reader, at]:.3f},{labels[at]}"
        for reader in range(3)
        for at in range(40)
    ]
    found = answer(write(tmp_path, rows, HEAD + ",first_score,model"))
    assert (found["mrmc"]["first"], found["mrmc"]["second"], found["pairs"]) == ("before", "after", 120)
    assert found["mrmc"]["effect"] > 0
    assert found["reliance"]["over"]["n"] == 0
    assert found["reliance"]["over"]["value"] is None
    assert found["reliance"]["under"]["n"] > 0
    assert found["seconds"] is None
    assert found["reasons"]["seconds"]


def test_of_a_read_without_a_first_score_there_is_none_before(tmp_path: Path) -> None:
    rows = [
        f"{reader},n{at},{('benign', 'malignant')[at % 2]},{0.3 + 0.4 * (at % 2)},{'' if at < 2 else 0.1 * at}"
        for reader in "ab"
        for at in range(8)
    ]
    found = answer(write(tmp_path, rows, HEAD + ",first_score"))
    assert [(one["mode"], one["n"]) for one in found["readers"] if one["reader"] == "a"] == [
        ("before", 6),
        ("after", 8),
    ]
    assert (found["pairs"], found["mrmc"]["n"]) == (12, 6)


def test_levels_of_a_tirads_are_scores(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = []
    for reader in "ab":
        for at in range(40):
            level = int(np.clip(random.integers(1, 5) + at % 2, 1, 5))
            rows.append(f"{reader},n{at},{('benign', 'malignant')[at % 2]},TR{level}")
    path = write(tmp_path, rows)
    found = answer(path)
    assert (found["scale"], found["threshold_text"]) == ("levels", "TR4")
    assert found["kappa"][0]["light_quadratic_grades"]["value"] is not None
    assert found["mrmc"] is None
    assert found["reasons"]["mrmc"] == "there is no column mode"
    stricter = answer(path, "--threshold", "TR5")
    for one, other in zip(found["readers"], stricter["readers"], strict=True):
        assert other["specificity"]["value"] > one["specificity"]["value"]
    assert "no level" in refused(path, "--threshold", "4A")


def test_nodules_that_not_all_have_read_are_left_out_of_means_and_counted(study: Path, tmp_path: Path) -> None:
    rows = [row for row in reader_study.rows() if not row.startswith(("r1,n3,", "r2,n4,"))]
    result = run(write(tmp_path, rows, reader_study.HEAD))
    assert "2 nodules were not read by every reader" in result.stderr
    found = answer(tmp_path / "grades.csv")
    assert (found["mrmc"]["n"], found["mrmc"]["left_out"]) == (58, 2)
    assert sorted(one["n"] for one in found["readers"]) == [59] * 4 + [60] * 4


def test_three_modes_need_two_names(tmp_path: Path) -> None:
    rows = reader_study.rows() + [
        row.replace(",unaided,", ",text,") for row in reader_study.rows(seed=1) if ",unaided," in row
    ]
    labels = {row.split(",")[1]: row.split(",")[2] for row in reader_study.rows()}
    rows = [",".join([*row.split(",")[:2], labels[row.split(",")[1]], *row.split(",")[3:]]) for row in rows]
    path = write(tmp_path, rows, reader_study.HEAD)
    found = answer(path)
    assert found["mrmc"] is None
    assert "there are 3 modes" in found["reasons"]["mrmc"]
    two = answer(path, "--modes", "text,aided")["mrmc"]
    assert (two["first"], two["second"]) == ("text", "aided")
    assert "are not two modes of this file" in refused(path, "--modes", "text,x")


def test_one_class_gives_what_it_can_and_exit_1(tmp_path: Path) -> None:
    path = write(tmp_path, [f"{reader},n{at},benign,0.{at}" for reader in "ab" for at in range(1, 10)])
    found = answer(path, code=1)
    assert found["readers"][0]["auc"]["value"] is None
    assert found["readers"][0]["specificity"]["value"] == pytest.approx(4 / 9)
    assert found["pooled"]["modes"][0]["auc"]["method"] == "undefined: no nodule is malignant"


def test_one_reader_has_figures_but_no_kappa_and_no_mean_with_an_interval(tmp_path: Path) -> None:
    rows = [row for row in reader_study.rows() if row.startswith("r0,")]
    found = answer(write(tmp_path, rows, reader_study.HEAD))
    assert found["kappa"] is None
    assert found["reasons"]["kappa"] == "there is one reader"
    assert found["pooled"]["modes"][0]["auc"]["low"] is None
    assert found["mrmc"]["p_value"] is None
    assert 0 < found["mrmc"]["fixed_readers"]["p_value"] < 1


@pytest.mark.parametrize(
    ("head", "rows", "said"),
    [
        ("reader,nodule,score", ["a,1,0.3"], "no column label"),
        (HEAD, ["a,1,1,0.3", "a,2,2,0.7"], "--positive"),
        (HEAD, ["a,1,no,0.3", "a,2,yes,0.7"], "--positive"),
        (HEAD, ["a,1,benign,0.3", "a,2,malignant,nan"], "line 3: column 'score': 'nan' is neither a number nor"),
        (HEAD, ["a,1,benign,TR2", "a,2,malignant,nan"], "line 3: column 'score': 'nan' is neither a number nor"),
        (HEAD, ["a,1,benign,0.3", "a,2,,0.7"], "line 3: column 'label' is empty"),
        (HEAD, ["a,1,benign,", "a,2,malignant,0.7"], "line 2: column 'score' is empty"),
        (HEAD, ["a,1,benign,30%", "a,2,malignant,70%"], "percent sign"),
        (
            HEAD,
            ["a,1,benign,0.3", "a,1,benign,0.4", "a,2,malignant,1"],
            "line 3: reader 'a' has read nodule '1' on line 2",
        ),
        (HEAD, ["a,1,benign,0.3", "b,1,malignant,0.4"], "line 3: nodule '1' is malignant, and is benign on line 2"),
        (HEAD, ["a,1,benign,TR2", "a,2,malignant,0.7"], "line 3: column 'score': '0.7' is no TI-RADS level"),
        (HEAD, ["a,1,benign,4", "a,2,malignant,4A"], "no clear place"),
        (HEAD, ["a,1,benign,inf", "a,2,malignant,2"], "not a finite number"),
        (HEAD + ",patient", ["a,1,benign,1,x", "b,1,benign,2,y", "a,2,malignant,2,z"], "one patient"),
        (HEAD + ",experience", ["a,1,benign,1,junior", "a,2,malignant,2,senior"], "one experience"),
        (HEAD + ",seconds", ["a,1,benign,1,-3", "a,2,malignant,2,"], "'-3' is no time"),
        (HEAD + ",model", ["a,1,benign,1,maybe", "a,2,malignant,2,"], "no answer of a model"),
        (HEAD + ",wrong_model", ["a,1,benign,1,perhaps", "a,2,malignant,2,"], "neither yes nor no"),
    ],
)
def test_bad_files_are_refused_with_their_line(tmp_path: Path, head: str, rows: list[str], said: str) -> None:
    assert said in refused(write(tmp_path, rows, head))


def test_the_malignant_label_may_be_a_number_if_it_is_named(tmp_path: Path) -> None:
    rows = [f"a,n{at},{at % 2},0.{1 + at}" for at in range(8)]
    path = write(tmp_path, rows)
    one, other = (answer(path, "--positive", name)["readers"][0]["auc"]["value"] for name in ("1", "0"))
    assert math.isclose(one + other, 1)


def test_of_the_labels_0_and_1_the_1_is_malignant_and_it_is_said(tmp_path: Path) -> None:
    """`isthmus readers GRADES.csv` has to answer without an option, as every table of labels that way means it so."""
    scores = [0.1, 0.9, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7]
    named = answer(write(tmp_path, [f"a,n{at},{('benign', 'malignant')[at % 2]},{p}" for at, p in enumerate(scores)]))
    for zero, one in (("0", "1"), ("0.0", "1.0")):
        path = write(tmp_path, [f"a,n{at},{(zero, one)[at % 2]},{p}" for at, p in enumerate(scores)])
        found = answer(path)
        assert found["readers"][0]["auc"] == named["readers"][0]["auc"]
        assert found["readers"][0]["auc"]["value"] == pytest.approx(15 / 16)
        assert found["positive"] == "1"
        assert "label 1 is taken as malignant" in run(path).stderr
    alone = run(write(tmp_path, ["a,n1,1,0.9", "a,n2,1,0.2"]), "--json")
    assert (alone.exit_code, json.loads(alone.stdout)["malignant"]) == (1, 2)


def test_the_file_of_the_documentation_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "readers.md").read_text(encoding="utf-8")
    path = tmp_path / "grades.csv"
    path.write_text(page.split("```csv\n")[1].split("```")[0], encoding="utf-8")
    found = answer(path)
    assert (found["n"], found["threshold_text"], found["pairs"]) == (2, "TR4", 2)
    assert (found["reliance"]["over_planted"]["value"], found["reliance"]["over_planted"]["n"]) == (1, 1)


def test_a_store_stands_for_the_one_study_in_it(tmp_path: Path) -> None:
    trial = Study(
        "trial",
        (StudyNodule("n1", "malignant", 0.8), StudyNodule("n2", "benign", 0.2)),
        (StudyReader("r1"),),
        "sequential",
    )
    store = StudyStore.create(tmp_path / "study-1.sqlite", trial)
    now = datetime.datetime.now(datetime.UTC)
    for _ in range(4):
        step = store.next("r1", now)
        store.lock("r1", step.nodule, Opinion("TR4", 0.6), seconds=3, now=now)
    assert answer(tmp_path)["reads"] == 4
    assert "no column patient" in run(tmp_path).stderr
    (tmp_path / "study-2.sqlite").touch()
    assert "2 studies. Name one: study-1.sqlite, study-2.sqlite" in refused(tmp_path)
    (tmp_path / "empty").mkdir()
    assert "holds no reads of a study" in refused(tmp_path / "empty")


def test_a_list_saved_from_the_page_says_what_the_label_is(tmp_path: Path) -> None:
    assert "Write benign or malignant, by pathology" in refused(write(tmp_path, ["a,n1,,0.3"]))
