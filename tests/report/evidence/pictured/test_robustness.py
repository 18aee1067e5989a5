"""Pages of changed pictures say what the figures say: a loss is claimed only where it is shown, corrected."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.judged import Evidence, evidence
from isthmus.evidence.nodules import of_table
from isthmus.evidence.pictured.changes import CHANGES, VARIANTS
from isthmus.evidence.pictured.retest import Retest
from isthmus.evidence.pictured.robustness import Robust, Robustness
from isthmus.judge.delong import auc_within
from isthmus.judge.stability.effect import effects
from isthmus.report.evidence import plain_words
from isthmus.report.evidence.content import Content
from isthmus.report.evidence.forms.answers import answers
from isthmus.report.evidence.page import html
from isthmus.report.evidence.pdf import pdf
from isthmus.report.evidence.pictured import retest, robustness
from make.evidence import rows, write
from make.pictured import N, made, pairs, pictured


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    path = write(tmp_path_factory.mktemp("csv") / "p.csv", rows(60))
    return evidence(of_table(PredictionTable.read(path)))


def with_pictures(plain: Evidence, changes: Robustness, again: Retest) -> Evidence:
    return replace(plain, pictured=pictured(changes, again))


def sentences(evidence: Evidence, start: str) -> list[str]:
    return [one for one in plain_words.cannot(evidence) if one.startswith(start)]


def test_every_change_has_its_caption() -> None:
    assert robustness.CAPTIONS.keys() == {one.name for one in CHANGES}
    told = [robustness.named(one) for one in made({}).changes]
    assert len(set(told)) == len(VARIANTS)
    assert "box moved by 20 % of its sides" in told
    assert "−40 grey levels" in told


def test_a_loss_that_is_shown_is_on_the_first_page(plain: Evidence) -> None:
    told = with_pictures(plain, made({"blur": 0.5}), pairs())
    assert told.pictured is not None
    worst = told.pictured.robustness.worst
    assert worst is not None
    (sentence,) = sentences(told, "Do as well on changed pictures: blur, sigma")
    assert f"n = {N}" in sentence
    assert "corrected for 31 changes" in sentence
    (sentence,) = sentences(told, "Keep its verdict on a changed picture: box moved by 10 % of its sides turns 0.0 %")
    assert "blur, sigma" in sentence
    assert "blur" in answers(told)["robustness"].value


def test_no_loss_is_claimed_that_is_not_shown(plain: Evidence) -> None:
    told = with_pictures(plain, made({"blur": 0.02}), pairs())
    assert told.pictured is not None
    blurred = [one for one in told.pictured.robustness.changes if one.change == "blur"]
    assert any(one.effect.less.estimate.value < 0 for one in blurred)
    assert not sentences(told, "Do as well on changed pictures")
    assert not sentences(with_pictures(plain, made({}), pairs()), "Keep its verdict on a changed picture")


def test_unequal_verdicts_of_pairs_are_told_with_what_chance_makes(plain: Evidence) -> None:
    for named, words in ((True, "two pictures of one patient"), (False, "two that look alike")):
        again = pairs(named=named)
        assert again.main is not None
        (sentence,) = sentences(with_pictures(plain, made({}), again), f"Keep its verdict between {words}")
        assert "n = 30" in sentence
        assert f"{100 * again.main.by_chance:.1f} %" in sentence
    assert not sentences(with_pictures(plain, made({}), pairs(noise=0)), "Keep its verdict between two")
    assert not sentences(with_pictures(plain, made({}), pairs(n=8)), "Keep its verdict between two")


def test_forms_have_a_value_where_pictures_were_read(plain: Evidence) -> None:
    assert not {"robustness", "retest"} & answers(plain).keys()
    told = answers(with_pictures(plain, made({}), pairs()))
    assert "n = 30" in told["retest"].value
    assert "31 changes" in told["robustness"].value


def page_of(changes: Robustness, again: Retest) -> Content:
    return Content("title", "", (), (), (robustness.section(changes), retest.section(again)))


def test_page_and_pdf_hold_both_sections() -> None:
    report = page_of(made({"jpeg": 0.3}), pairs())
    page = html(report)
    for part in ("Robustness", "Test and retest", "turned malignant", "they are. n = 200 each", "n = 30 pairs"):
        assert part in page
    assert page.count('class="wide"') == 2
    assert pdf(report).startswith(b"%PDF")


def test_without_an_auc_or_a_pair_the_page_says_why(plain: Evidence) -> None:
    one = effects([1, 1, 1], [0.2, 0.6, 0.9], [[0.7, 0.6, 0.1]] * len(VARIANTS))
    every = tuple(Robust(change.name, by, each) for (change, by), each in zip(VARIANTS, one, strict=True))
    alone = Robustness(3, 0.5, replace(auc_within([1, 1, 1], [0.2, 0.6, 0.9]), n=3), every)
    none = Retest(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0, bool), None, None, 0, 0.5)
    page = html(page_of(alone, none))
    assert not list(sentences(with_pictures(plain, alone, none), "Keep its verdict between two"))
    assert "Not measured: no two pictures" in page
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)


def test_marks_stand_at_their_strength() -> None:
    changes = made({"scale": 0.3, "brightness": 0.3, "jpeg": 0.3})
    figure = robustness.draw_aucs(changes)
    assert figure is not None
    drawn = {axes.get_title(loc="left"): axes.get_lines()[1].get_xydata().tolist() for axes in figure.axes}
    for title, name, unchanged in (("Box size, times", "scale", 2), ("JPEG quality", "jpeg", 0)):
        values = [one.effect.auc.value for one in changes.changes if one.change == name]
        values.insert(unchanged, changes.auc.value)
        assert drawn[title] == [[at, value] for at, value in enumerate(values)]
    ticks = {axes.get_title(loc="left"): [one.get_text() for one in axes.get_xticklabels()] for axes in figure.axes}
    assert ticks["Box size, times"] == ["0.8", "0.9", "as is", "1.1", "1.25"]
    assert ticks["JPEG quality"] == ["as is", "90", "70", "40", "20"]
    assert ticks["Resolution, of its sides"] == ["as is", "75%", "50%", "25%"]
    assert ticks["Blur, sigma in pixels"] == ["as is", "1", "2", "4"]


def test_p_of_pairs_are_marked(tmp_path: Path) -> None:
    again = pairs()
    axes = retest.draw(again).axes[0]
    drawn = sorted(
        tuple(point) for one in axes.get_lines() if one.get_linestyle() == "None" for point in one.get_xydata()
    )
    assert drawn == sorted(zip(again.first, again.second, strict=True))
