"""Other predictions of the same nodules are compared as `isthmus compare` does it."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.cross.prediction_file import PredictionFile
from isthmus.cross.prediction_table import PredictionTable
from isthmus.cross.table_comparison import Wanted, table_comparison
from isthmus.errors import UsageError
from isthmus.evidence.beside import beside
from isthmus.evidence.nodules import Choice, of_table
from isthmus.report.evidence.others import others_section
from make.evidence import HEAD, rows, write


def test_it_is_what_compare_finds(tmp_path: Path) -> None:
    one, other = write(tmp_path / "one.csv", rows()), write(tmp_path / "other.csv", rows(gain=0.5)[:200])
    found = beside(one, [str(other)], of_table(PredictionTable.read(one)), Choice())
    files = [PredictionFile.read(str(path)) for path in (one, other)]
    assert found.compared.comparison.as_json() == table_comparison(files, Wanted(shared=True)).comparison.as_json()
    told = found.as_json()
    assert told["left_out"] == {"one.csv": 40, "other.csv": 0}
    section = others_section(found)
    assert "40 nodules of one.csv" in section.paragraphs[1]
    assert len(section.listings[0].table.blocks[""]) == 2
    assert len(section.listings[1].table.blocks[""]) == 1


def test_a_split_is_refused(tmp_path: Path) -> None:
    lines = [[*row, ("val", "test")[at // 2 % 2]] for at, row in enumerate(rows(80))]
    one = write(tmp_path / "one.csv", lines, HEAD + ",split")
    with pytest.raises(UsageError, match="has a split"):
        beside(one, [str(one)], of_table(PredictionTable.read(one)), Choice())
