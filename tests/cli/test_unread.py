"""What is there and can't be read, for every verb: named, with its exit code."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from isthmus.errors import DataError
from make import ddti
from make.commands import SMALL, isthmus
from make.nobody import nobody
from make.scan import save, scan


@pytest.fixture
def data() -> Iterator[Path]:
    """Two cases, one in a folder of its own, where a stranger may enter."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        root = Path(name)
        root.chmod(0o755)
        for case, folder in (("1", root), ("2", root / "inner")):
            folder.mkdir(exist_ok=True)
            save(folder, f"{case}_1", scan(int(case)), "jpg", quality=90)
            ddti.write_case(folder, case, {"1": ddti.annotation(ddti.ellipse(200, 120, 30, 20))}, tirads="2")
        yield root
        (root / "inner").chmod(0o755)


def test_look_names_a_folder_that_may_not_be_listed(data: Path) -> None:
    command = ("look", data, "--as", "ddti", "--json")
    assert isthmus(*command).exit_code == 0  # and everything is imported while it may be
    (data / "inner").chmod(0)
    with nobody():
        result, skipped = isthmus(*command), isthmus(*command, "--skip-broken")
    (fault,) = json.loads(result.stdout)["faults"]
    assert (fault["file"], fault["kind"], fault["broken"]) == ("inner", "not-read", True)
    assert (result.exit_code, skipped.exit_code) == (1, 0)


def test_a_linked_folder_is_read_and_a_second_link_to_it_is_told(data: Path, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    for name in ("x", "y"):
        (tmp_path / "root" / name).symlink_to(data)
    found = isthmus("look", tmp_path / "root", "--as", "ddti", "--json")
    told = json.loads(found.stdout)
    assert (found.exit_code, told["images"]) == (0, 2)
    assert [(fault["file"], fault["kind"]) for fault in told["faults"]] == [("y", "repeated-folder")]
    assert isthmus("look", tmp_path / "root", "--as", "ddti", "--strict").exit_code == 1


@pytest.mark.parametrize("verb", ["train", "cross", "predict"])
def test_the_others_refuse_unless_told_to_go_on(data: Path, tmp_path: Path, verb: str) -> None:
    os.mkfifo(data / "3_1.jpg")
    more = (
        ("--model", tmp_path / "m", "--to", tmp_path / "o.csv")
        if verb == "predict"
        else ("--to", tmp_path / "o", *SMALL)
    )
    found = isthmus(verb, data, "--as", "ddti", *more).exception
    assert isinstance(found, DataError)
    assert "3_1.jpg: is a named pipe, no file" in str(found)
    assert "--skip-broken" in str(found)
