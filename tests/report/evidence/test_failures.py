"""Mistakes and doubted labels in the report: by name, and with pictures where their data set is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.data.sources import open_source
from isthmus.evidence.inspection import Inspection
from isthmus.evidence.judged import Evidence, evidence
from isthmus.evidence.match import Match
from isthmus.evidence.nodules import Choice, of_table
from isthmus.report.evidence.failures import PICTURES, doubts_section, mistakes_section
from isthmus.report.evidence.page import content, html
from isthmus.report.evidence.pdf import pdf


@pytest.fixture(scope="module")
def judged(phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Evidence on predictions at random of all nodules of the phantom and one that it doesn't have."""
    data, path = open_source("phantom", phantom), tmp_path_factory.mktemp("p") / "p.csv"
    random = np.random.default_rng(0)
    lines = [f"{one.id},{one.label},{random.random():.3f}" for one in data.labelled]
    path.write_text("\n".join(["nodule,label,p_malignant", *lines, "elsewhere,malignant,0.001"]) + "\n")
    nodules = of_table(PredictionTable.read(path), Choice(group="none"))
    return replace(evidence(nodules), inspection=Inspection(Match.of(nodules, data)))


def test_pictures_are_those_of_the_mistakes_that_the_data_set_has(judged: Evidence) -> None:
    section, found = mistakes_section(judged, pictures=True), judged.mistakes
    assert "elsewhere" in {each.nodule for each in found.missed.first}
    kinds = {"missed": found.missed.first, "alarms": found.false_alarms.first}
    there = {name: sum(each.nodule != "elsewhere" for each in first) for name, first in kinds.items()}
    drawn = {one.name: len(one.figure.axes) for one in section.drawings if one.figure}
    assert drawn == {name: number for name, number in there.items() if number}
    assert drawn
    assert all(PICTURES in one.caption for one in section.drawings)


def test_without_pictures_none_is_shown(judged: Evidence) -> None:
    for section in (mistakes_section(judged, False), doubts_section(judged, False)):
        assert not section.drawings
    page = html(content(judged, pictures=False))
    assert "data:image/png" not in page
    assert PICTURES not in page


def test_the_page_and_the_pdf_hold_the_pictures(judged: Evidence) -> None:
    report = content(judged)
    page = html(report)
    assert "data:image/png" in page
    assert "<img" not in page
    assert len(pdf(report)) > 1.2 * len(pdf(content(judged, pictures=False)))


def test_a_model_that_learned_from_them_doubts_no_label(judged: Evidence) -> None:
    section = doubts_section(replace(judged, learned=True), True)
    assert "No label can be doubted" in section.paragraphs[0]
    assert replace(judged, learned=True).as_json()["doubted_labels"]["reason"]
    assert not section.listings
