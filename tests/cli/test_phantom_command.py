"""``isthmus phantom`` as a person and a script meet it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from isthmus.cli.main import main
from isthmus.errors import UsageError


def test_json_counts_what_was_made(tmp_path: Path) -> None:
    arguments = ["phantom", "--to", str(tmp_path / "made"), "--patients", "2", "--seed", "5", "--faults", "--json"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["patients"] == len(list((tmp_path / "made").glob("*.xml"))) == 8
    assert answer["images"] == len(list((tmp_path / "made").glob("*.jpg")))
    assert answer["faults"] == 4
    assert set(answer["labels"]) == {"benign", "malignant"}
    assert sum(answer["labels"].values()) < answer["nodules"]  # one case has no TI-RADS
    assert (answer["folder"], answer["policy"]) == (str(tmp_path / "made"), "benign-2-3-4a")
    assert "not a medical device" in answer["disclaimer"]


def test_people_are_told_that_it_is_simulated(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["phantom", "--to", str(tmp_path), "--patients", "1"])
    assert result.exit_code == 0
    assert "1 patients" not in result.stdout
    assert "under benign-2-3-4a" in result.stdout
    assert "Simulated. For research only; not a medical device." in result.stdout


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = CliRunner().invoke(main, ["phantom", "--to", str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert "already holds something else" in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
