"""The case figures of a study: which networks, protocols and policies have sheets, and what is on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.data.dataset import DataSet
from isthmus.data.labels import GIVEN
from isthmus.nodule import Box, ImageRef, Label, Nodule
from isthmus.report.study_cases import Sheet, sheets
from isthmus.study.compare import BFC
from isthmus.study.tables import Row
from make.study import POLICIES, whole

PLAIN = POLICIES[0]


@pytest.fixture(scope="module")
def rows() -> Sequence[Row]:
    return whole().tables["table4"]


def data_set(rows: Sequence[Row], policy: str) -> DataSet:
    """The nodules that the finished runs under a policy read, of images that aren't there."""
    labels = {one.nodule: one.label for row in rows if row.run and row.entry.labels == policy for one in row.run.rows}
    nodules = tuple(
        Nodule(name, name, name, ImageRef(Path("none.png")), Box(0, 0, 9, 9), label=label)
        for name, label in labels.items()
    )
    return DataSet("ddti", Path("none"), (), nodules, policy=policy)


def named(drawings: Sequence[Sheet], name: str) -> Sheet:
    (sheet,) = (one for one in drawings if one.name == name)
    return sheet


def prose(sheet: Sheet) -> str:
    return " ".join(" ".join(text.get_text() for text in sheet.figure.texts).split())


def test_the_papers_network_has_two_sheets_a_protocol(rows: Sequence[Row]) -> None:
    drawings = sheets(rows, {PLAIN: data_set(rows, PLAIN)})
    expected = {f"{name}-{protocol}-{PLAIN}" for name in ("cases", "mistakes") for protocol in ("grouped", "paper")}
    assert {sheet.name for sheet in drawings} == expected
    assert len({sheet.title for sheet in drawings}) == len(drawings) == 4
    assert all(sheet.title in prose(sheet) for sheet in drawings)
    paper, grouped = (prose(named(drawings, f"cases-{protocol}-{PLAIN}")) for protocol in ("paper", "grouped"))
    assert f"{BFC} on fourconv" in paper
    assert "60 nodules" in grouped
    assert "optimistic" in paper
    assert "optimistic" not in grouped


def test_the_seed_draws_the_random_cases_and_not_the_mistakes(rows: Sequence[Row]) -> None:
    few = [row for row in rows if row.entry.protocol == "grouped"]
    sets = {PLAIN: data_set(rows, PLAIN)}

    def ids(seed: int, name: str) -> list[str]:
        sheet = named(sheets(few, sets, seed), f"{name}-grouped-{PLAIN}")
        return [str(axes.get_label()) for axes in sheet.figure.axes]

    assert ids(0, "cases") == ids(0, "cases") != ids(1, "cases")
    assert ids(0, "mistakes") == ids(1, "mistakes")


def test_without_its_data_set_or_its_run_there_is_no_sheet(rows: Sequence[Row]) -> None:
    assert sheets(rows, {}) == []
    others = [row for row in rows if row.run is None or row.entry.backbone != "fourconv"]
    assert others
    assert sheets(others, {PLAIN: data_set(rows, PLAIN)}) == []


def test_all_nodules_called_wrong_are_counted_under_the_few_that_are_shown(rows: Sequence[Row]) -> None:
    row = next(row for row in rows if row.run and row.entry.place[1:3] == (BFC, "fourconv"))
    assert row.run is not None
    read = row.run.repeat(0).rows
    wrong = {label: sum(one.verdict is not one.label for one in read if one.label is label) for label in Label}
    n = {label: sum(one.label is label for one in read) for label in Label}
    sheet = next(one for one in sheets([row], {PLAIN: data_set(rows, PLAIN)}) if one.name.startswith("mistakes"))
    for label, other in ((Label.BENIGN, "malignant"), (Label.MALIGNANT, "benign")):
        assert f"{wrong[label]} of {n[label]} {label} ones called {other}" in prose(sheet)


def test_labels_that_come_with_the_data_and_images_without_patients_are_called_so(rows: Sequence[Row]) -> None:
    given = [replace(row, entry=replace(row.entry, labels=GIVEN)) for row in rows if row.entry.labels == PLAIN]
    drawings = sheets(given, {GIVEN: data_set(rows, PLAIN)})
    assert drawings
    for sheet in drawings:
        assert "labels of the data set" in sheet.title
        assert "labels given" not in prose(sheet)
        assert "No patient is named: two images may show one nodule." in prose(sheet)
