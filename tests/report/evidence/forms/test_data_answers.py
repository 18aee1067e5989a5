"""The audit of a data set fills in the data card, each line with its source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.data.sources import open_source
from isthmus.evidence.inspection import Inspection, inspect
from isthmus.evidence.judged import Evidence, evidence
from isthmus.evidence.match import Match
from isthmus.evidence.nodules import Choice, of_table
from isthmus.report.evidence.data_set import TITLES, data_section
from isthmus.report.evidence.forms.data_answers import data_answers
from isthmus.report.evidence.forms.write import BLANK, forms


@pytest.fixture(scope="module")
def judged(phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    data, path = open_source("phantom", phantom), tmp_path_factory.mktemp("p") / "p.csv"
    random = np.random.default_rng(0)
    lines = [f"{one.id},{one.label},{random.random():.3f}" for one in data.labelled]
    path.write_text("\n".join(["nodule,label,p_malignant", *lines]) + "\n")
    nodules = of_table(PredictionTable.read(path), Choice(group="none"))
    return replace(evidence(nodules), inspection=inspect(Match.of(nodules, data)))


def test_every_line_has_a_value_a_source_and_a_title(judged: Evidence) -> None:
    assert judged.inspection
    told = list(data_answers(judged.inspection))
    assert [key for key, _, _ in told] == list(TITLES)
    assert all(source for _, _, source in told)
    assert any("n = " in value for _, value, _ in told)
    section = data_section(judged.inspection)
    assert not section.paragraphs
    assert len(section.listings[0].table.blocks[""]) == sum(bool(value) for _, value, _ in told)


def test_the_data_card_has_them_and_names_the_blank_without(judged: Evidence) -> None:
    assert judged.inspection
    card = forms(judged)["data_card.md"]
    bare = forms(replace(judged, inspection=Inspection(judged.inspection.match)))["data_card.md"]
    for title in ("Duplicates in it", "Whether the order of files", "Marks in the pictures"):
        (line,) = (one for one in card.splitlines() if title in one)
        assert BLANK.replace("_", "\\_") not in line
    assert card.count("data.audit") == 6
    assert "data.audit" not in bare
    assert "no-audit" in data_section(Inspection(judged.inspection.match)).paragraphs[0]
