"""The tables of a study: every row with its figures, the paper's beside, what is unusual marked."""

from __future__ import annotations

from isthmus.report.study_tables import families, networks, prices, savings, sections
from isthmus.report.table import Table
from isthmus.study.tables import METRICS
from make.study import small, whole


def lines(table: Table) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for every in table.blocks.values() for line in every]


def test_a_section_has_every_row_of_its_condition_and_the_papers() -> None:
    rows = whole().tables["table4"]
    for section in sections(whole(), "table4"):
        condition = (section.condition.protocol, section.condition.labels)
        under = [row for row in rows if (row.entry.protocol, row.entry.labels) == condition]
        shown = lines(section.table)
        assert len(shown) == len(under) + sum(row.paper is not None for row in under)
        assert sum(line[1] == "paper" for line in shown) == sum(row.paper is not None for row in under)
        assert {len(line) for line in shown} == {6, 5 + len(METRICS)}


def test_what_is_unusual_is_marked_and_explained() -> None:
    table = sections(whole(), "table4")[0].table
    marked = [line[0] for line in lines(table) if "†" in line[0]]
    notes = [text for sign, text in table.notes if sign == "†"]
    assert marked == ["ResNet50 †"]
    assert len(notes) == 1
    assert "size 64" in notes[0]


def test_a_run_of_table_4_is_recognised_in_another_table() -> None:
    table = sections(whole(), "ablations")[0].table
    assert any(line.cells[0].below for every in table.blocks.values() for line in every)


def test_a_price_a_row_and_none_without_two_protocols() -> None:
    table = prices(whole())
    assert table is not None
    assert len(lines(table)) == len(whole().prices)
    assert {len(line) for line in lines(table)} == {len(table.columns)}
    assert prices(small()) is None


def test_families_count_what_they_show() -> None:
    made = families(whole())
    assert sum(one.n for one in made) == len(whole().comparisons)
    assert sum(one.shown for one in made) == sum(bool(one.shown) for one in whole().comparisons)


def test_a_network_with_crops_has_what_it_saves() -> None:
    table = networks(whole())["table4"]
    at = [column.title for column in table.columns].index("×")
    for line in lines(table):
        assert (line[at] == "–") is line[0].startswith("global, ")
    assert {(one.counted, one.timed) for one in savings(whole())} == {(5.0, 3.0)}
