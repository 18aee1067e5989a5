"""`isthmus look`: the report, the JSON, and the exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from isthmus.cli.look import look
from isthmus.errors import DataError
from make import ddti, tn5000
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
    assert "2 nodules: 2 labelled by benign-2-3-4a, 0 without label" in result.stdout
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


def test_order_and_the_authors_split(tmp_path: Path) -> None:
    tn5000.make(tmp_path, count=160, run=20)
    copy = (tmp_path / "JPEGImages" / "000001.jpg").read_bytes()
    (tmp_path / "JPEGImages" / "000004.jpg").write_bytes(copy)
    result = run(tmp_path, "--as", "tn5000", "--json")
    read = json.loads(result.stdout)
    assert read["order"]["likeness"].keys() == {"1", "2", "5", "10", "25"}
    assert read["order"]["neighbour_auc"] > 0.8
    assert read["order"]["neighbour_auc_interval"]["n"] == 160
    assert (read["order"]["runs"], read["order"]["longest_run"], read["order"]["other_patients"]) == (8, 20, None)
    assert {name: read["split_leaks"][name] for name in ("n", "training", "duplicates", "identical", "neighbours")} == {
        "n": 40,
        "training": 120,
        "duplicates": 1,
        "identical": 1,
        "neighbours": 40,
    }
    shown = run(tmp_path, "--as", "tn5000").stdout
    assert "160 images, no patient named" in shown
    assert "groups: images joined by duplicates" in shown
    assert "Sets of images that show the same frame: 1\n  000001, 000004\n" in shown
    assert not re.search("patients|TI-RADS|case", shown)
    assert "160 nodules: 160 labelled, 0 without label" in shown
    assert "File order gives the class away: AUC 1.00." in shown
    assert "A split must go by blocks of consecutive numbers" in shown
    assert "1 have a duplicate in training (1 with identical pixels): 2.5 (0.4 to 12.9) %" in shown


def test_order_of_named_patients(phantom: Path) -> None:
    read = json.loads(run(phantom, "--as", "phantom", "--json").stdout)
    assert read["split_leaks"] is None
    assert read["order"]["other_patients"].keys() == read["order"].keys() - {"other_patients"}


@pytest.mark.slow
def test_order_of_tn5000(tn5000_root: Path) -> None:
    read = json.loads(run(tn5000_root, "--as", "tn5000", "--json").stdout)
    assert read["order"]["alike_up_to"] == 2
    assert read["order"]["neighbour_auc"] == pytest.approx(0.983, abs=0.005)
    assert read["split_leaks"]["neighbours"] == read["split_leaks"]["n"] == 749
    assert read["split_leaks"]["duplicates"] == 22
