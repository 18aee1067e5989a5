"""`isthmus look`: the report, the JSON, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from isthmus.cli.look import look
from isthmus.errors import DataError
from make import ddti
from make.scan import cross, save, scan


def run(*arguments: object) -> Result:
    return CliRunner().invoke(look, [str(argument) for argument in arguments])


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    for case in ("1", "2"):
        save(tmp_path, f"{case}_1", scan(int(case)), "jpg", quality=90)
        ddti.write_case(tmp_path, case, {"1": ddti.annotation(ddti.ellipse(200, 120, 30, 20))}, tirads="2")
    return tmp_path


def add_case(root: Path, case: str, seed: int, svg: str = "", **fields: str) -> None:
    save(root, f"{case}_1", scan(seed), "jpg", quality=90)
    ddti.write_case(root, case, {"1": svg or ddti.annotation(ddti.ellipse(200, 120, 30, 20))}, **fields)


def test_clean_data_exits_0_even_strict(clean: Path) -> None:
    assert run(clean, "--as", "ddti").exit_code == 0
    result = run(clean, "--as", "ddti", "--strict")
    assert result.exit_code == 0
    assert "2 images of 2 patients in 2 cases" in result.stdout
    assert "not a medical device" in result.stdout


def test_a_copy_in_another_case_fails_the_strict_run(clean: Path) -> None:
    add_case(clean, "3", 1, tirads="5")
    assert run(clean, "--as", "ddti").exit_code == 0
    result = run(clean, "--as", "ddti", "--strict")
    assert result.exit_code == 1
    assert "1_1 (TI-RADS 2), 3_1 (TI-RADS 5)" in result.stdout
    assert "benign-2-3: 1_1 benign, 3_1 malignant" in result.stdout


def test_json(clean: Path) -> None:
    add_case(clean, "3", 1, tirads="4a")
    result = run(clean, "--as", "ddti", "--labels", "benign-2-3", "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (said["images"], said["cases"], said["nodules"], said["groups"]) == (3, 3, 3, 2)
    assert said["policy"] == "benign-2-3"
    assert said["labels"]["benign-2-3"] == {"benign": 2, "malignant": 1}
    assert said["labels"]["benign-2-3-4a"] == {"benign": 3, "malignant": 0}
    assert said["duplicates_across_cases"] == [["1_1", "3_1"]]
    assert [conflict["images"] for conflict in said["label_conflicts"]] == [["1_1", "3_1"]]


def test_a_mark_fails_the_strict_run(clean: Path) -> None:
    picture = scan(2)
    cross(picture, (200, 120), (60, 200, 190))
    save(clean, "2_1", picture, "jpg", quality=95)
    result = run(clean, "--as", "ddti", "--strict")
    assert result.exit_code == 1
    assert "1 of 2 (50.0 %) nodules" in result.stdout


def test_faults_are_listed_and_fail_only_the_strict_run(clean: Path) -> None:
    add_case(clean, "3", 3, ddti.cut_annotation(ddti.ellipse(200, 120, 30, 20)), tirads="2")
    assert run(clean, "--as", "ddti").exit_code == 0
    result = run(clean, "--as", "ddti", "--strict")
    assert result.exit_code == 1
    assert "truncated-annotation: 1" in result.stdout


def test_what_cannot_be_read_exits_1_unless_skipped(clean: Path) -> None:
    (clean / "3.xml").write_text("<case><mark>", encoding="utf-8")
    whole = (clean / "1_1.jpg").read_bytes()
    (clean / "1_1.jpg").write_bytes(whole[: len(whole) // 2])
    result = run(clean, "--as", "ddti", "--json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["images"] == 1
    assert {fault["file"] for fault in said["faults"]} >= {"3.xml"}
    assert "--skip-broken" in result.stderr
    assert run(clean, "--as", "ddti", "--skip-broken").exit_code == 0


@pytest.mark.parametrize("name", ["", "absent"])
def test_no_folder_or_an_empty_one_is_an_error(tmp_path: Path, name: str) -> None:
    result = run(tmp_path / name, "--as", "ddti")
    assert isinstance(result.exception, DataError)
    assert result.exception.exit_code == 2


@pytest.mark.slow
def test_real_ddti(ddti_root: Path) -> None:
    said = json.loads(run(ddti_root, "--as", "ddti", "--json").stdout)
    assert (said["images"], said["cases"], said["nodules"], said["groups"]) == (480, 390, 659, 385)
    assert said["tirads_images"] == {"2": 42, "3": 19, "4a": 96, "4b": 79, "4c": 68, "5": 45, "none": 131}
    assert said["labels"]["benign-2-3-4a"] == {"benign": 207, "malignant": 253}
    assert len(said["coloured_marks"]) == 20
    assert said["label_conflicts"] == []
