"""``isthmus tirads``, for one nodule and for a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from isthmus.cli.main import main
from isthmus.errors import DataError, UsageError

SOLID = ["--composition", "solid-or-almost", "--echogenicity", "hypoechoic", "--shape", "wider-than-tall"]
WHOLE = [*SOLID, "--margin", "smooth", "--foci", "none"]
HEADER = "nodule,composition,echogenicity,shape,margin,foci,size_cm"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["tirads", *map(str, arguments)], catch_exceptions=False)


def test_json_has_the_keys_of_an_answer() -> None:
    answer = json.loads(run(*WHOLE, "--size-cm", "1.5", "--json").stdout)
    assert answer["system"] == "acr-2017"
    assert (answer["points"], answer["level"], answer["inconsistent"]) == (4, "TR4", [])
    assert answer["advice"].startswith("FNA")
    assert "not a medical device" in answer["disclaimer"]


def test_foci_may_be_repeated_or_parted() -> None:
    one = run(*SOLID, "--margin", "smooth", "--foci", "punctate;peripheral", "--json").stdout
    other = run(*SOLID, "--margin", "smooth", "--foci", "punctate", "--foci", "peripheral", "--json").stdout
    assert json.loads(one) == json.loads(other)
    assert json.loads(one)["points"] == 9


def test_a_question_left_open_is_no_failure() -> None:
    result = run(*SOLID)
    assert result.exit_code == 0
    assert "no level" in result.stdout
    assert "margin, foci: not answered" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--margin", "smoth"], "did you mean smooth"),
        ([], "names no nodule"),
        (["--size-cm", "-1", *WHOLE], "size_cm '-1'"),
        (["--size-cm", "16", *WHOLE], "give centimetres, no millimetres"),
        (["grades.csv"], "--to"),
        (["grades.csv", "--to", "x.csv", "--margin", "smooth"], "one or the other"),
    ],
)
def test_wrong_use_is_said(arguments: list[str], part: str) -> None:
    with pytest.raises(UsageError, match=part):
        run(*arguments)


def graded(tmp_path: Path, *lines: str, header: str = HEADER) -> list[dict[str, str]]:
    path, to = tmp_path / "grades.csv", tmp_path / "out.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    assert run(path, "--to", to).exit_code == 0
    with to.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_gets_the_columns_and_keeps_its_own(tmp_path: Path) -> None:
    rows = graded(
        tmp_path,
        "a,solid-or-almost,hypoechoic,wider-than-tall,smooth,none,1.5",
        'b,mixed,"",wider-than-tall,smooth,punctate;none,',
        "c,mixed,anechoic,wider-than-tall,smoth,none,0.4",
        "d,mixed",
    )
    assert [row["nodule"] for row in rows] == ["a", "b", "c", "d"]
    assert [row["level"] for row in rows] == ["TR4", "", "", ""]
    assert [row["points"] for row in rows] == ["4", "", "", ""]
    assert rows[0]["inconsistent"] == ""
    assert "echogenicity: not answered" in rows[1]["inconsistent"]
    assert "did you mean smooth" in rows[2]["inconsistent"]
    assert "2 cells" in rows[3]["inconsistent"]
    assert {row["system"] for row in rows} == {"acr-2017"}


def test_a_decimal_comma_is_read_where_columns_are_parted_by_semicolons(tmp_path: Path) -> None:
    header = HEADER.replace(",", ";")
    (row,) = graded(tmp_path, "a;solid-or-almost;hypoechoic;wider-than-tall;smooth;none;1,5", header=header)
    assert row["advice"].startswith("FNA")


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("nodule,composition,echogenicity", "has no column shape, margin, foci"),
        (HEADER + ",level", "has a column level already"),
        (HEADER + ",foci", "more than one column 'foci'"),
    ],
)
def test_a_file_with_other_columns_is_refused(tmp_path: Path, header: str, part: str) -> None:
    path = tmp_path / "grades.csv"
    path.write_text(header + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=part):
        run(path, "--to", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_the_file_itself_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    path.write_text(HEADER + "\n", encoding="utf-8")
    with pytest.raises(UsageError):
        run(path, "--to", path)
