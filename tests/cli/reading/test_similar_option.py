"""`isthmus predict --similar`: cases in text and JSON, only where they are asked for and the gate accepts."""

from __future__ import annotations

import json
from pathlib import Path

from golden.make_shipped_scores import frames
from isthmus.errors import UsageError
from make.commands import isthmus

MODEL = ("--model", "tn5000-hfcn")


def picture() -> tuple[Path, str]:
    path, box = next(iter(frames().values()))
    return path, str(box)


def test_cases_are_listed_with_labels_and_limits() -> None:
    path, box = picture()
    told = isthmus("predict", "--similar=2", path, "--box", box, *MODEL).stdout
    one = json.loads(isthmus("predict", "--similar=2", path, "--box", box, "--json", *MODEL).stdout)["predictions"][0]
    plain = json.loads(isthmus("predict", path, "--box", box, "--json", *MODEL).stdout)["predictions"][0]
    similar = one.pop("similar", None)
    assert one == plain
    if one["verdict"] == "abstain":
        assert similar is None
    else:
        assert len(similar["cases"]) == 2
        assert f"similar 1: {similar['cases'][0]['label']}" in told
        assert similar["malignant_share"]["n"] == 20


def test_it_is_not_for_archives(tmp_path: Path) -> None:
    done = isthmus("predict", "--similar=2", tmp_path, "--to", tmp_path / "a.csv", *MODEL)
    assert isinstance(done.exception, UsageError)
    assert "--similar is for FILEs" in str(done.exception)


def test_a_file_behind_it_is_not_its_number() -> None:
    path, box = picture()
    done = isthmus("predict", "--similar", path, "--box", box, *MODEL)
    assert isinstance(done.exception, UsageError)
    assert "Write --similar=5 before a FILE" in str(done.exception)
    assert isthmus("predict", "--similar", "0", path, "--box", box, *MODEL).exit_code == 2
