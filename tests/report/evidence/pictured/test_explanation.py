"""The section on maps: what may not be shown isn't, and the first page says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isthmus.evidence.pictured.explanation import Explained, Position
from isthmus.evidence.pictured.maps import Example
from isthmus.infer.occlusion import CELLS
from isthmus.judge.intervals import Estimate
from isthmus.nodule import Label
from isthmus.report.evidence.pictured.explanation import first_page, section
from isthmus.report.plots import inline_svg

GOOD, LOW = Estimate(0.9, 0.8, 0.95, "x", 60), Estimate(0.1, 0.05, 0.2, "x", 60)


@pytest.fixture
def passed() -> Explained:
    random = np.random.default_rng(0)
    every = tuple(
        Example(random.integers(0, 255, (64, 64, 3), np.uint8), random.normal(size=(CELLS, CELLS)), label)
        for label in (Label.BENIGN, Label.BENIGN, Label.MALIGNANT)
    )
    place = Position(*(GOOD,) * 8)
    return Explained(60, place, place, GOOD, GOOD, LOW, True, "It points: 0.90.", every)


def test_what_passed_is_shown(passed: Explained) -> None:
    one = section(passed)
    assert "passed their check" in one.paragraphs[1]
    (drawing,) = one.drawings
    assert drawing.figure is not None
    drawn = inline_svg(drawing.figure, drawing.name, drawing.title)
    assert drawn.count("<image") == 3
    assert "data:image/png;base64" in drawn
    assert first_page(passed) == ""
    assert "patients' pictures" in drawing.caption
    assert not section(passed, pictures=False).drawings


def test_what_the_bundle_does_not_allow_is_not_shown(passed: Explained) -> None:
    refused = replace(passed, allowed=False, why="the maps of this bundle were never checked")
    one = section(refused)
    assert not one.drawings
    assert "should not be shown. The bundle doesn't allow it: the maps of this bundle were never" in one.paragraphs[1]
    assert "did not pass" in first_page(refused)


def test_what_these_nodules_contradict_is_not_shown(passed: Explained) -> None:
    refused = replace(passed, shuffled=GOOD)
    one = section(refused)
    assert not one.drawings
    assert "rank correlation with the map of shuffled weights" in one.paragraphs[1]
    assert "bundle doesn't" not in one.paragraphs[1]
    assert first_page(refused)
    lines = one.listings[0].table.blocks[""]
    assert [line.cells[-1].text for line in lines] == ["yes", "yes", "yes", "no"]


def test_every_figure_has_its_interval_and_n(passed: Explained) -> None:
    for listing in section(passed).listings:
        for line in listing.table.blocks[""]:
            estimates = [cell for cell in line.cells if cell.below]
            assert estimates
            assert all("n = 60" in cell.below for cell in estimates)
            assert len(line.cells) == len(listing.table.columns)  # a short line would lose its interval
