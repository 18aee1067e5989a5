"""``isthmus predict --click``: the box is proposed, and read as if it had been drawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from isthmus.errors import DataError, UsageError
from isthmus.infer.proposal.propose import Proposer
from isthmus.nodule import Frame
from make.commands import isthmus
from make.ellipse import ellipse

NODULE, MODEL = (60, 50, 140, 110), "tn5000-hfcn"


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    Image.fromarray(ellipse(300, 200, NODULE)).save(tmp_path / "scan.png")
    return tmp_path / "scan.png"


def test_a_click_reads_what_its_box_reads(scan: Path) -> None:
    box = Proposer().propose(Frame(ellipse(300, 200, NODULE)), (95.0, 82.0))
    clicked = isthmus("predict", scan, "--model", MODEL, "--click", "95,82", "--json")
    drawn = isthmus("predict", scan, "--model", MODEL, "--box", box, "--json")
    (one,), (other,) = (json.loads(result.stdout)["predictions"] for result in (clicked, drawn))
    assert one.pop("roi") == "proposed"
    assert other.pop("roi") == "drawn"
    assert one == other
    assert f"the box {box} is proposed for the click; look whether it fits" in clicked.stderr


def test_of_two_clicks_one_outside_is_named(scan: Path) -> None:
    result = isthmus("predict", scan, "--model", MODEL, "--click", "95,82", "--click", "95,2000", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert len(told["predictions"]) == 1
    assert "the click 95,2000 is outside the picture of 300 x 200 pixels" in told["errors"][0]


def test_what_is_no_point_is_refused(scan: Path) -> None:
    result = isthmus("predict", scan, "--model", MODEL, "--click", "95")
    assert isinstance(result.exception, DataError)
    assert "point '95' is not two numbers" in str(result.exception)


def test_an_archive_takes_no_clicks(scan: Path, tmp_path: Path) -> None:
    result = isthmus("predict", scan, "--model", MODEL, "--click", "95,82", "--to", tmp_path / "out.csv")
    assert isinstance(result.exception, UsageError)
    assert "--click is for FILEs without --to" in str(result.exception)
