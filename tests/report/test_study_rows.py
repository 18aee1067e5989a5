"""The rows of a study: their order, who was tested, and which settings are usual."""

from __future__ import annotations

from dataclasses import replace

from isthmus.cross.protocols import GROUPED
from isthmus.report.study_rows import (
    base_recipe,
    conditions,
    every_row,
    headline,
    nodules_tested,
    protocols,
    reference_rows,
)
from make.study import BASE, POLICIES, PROTOCOLS, small, whole


def test_the_honest_protocol_comes_first_and_policies_in_their_order() -> None:
    under = conditions(whole())
    assert [(one.protocol, one.labels) for one in under] == [(p, labels) for p in PROTOCOLS for labels in POLICIES]
    assert protocols(whole())[0] == GROUPED


def test_table_4_comes_first() -> None:
    rows = every_row(whole())
    names = [row.entry.table for row in rows]
    assert names == sorted(names, key=["table4", "table3", "ablations"].index)
    assert len(rows) == sum(map(len, whole().tables.values()))


def test_tested_counts_nodules_and_groups_by_policy() -> None:
    counts = nodules_tested(whole())
    assert list(counts) == list(POLICIES)
    assert all(one.n == one.benign + one.malignant == 60 and one.groups == 30 for one in counts.values())
    empty = replace(small(), tables={"table4": tuple(row for row in small().tables["table4"] if row.run is None)})
    assert nodules_tested(empty) == {}


def test_the_headline_is_the_papers_best_network_by_patient() -> None:
    assert {row.entry.protocol for row in headline(whole()).values()} == {GROUPED.name}
    assert list(headline(whole())) == list(POLICIES)


def test_the_papers_backbone_says_what_is_usual() -> None:
    rows = reference_rows(every_row(whole()))
    assert {row.entry.backbone for row in rows} == {"fourconv"}
    others = [row for row in every_row(whole()) if row.run and row.entry.backbone != "fourconv"]
    assert reference_rows(others) == others


def test_the_base_recipe_has_the_papers_values_where_the_table_varies() -> None:
    assert base_recipe(whole()) == BASE
