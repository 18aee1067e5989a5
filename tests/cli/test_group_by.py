"""``--group-by`` and the protocols ``blocks`` and ``authors`` as a user meets them, on a made TN5000."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from isthmus.errors import IsthmusError
from isthmus.phantom.write import write_phantom
from make.commands import SMALL, isthmus
from make.tn5000 import make
from make.voc import write_list

AS = ("--as", "tn5000")
RULE = "a group is a block of 20 consecutive image numbers, joined with blocks that share a duplicate"
GAP = "images within 5 numbers of a tested one are left out of training"


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("tn5000"), count=120, run=10)


@pytest.fixture(scope="module")
def crossed(numbered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("crossed") / "run"
    result = isthmus("cross", numbered, *AS, "--to", to, "--folds", 2, "--group-by", "sequence:20", *SMALL)
    assert result.exit_code == 0, (result.exception, result.stderr)
    assert "Protocol blocks" in result.stdout
    assert GAP in " ".join(result.stdout.split())
    return to


def test_every_output_has_the_rule(crossed: Path) -> None:
    card = json.loads((crossed / "scorecard.json").read_text())
    assert card["group_by"] == {"name": "sequence:20", "rule": f"{RULE}; {GAP}"}
    assert (card["n"], card["leak"]["neighbours"], card["leak"]["same_image"]) == (120, 0, 0)
    assert json.loads((crossed / "manifest.json").read_text())["identity"]["group_by"] == "sequence:20"
    page = " ".join(re.sub(r"<[^>]+>", " ", (crossed / "report.html").read_text()).split())
    assert RULE.capitalize() in page
    assert GAP in page
    assert "of 120 patients" not in page


def test_a_run_goes_on_under_its_own_rule_only(numbered: Path, crossed: Path) -> None:
    again = ("cross", numbered, *AS, "--to", crossed, "--folds", 2, *SMALL)
    assert isthmus(*again, "--protocol", "blocks", "--group-by", "sequence:20").exit_code == 0
    for other in (("--protocol", "blocks"), ()):
        result = isthmus(*again, *other)
        assert "holds another run" in str(result.exception)


def test_the_authors_split_counts_its_leak(numbered: Path, tmp_path: Path) -> None:
    command = ("cross", numbered, *AS, "--to", tmp_path / "run", "--protocol", "authors", *SMALL)
    result = isthmus(*command, "--group-by", "sequence:20", "--json")
    assert result.exit_code == 0, (result.exception, result.stderr)
    card = json.loads(result.stdout)
    assert (card["n"], card["leak"]["neighbours"], len(card["folds"])) == (30, 30, 1)
    assert (card["folds"][0]["learned_from"], card["folds"][0]["chosen_on"]) == (60, 30)
    assert "30 have a number within 5 of one in training" in card["caution"]


def test_a_bundle_says_what_its_validation_part_was_parted_by(numbered: Path, tmp_path: Path) -> None:
    to = tmp_path / "bundle"
    result = isthmus("train", numbered, *AS, "--to", to, "--group-by", "sequence:20", *SMALL, "--json")
    assert result.exit_code == 0, (result.exception, result.stderr)
    about = json.loads(result.stdout)
    assert about["groups"] == "sequence:20"
    assert sum(sum(side.values()) for side in about["nodules"].values()) < 120
    assert "sequence:20" in (to / "card.md").read_text()


def test_a_study_is_under_blocks_and_under_the_authors_split(numbered: Path, tmp_path: Path) -> None:
    to = tmp_path / "study"
    common = ("study", "table4", numbered, *AS, "--to", to, "--folds", 2, "--only", "majority")
    for protocol in ("blocks", "authors", "by-image"):
        result = isthmus(*common, "--protocol", protocol, "--group-by", "sequence:20", "--json")
        assert result.exit_code == 0, (result.exception, result.stderr)
    made = json.loads(result.stdout)
    assert {row["protocol"]: row["n"] for row in made["rows"]} == {"blocks": 120, "authors": 30, "by-image": 30}
    assert "block of 20 consecutive numbers" in made["protocols"]["blocks"]
    text = " ".join((to / "report.md").read_text().split())
    assert RULE in text
    assert GAP in text
    assert "Protocols authors and blocks" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--group-by", "sequence:0"), "can't group by 'sequence:0'. Use patient, or sequence:N"),
        (("--group-by", "sequence:many"), "can't group by 'sequence:many'"),
        (("--protocol", "blocks", "--group-by", "patient"), "the protocol 'blocks' is of blocks, not of patients"),
        (("--group-by", "sequence:500"), "all 120 images are in one block of 500 numbers. Give smaller blocks"),
        (("--group-by", "sequence:1"), "left to learn from: all are within 5 numbers of a tested one"),
        (("--protocol", "authors", "--folds", 3), "the protocol 'authors' has no folds"),
    ],
)
def test_what_cannot_be_is_one_line(numbered: Path, tmp_path: Path, arguments: tuple[object, ...], told: str) -> None:
    result = isthmus("cross", numbered, *AS, "--to", tmp_path / "run", *SMALL, *arguments)
    assert isinstance(result.exception, IsthmusError)
    assert told in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_set_without_lists_is_one_line(tmp_path: Path) -> None:
    root = make(tmp_path / "data")
    write_list(root, "train", ["000001"])
    for name in ("val", "test"):
        (root / "ImageSets" / "Main" / f"{name}.txt").unlink()
    simulated = tmp_path / "phantom"
    write_phantom(simulated, patients=8, seed=0)
    for folder, kind, protocol, told in (
        (root, "tn5000", "authors", "in the list train"),
        (simulated, "phantom", "authors", "in the list train that comes with the data set"),
    ):
        result = isthmus("cross", folder, "--as", kind, "--to", tmp_path / "run", "--protocol", protocol, *SMALL)
        assert told in str(result.exception)
        assert "\n" not in str(result.exception)
