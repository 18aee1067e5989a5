"""A study's folder knows its cells, its data and its format."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.errors import UsageError
from isthmus.study.ledger import LEDGER, open_ledger, save
from make.runs import entry


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    return open_source("phantom", phantom)


def test_what_is_saved_is_read_back(data: DataSet, tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "s", [data], "isthmus study table4 ...").with_entries([entry("a"), entry("b", "x")])
    save(ledger, tmp_path / "s")
    assert open_ledger(tmp_path / "s", [data]) == ledger
    more = open_ledger(tmp_path / "s", [data], "isthmus study table3 ...")
    assert more.commands == (*ledger.commands, "isthmus study table3 ...")
    assert more.entries == ledger.entries


def test_a_cell_asked_again_takes_the_place_of_the_old(data: DataSet, tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, [data]).with_entries([entry("old", why="no"), entry("other", protocol="paper")])
    again = ledger.with_entries([entry("new")])
    assert [one.run for one in again.of("table4")] == ["new", "other"]
    assert again.of("table3") == ()


def test_a_second_policy_joins_and_other_data_are_refused(data: DataSet, phantom: Path, tmp_path: Path) -> None:
    save(open_ledger(tmp_path, [data]), tmp_path)
    other = open_source("phantom", phantom, "benign-2-3")
    assert set(open_ledger(tmp_path, [data, other]).data) == {data.policy, "benign-2-3"}
    fewer = replace(data, nodules=data.nodules[:-1])
    with pytest.raises(UsageError, match=r"study of another data set .*Choose another --to"):
        open_ledger(tmp_path, [fewer])
    with pytest.raises(UsageError, match="another data set"):
        open_ledger(tmp_path, [replace(data, kind="ddti")])


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", '{"format": 1}', '{"format": 1, "versions": [], "entries": [{}]}'),
        '{"format": 9, "versions": [1]}',
        '{"format": 1, "versions": [], "entries": [], "kind": "ddti", "data": [3], "commands": []}',
        '{"format": 1, "versions": [], "entries": [], "kind": "ddti", "data": {"x": 3}, "commands": []}',
        '{"format": 1, "versions": [], "entries": [], "kind": "ddti", "data": {}, "commands": [null]}',
    ],
)
def test_a_ledger_that_cannot_be_read_says_what_to_do(data: DataSet, tmp_path: Path, content: str) -> None:
    (tmp_path / LEDGER).write_text(content)
    with pytest.raises(UsageError, match=r"holds no study .*finished runs are found again"):
        open_ledger(tmp_path, [data])


def test_a_folder_of_something_else_is_refused(data: DataSet, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(UsageError, match="holds no study"):
        open_ledger(tmp_path, [data])


def test_another_format_is_named_with_its_version(data: DataSet, tmp_path: Path) -> None:
    save(open_ledger(tmp_path, [data]), tmp_path)
    path = tmp_path / LEDGER
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 9, "versions": ["7.1"]}))
    with pytest.raises(UsageError, match=r"format 9, of isthmus 7\.1.*go on with that version"):
        open_ledger(tmp_path, [data])
