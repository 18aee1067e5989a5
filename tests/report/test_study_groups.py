"""What a study's page says of groups: of patients where the data name them, of images or blocks where they don't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isthmus.cross.stored import Stored
from isthmus.report.study_page import page
from isthmus.study.findings import Findings
from make.study import whole
from report.test_cross_page import words
from report.test_study_page import spaced


@pytest.fixture(scope="module")
def text() -> str:
    return page(whole(), {}, "DDTI")


def unnamed(before: Findings) -> Findings:
    """The same study on a data set that names no patients: each image is called its patient."""
    tables = {
        table: tuple(replace(row, run=row.run and _unnamed(row.run)) for row in every)
        for table, every in before.tables.items()
    }
    return replace(before, tables=tables)


def _unnamed(run: Stored) -> Stored:
    folds = [replace(fold, rows=tuple(replace(row, patient=row.image) for row in fold.rows)) for fold in run.folds]
    return replace(run, folds=tuple(folds))


def test_no_patient_is_spoken_of_where_none_is_named(text: str) -> None:
    alone = page(unnamed(whole()), {}, "TN5000")
    told = words(alone)
    assert "a group is an image, joined with its duplicates, as the data name no patients" in told
    assert "a group is a patient" not in told
    assert "a group is a patient" in words(text)
    assert "Tested on images whose nodules it did not learn from" in told
    assert "Tested on patients whose nodules" in words(text)
    assert "keeps each image, with all duplicate images, on one side" in told
    assert "57 % 34 of 60" in spaced(text)  # share their patient, in Table S1
    assert "34 of 60" not in spaced(alone)
    assert "– 10 % 6 of 60" in spaced(alone)  # share their image


def test_a_definition_of_a_group_names_its_protocols_where_there_are_several(text: str) -> None:
    mixed = whole()
    blocks = {"protocol": "grouped", "group_by": "sequence:50"}
    tables = {
        table: tuple(
            replace(row, run=replace(row.run, manifest={**row.run.manifest, "identity": blocks}))
            if row.run and row.entry.protocol == "grouped"
            else row
            for row in every
        )
        for table, every in mixed.tables.items()
    }
    told = words(page(replace(mixed, tables=tables), {}, "DDTI"))
    assert "under blocks a group is a block of 50 consecutive image numbers" in told
    assert "under paper a group is a patient" in told
    assert "under" not in words(text).partition("nodules of one group being alike")[2].partition(".")[0]
