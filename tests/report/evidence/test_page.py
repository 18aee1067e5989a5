"""The report of evidence: its first page says no more than the figures, and each sentence has n and an interval."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.judged import evidence
from isthmus.evidence.nodules import Nodules, of_table
from isthmus.report.evidence import plain_words
from isthmus.report.evidence.page import content, html
from make.evidence import rows, write


@pytest.fixture
def nodules(tmp_path: Path) -> Nodules:
    return of_table(PredictionTable.read(write(tmp_path / "p.csv", rows())))


def test_a_model_that_knows_something_is_told_so(nodules: Nodules) -> None:
    report = content(evidence(nodules))
    assert any(one.startswith("Rank nodules") for one in report.can)
    assert any(one.startswith("Be read as a risk as it is: P is too extreme") for one in report.cannot)
    assert any("it misses" in one for one in report.cannot)
    assert all("n = " in one for one in report.can)


def test_a_risk_is_claimed_only_where_its_slope_is_known(tmp_path: Path) -> None:
    for n, claimed in ((60, False), (2400, True)):
        report = content(evidence(of_table(PredictionTable.read(write(tmp_path / f"{n}.csv", rows(n))))))
        assert any(one.startswith("State a risk") for one in report.can) == claimed


def test_the_first_page_has_at_most_seven_points_a_side_and_says_where_figures_hold(nodules: Nodules) -> None:
    report = content(evidence(replace(nodules, groups=None)))
    assert len(report.can) <= plain_words.MOST
    assert len(report.cannot) <= plain_words.MOST
    (elsewhere,) = (one for one in report.cannot if one.startswith("Be expected to do as well elsewhere"))
    assert "no groups are known" in elsewhere


def test_chance_can_do_nothing(nodules: Nodules) -> None:
    p = np.random.default_rng(1).random(nodules.p.size)
    report = content(evidence(replace(nodules, p=p)))
    assert not any(one.startswith(("Rank", "At the operating")) for one in report.can)
    assert any("better than chance" in one for one in report.cannot)


def test_what_it_is_certain_of_is_told_where_it_is_shown(tmp_path: Path) -> None:
    told = "Tell which verdicts are surer"
    many = of_table(PredictionTable.read(write(tmp_path / "many.csv", rows(1200))))
    assert any(one.startswith(told) for one in content(evidence(many)).can)
    p = np.random.default_rng(1).random(many.p.size)
    assert not any(one.startswith(told) for one in content(evidence(replace(many, p=p))).can)


def test_names_of_the_file_are_escaped(nodules: Nodules) -> None:
    page = html(content(evidence(replace(nodules, name="<b>&", origin={"file": "<script>"}))))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;&amp;" in page


def test_the_page_loads_nothing(nodules: Nodules) -> None:
    page = html(content(evidence(nodules)))
    for forbidden in ("<script", "<link", "<img", "<iframe", "url(", "@import"):
        assert forbidden not in page
    assert "not a medical device" in page
