"""``isthmus study`` of cells that are empty, and of a protocol that was asked for later."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.test_study_command import OWN, rows
from make.commands import SMALL, isthmus


@pytest.mark.parametrize("what", ["table3", "table4", "ablations", "claims", "cases"])
def test_nothing_finished_is_no_success(phantom: Path, tmp_path: Path, what: str) -> None:
    result = isthmus("study", what, phantom, "--as", "phantom", "--to", tmp_path / "s", *OWN[:4], "--as-is")
    assert result.exit_code == 1
    assert "nothing is finished in this study yet" in result.stderr
    assert not list(tmp_path.glob("s/*.png"))


def test_each_protocol_by_image_has_its_price(phantom: Path, tmp_path: Path) -> None:
    to = tmp_path / "s"
    command = ("study", "table4", phantom, "--as", "phantom", "--to", to, *OWN, "--only", "majority")
    assert isthmus(*command).exit_code == 0
    result = isthmus(*command, "--protocol", "by-image")
    assert result.exit_code == 0, (result.exception, result.stderr)
    assert "Protocol by-image: 3:1 by image; epoch and threshold chosen on validation; optimistic." in result.stdout
    found = {row["protocol"]: (row["split_by"], row["chosen_on"]) for row in rows(to / "table4.csv")}
    assert found == {
        "grouped": ("group", "validation"),
        "by-image": ("image", "validation"),
        "paper": ("image", "test"),
    }
    told = (to / "report.md").read_text(encoding="utf-8")
    lines = told.splitlines()
    above = [lines[at - 1] for at, line in enumerate(lines) if line.startswith("| baseline, majority |")]
    conditions = "Protocols {} and grouped, labels benign-2-3-4a:"
    assert [conditions.format(name) in "".join(above) for name in ("by-image", "paper")] == [True, True]
    assert len(above) == 2
    assert "a validation part chooses; it is drawn by image" in told


def test_data_that_cannot_be_split_so_are_named_in_every_cell(phantom: Path, tmp_path: Path) -> None:
    to = tmp_path / "s"
    command = (
        "study",
        "table4",
        phantom,
        "--as",
        "phantom",
        "--to",
        to,
        *SMALL,
        "--folds",
        23,
        "--protocol",
        "grouped",
    )
    result = isthmus(*command, "--labels", "benign-2-3-4a", "--only", "majority")
    assert result.exit_code == 1
    (row,) = rows(to / "table4.csv")
    assert "23 parts asked for" in row["why"]
