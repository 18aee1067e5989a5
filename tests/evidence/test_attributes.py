"""Subgroups' attributes: usual columns, numbers in bands."""

from __future__ import annotations

from pathlib import Path

from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.attributes import attributes_of
from make.evidence import HEAD, rows, write


def test_numbers_are_banded_into_equal_counts_and_unknown_stays_unknown(tmp_path: Path) -> None:
    lines = rows(60)
    lines[0][5] = ""
    table = PredictionTable.read(write(tmp_path / "p.csv", lines, HEAD))
    ages = attributes_of(table, (), set())["age"]
    assert ages[0] is None
    counts = [ages.count(value) for value in sorted(set(ages) - {None}, key=str)]
    assert len(counts) == 3
    assert max(counts) - min(counts) <= 2


def test_a_column_of_the_label_is_no_attribute(tmp_path: Path) -> None:
    table = PredictionTable.read(write(tmp_path / "p.csv", rows(20)))
    assert set(attributes_of(table, (), {"sex"})) == {"age"}


def test_what_is_no_finite_number_is_no_subgroup(tmp_path: Path) -> None:
    lines = [
        [*row[:4], ("nan", "f", "m")[at % 3], ("nan", "inf", "40", "50")[at % 4]] for at, row in enumerate(rows(24))
    ]
    found = attributes_of(PredictionTable.read(write(tmp_path / "p.csv", lines)), (), set())
    assert set(found["sex"]) == {None, "f", "m"}
    assert set(found["age"]) == {None, "40", "50"}
