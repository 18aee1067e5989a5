"""A table described once: its Markdown, its groups of columns, its cells and notes."""

from __future__ import annotations

import pytest

from isthmus.judge.intervals import Estimate
from isthmus.report.table import Cell, Column, Letters, Table, estimate, explained, line, markdown_table, share

TABLE = Table(
    (Column("Name", "text"), Column("n"), Column("mean", "estimate", "AUC"), Column("p", group="AUC")),
    {"First": (line("a|b", "3", Cell("0.5", "0.4 to 0.6", "a"), "0.1"),), "": (line("c", "no run"),)},
    (("a", "a reason"),),
)


def test_markdown_has_every_cell_in_rows_of_one_width() -> None:
    rows = [row.split(" | ") for row in markdown_table(TABLE).split("\n\n")[0].splitlines()]
    assert {len(row) for row in rows} == {4}
    assert rows[0][1:] == ["n", "AUC: mean", "AUC: p |"]
    assert rows[1] == ["| :--", "--:", "--:", "--: |"]
    assert rows[3][:3] == [r"| a\|b", "3", "0.5 (0.4 to 0.6) a"]
    assert rows[4][:2] == ["| c", "no run"]
    assert markdown_table(TABLE).endswith("\n- a: a reason")


def test_groups_span_their_columns() -> None:
    assert TABLE.groups == [("", 2), ("AUC", 2)]
    assert TABLE.openings == {2}
    assert Table((Column("n"),), {}).groups == []


def test_only_the_first_rows() -> None:
    assert [len(lines) for lines in TABLE.first(0).blocks.values()] == [0, 0]
    assert TABLE.first(1) == TABLE


@pytest.mark.parametrize(
    ("one", "text", "below"),
    [
        (Estimate(-0.5, -0.75, 0.25, ""), "−0.500", "−0.750 to 0.250"),
        (Estimate(0.5, float("nan"), float("nan"), ""), "0.500", "no interval"),
        (Estimate.undefined("none"), "–", ""),
    ],
)
def test_an_estimate_has_its_interval_or_says_that_there_is_none(one: Estimate, text: str, below: str) -> None:
    assert (estimate(one).text, estimate(one).below) == (text, below)


def test_letters_are_given_once_a_reason_and_only_to_what_is_undefined() -> None:
    letters = Letters()
    cells = [explained(Estimate.undefined(reason), letters) for reason in ("one", "two", "one")]
    assert [cell.note for cell in cells] == ["a", "b", "a"]
    assert explained(Estimate(0.5, 0.4, 0.6, "a method"), letters).note == ""
    assert [text.partition(": ")[2] for _, text in letters.notes] == ["one", "two"]


def test_many_notes_have_different_letters() -> None:
    letters = Letters()
    assert len({letters.of(str(at)) for at in range(60)}) == 60


def test_a_share_has_its_counts() -> None:
    assert share(3, 12) == Cell("25 %", "3 of 12")
    assert share(0, 0).text == "–"
