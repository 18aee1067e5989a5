"""``isthmus compare`` as a person and a script meet it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from isthmus.cli.main import main
from isthmus.judge.delong import delong

RANDOM = np.random.default_rng(0)
N = 120
LABELS = RANDOM.integers(0, 2, N)
GROUPS = RANDOM.integers(50, size=N)
GOOD, FAIR = (np.clip(0.5 + (LABELS - 0.5) * gap + RANDOM.normal(0, 0.2, N), 0, 1) for gap in (0.6, 0.3))
WORDS = ("benign", "malignant")
HEAD = "nodule,label,group,p_malignant"


def rows(p: np.ndarray) -> list[str]:
    return [f"n{at},{WORDS[LABELS[at]]},g{GROUPS[at]},{float(p[at])!r}" for at in range(N)]


def write(path: Path, lines: list[str], head: str = HEAD) -> str:
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    return write(tmp_path / "good.csv", rows(GOOD)), write(tmp_path / "fair.csv", rows(FAIR)[::-1])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["compare", *arguments, "--resamples", "100"], env={"COLUMNS": "120"})


def answer(*arguments: str) -> dict:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code != 0
    return str(result.exception)


def test_nodules_are_joined_by_name_whatever_their_order(files: tuple[str, str]) -> None:
    one = answer(*files)
    (pair,) = one["pairs"]
    expected = delong(LABELS, GOOD, FAIR, GROUPS)
    assert (pair["first"], pair["second"], one["n"], one["group"]) == ("good", "fair", N, "group")
    assert pair["auc_difference"]["value"] == pytest.approx(expected.estimate.value)
    assert pair["auc_difference"]["p_value"] == pytest.approx(expected.p_value)
    assert pair["mcnemar"]["only_first"] == int(
        ((GOOD >= 0.5) == LABELS).sum() - ((GOOD >= 0.5) == LABELS)[(FAIR >= 0.5) == LABELS].sum()
    )
    shown = run(*files).stdout
    assert "good - fair" in shown
    assert f"{N} nodules in" in shown
    assert "not a medical device" in shown


def test_a_part_is_a_column_or_a_run_and_a_table_may_be_gzipped(files: tuple[str, str], tmp_path: Path) -> None:
    wide = "\n".join(
        ["nodule,label,group,good,fair", *(f"{row},{float(FAIR[at])!r}" for at, row in enumerate(rows(GOOD)))]
    )
    (tmp_path / "wide.csv.gz").write_bytes(gzip.compress(wide.encode()))
    runs = [f"{name},{row}" for name, p in (("good", GOOD), ("fair", FAIR)) for row in rows(p)]
    long = write(tmp_path / "runs.csv", runs, f"run,{HEAD}")
    pairs = [
        answer(*(f"{path}#{name}" for name in ("good", "fair")))["pairs"] for path in (tmp_path / "wide.csv.gz", long)
    ]
    assert pairs[0] == pairs[1] == answer(*files)["pairs"]
    assert "name one run behind #" in refused(long, files[0])
    assert "never holds 'best'. It has good, fair" in refused(f"{long}#best", files[0])
    assert "no column 'fir', only" in refused(f"{tmp_path / 'wide.csv.gz'}#fir", files[0])
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(wide.encode())[:200])
    assert "can't read" in refused(f"{tmp_path / 'cut.csv.gz'}", files[0])


def test_other_nodules_are_named_and_shared_ones_counted(files: tuple[str, str], tmp_path: Path) -> None:
    part = write(tmp_path / "part.csv", [*rows(FAIR)[4:], "x1,benign,g1,0.3"])
    message = refused(files[0], part)
    assert "it lacks 4: 'n0', 'n1', 'n2', ...; it has in excess 1: 'x1'" in message
    assert f"compare on the {N - 4} that all have" in message
    one = answer(files[0], part, "--shared")
    assert one["n"] == N - 4
    assert list(one["left_out"].values()) == [4, 1]
    assert f"{files[0]}: 4 of its nodules" in run(files[0], part, "--shared").stderr
    none = write(tmp_path / "none.csv", ["x1,benign,g1,0.3"])
    assert "No nodule is in all files" in refused(files[0], none, "--shared")


def test_labels_and_groups_may_stand_in_one_file_and_must_agree(files: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    bare = write(
        tmp_path / "bare" / "fair.csv", [f"n{at},{float(FAIR[at])!r}" for at in range(N)], "nodule,p_malignant"
    )
    assert answer(files[0], bare)["pairs"] == answer(*files)["pairs"]
    assert "no file has labels in a column 'label'" in refused(bare, bare)
    other = rows(FAIR)
    other[3] = f"n3,{WORDS[1 - LABELS[3]]},g{GROUPS[3]},0.5"
    message = refused(files[0], write(tmp_path / "other.csv", other))
    assert "other.csv: line 5: nodule 'n3' is" in message
    some = rows(GOOD)
    some[0] = f"n0,,g{GROUPS[0]},0.5"
    some_file = write(tmp_path / "some.csv", some)
    assert "line 2: nodule 'n0' has no label in any file" in refused(some_file, bare)
    assert answer(some_file, bare, "--skip-unlabelled")["n"] == N - 1
    assert answer(some_file, files[1])["n"] == N  # the other file has the label


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("n0,malignant,g1,1.2", "line 2: column 'p_malignant': '1.2' is not a probability"),
        ("n0,malignant,g1,-3.1", "If these are scores and no probabilities, pass --scores"),
        ("n0,malignant,g1,nan", "line 2: column 'p_malignant': 'nan' is not a probability"),
        ("n0,malignant,g1,", "line 2: column 'p_malignant' is empty"),
        ("n1,benign,g1,0.5", "line 3: nodule 'n1' is on line 2 already"),
        ("n0,perhaps,g1,0.5", "holds 3 values"),
    ],
)
def test_a_bad_row_is_one_line_with_its_place(files: tuple[str, str], tmp_path: Path, line: str, message: str) -> None:
    bad = write(tmp_path / "bad.csv", [line, *rows(FAIR)[1:]])
    said = refused(files[0], bad)
    assert message in said
    assert "bad.csv" in said
    assert "\n" not in said


def test_other_column_names_are_named(files: tuple[str, str], tmp_path: Path) -> None:
    nameless = write(tmp_path / "nameless.csv", ["benign,0.1"], "label,p_malignant")
    assert "no column 'nodule', only label, p_malignant. Name the column of nodules with --nodule" in refused(
        nameless, files[0]
    )
    head = "id,truth,patient,prob_cancer"
    theirs = write(
        tmp_path / "theirs.csv", [row.replace("malignant", "1").replace("benign", "0") for row in rows(FAIR)], head
    )
    assert "no column 'p_malignant', only id, truth" in refused(theirs, theirs)
    one = answer(f"{theirs}#prob_cancer", f"{theirs}#prob_cancer", "--positive", "1")
    assert [model["name"] for model in one["models"]] == ["prob_cancer (1)", "prob_cancer (2)"]
    assert one["pairs"][0]["auc_difference"]["p_value"] == 1


def test_scores_and_grades(files: tuple[str, str], tmp_path: Path) -> None:
    logits = write(tmp_path / "logit.csv", [f"n{at},{8 * float(GOOD[at]) - 4!r}" for at in range(N)], "nodule,logit")
    assert "not a probability" in refused(f"{logits}#logit", files[1])
    both = answer(f"{logits}", f"{files[1]}#p_malignant", "--scores", "--threshold", "0", "--threshold", "0.5")
    expected = answer(*files)["pairs"][0]
    assert both["pairs"][0]["auc_difference"]["value"] == pytest.approx(expected["auc_difference"]["value"])
    assert both["pairs"][0]["mcnemar"] == expected["mcnemar"]
    assert answer(logits, files[1], "--scores")["pairs"][0]["mcnemar"] is None
    names = np.array(["2", "3", "4a", "4b", "10"])[np.clip((FAIR * 5).astype(int), 0, 4)]
    graded = write(
        tmp_path / "graded.csv", [f"{row},{names[at]}" for at, row in enumerate(rows(GOOD))], f"{HEAD},tirads"
    )
    one = answer(graded, "--grades", "tirads", "--grades-threshold", "4b")
    reader = one["models"][1]
    assert (reader["name"], reader["threshold"]) == ("tirads", "4b")
    called = np.isin(names, ["4b", "10"])
    assert reader["sensitivity"]["value"] == pytest.approx(called[LABELS == 1].mean())
    assert "no grade '7', but 2, 3, 4a, 4b, 10" in refused(graded, "--grades", "tirads", "--grades-threshold", "7")
    without = answer(graded, "--grades", "tirads")
    assert without["pairs"][0]["mcnemar"] is None
    assert without["pairs"][0]["reason"]
    hole = [f"{row},{'' if at == 5 else names[at]}" for at, row in enumerate(rows(GOOD))]
    holed = write(tmp_path / "holed.csv", hole, f"{HEAD},tirads")
    assert "line 7: column 'tirads' is empty" in refused(holed, "--grades", "tirads")
    assert answer(holed, "--grades", "tirads", "--shared")["n"] == N - 1


def test_options_that_do_not_go_together(files: tuple[str, str]) -> None:
    assert "one file alone" in refused(files[0])
    assert "3 for 2 files" in refused(*files, "--threshold", "0.1", "--threshold", "0.2", "--threshold", "0.3")
    assert "threshold 1.5 is not a probability" in refused(*files, "--threshold", "1.5")
    assert "needs --grades" in refused(*files, "--grades-threshold", "3")
    assert "no column 'fold'" in refused(*files, "--within-folds")
    assert "no column 'clinic'" in refused(*files, "--group", "clinic")


def test_one_class_and_ten_rows_have_reasons(tmp_path: Path) -> None:
    lines = [f"n{at},malignant,g{at},0.{at}" for at in range(10)]
    same = write(tmp_path / "a.csv", lines), write(tmp_path / "b.csv", lines[::-1])
    result = run(*same, "--json")
    assert result.exit_code == 1
    one = json.loads(result.stdout)
    assert one["models"][0]["auc"]["value"] is None
    assert one["models"][0]["auc"]["method"].startswith("undefined")
    assert one["pairs"][0]["auc_difference"]["method"].startswith("undefined")
