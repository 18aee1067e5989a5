"""What the report of one nodule says, and what it must not say."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from isthmus.decision import Prevalence
from isthmus.errors import DataError
from isthmus.judge.probability.prevalence import moved
from isthmus.nodule import Box, Frame, Label, ScanRegion
from isthmus.report.nodule.content import Content, Section, content
from isthmus.report.nodule.report import NoduleReport
from isthmus.report.nodule.scale import Bar, Stroke, Words, place, scale
from make.nodule_report import CROPS, DECISION, ORIGIN, THRESHOLD, VOTES, grading, prediction, report

NUMBERS = (0.8125, 0.765, *VOTES)


def told(page: Content) -> str:
    """Every word of the page but those of its pictures."""
    sections = (page.answer, page.tirads, page.model, page.limits)
    rows = [*page.head, *page.votes, *(row for one in sections for row in one.rows)]
    texts = [page.title, *(one.lead for one in sections), *(text for one in sections for text in one.sentences)]
    texts += [f"{row.name} {row.value}" for row in rows]
    shapes = page.scale.shapes if page.scale else ()
    return "\n".join([*texts, *(shape.text for shape in shapes if isinstance(shape, Words))])


def rows(section: Section) -> dict[str, str]:
    return {row.name: row.value for row in section.rows}


def test_says_p_its_threshold_the_side_and_what_is_not_ruled_out() -> None:
    page = content(report())
    assert re.search(r"0\.812.*0\.250.*sensitivity-95, set to find 95 % of.*malignant", page.answer.lead)
    assert any("Not ruled out: malignant" in one and "90 %" in one for one in page.answer.sentences)
    assert any("60.0 %" in one for one in page.answer.sentences)
    assert [vote.value for vote in page.votes] == ["0.77", "0.11", "0.22", "0.33", "0.44", "0.56"]


def test_an_abstention_shows_its_reasons_and_no_number_of_the_reading() -> None:
    refused = report(prediction=prediction(refused=("it is upside down",)))
    page = content(refused)
    assert page.scale is None
    assert page.votes == ()
    assert page.answer.sentences == ("It is upside down.",)
    assert page.tirads.lead == "The model gives no answer."
    whole, page = (content(report(prediction=one.prediction, grading=None)) for one in (report(), refused))
    for number in NUMBERS:
        assert f"{number:.2f}" in told(whole)
        assert f"{number:.2f}" not in told(page)
    assert "crops" not in page.pictures[1].caption


def test_crops_are_drawn_only_with_an_answer() -> None:
    answered, refused = (content(report(prediction=prediction(refused=why))) for why in ((), ("no",)))
    bare = content(report(crops=()))
    assert answered.pictures[1].png != bare.pictures[1].png
    assert refused.pictures[1].png == bare.pictures[1].png


@pytest.mark.parametrize("name", ["title", "picture", "patient", "clinician"])
def test_a_name_stands_there_only_if_it_is_given(name: str) -> None:
    assert "secret" not in told(content(report()))
    assert "Wáng 王" in told(content(report(**{name: "Wáng 王"})))


def test_the_whole_frame_is_shown_only_if_asked_for() -> None:
    pixels = np.zeros((200, 300), np.uint8)
    pixels[:20] = 255  # where a device writes a name
    region = ScanRegion(Box(30, 30, 290, 190), "tissue")
    for asked in (False, True):
        frames = (Frame(one, regions=(region,)) for one in (pixels, np.zeros_like(pixels)))
        named, black = (content(report(frame=frame, crops=(), whole_frame=asked)).pictures for frame in frames)
        assert (named[0].png == black[0].png) != asked
        assert named[1].png == black[1].png


def test_without_a_scan_area_what_is_round_the_nodule_is_shown() -> None:
    frame, box = Frame(np.zeros((800, 900), np.uint8)), Box(400, 300, 440, 320)
    near, whole = (
        content(report(frame=frame, prediction=replace(prediction(), box=box), crops=(), whole_frame=asked)).pictures
        for asked in (False, True)
    )
    assert near[0].width / near[0].height == pytest.approx(136 / 116, rel=0.01)
    assert whole[0].width / whole[0].height == pytest.approx(900 / 800, rel=0.01)


@pytest.mark.parametrize(
    ("p", "words", "kind"),
    [
        (0.8, {"echogenicity": "very-hypoechoic", "shape": "taller-than-wide"}, "agree"),
        (0.1, {"echogenicity": "very-hypoechoic", "shape": "taller-than-wide"}, "disagree"),
        (0.8, {"composition": "spongiform", "foci": "none"}, "disagree"),
        (0.1, {"composition": "spongiform", "foci": "none"}, "agree"),
    ],
)
def test_agreement_and_disagreement_stand_in_the_same_place(p: float, words: dict[str, str], kind: str) -> None:
    side = Label.MALIGNANT if p >= THRESHOLD else Label.BENIGN
    page = content(report(prediction=prediction(p, label_set=(side,)), grading=grading(**words)))
    assert page.tirads.kind == kind
    assert page.tirads.lead
    assert rows(page.tirads)["Advice"]


def test_what_does_not_fit_together_is_said() -> None:
    page = content(report(grading=grading(composition="cystic-or-almost", foci="none")))
    assert any("hypoechoic" in one for one in page.tirads.sentences)


def test_without_tirads_there_is_no_agreement() -> None:
    page = content(report(grading=None))
    assert (page.tirads.lead, page.tirads.kind) == ("", "")


def test_size_is_in_millimetres_or_says_why_not() -> None:
    assert "14.4 x 10.4 mm" in told(content(report(size_mm=(14.4, 10.4))))
    assert "not known: its units are no centimetres" in told(content(report(no_size="its units are no centimetres")))


def test_error_rates_are_those_of_the_threshold_that_was_applied() -> None:
    limits = rows(content(report()).limits)
    assert limits["Malignant called benign"].startswith("0.090 (0.080 to 0.100), n = 100")
    assert limits["Benign called malignant"].startswith("0.500 (no interval), n = 40")
    other = content(report(prediction=prediction(threshold=0.3)))
    assert rows(other.limits)["Error rates"] == "not measured at this threshold"
    unnamed = content(report(prediction=prediction(operating_point="given")))
    assert rows(unnamed.limits)["Error rates"] == "not measured at this threshold"


def test_error_rates_hold_where_p_and_threshold_were_moved_together() -> None:
    threshold = float(moved(np.array(THRESHOLD), 0.6, 0.1))
    decision = replace(DECISION, thresholds={"sensitivity-95": threshold}, prevalence=Prevalence(0.6, 0.1))
    model = replace(ORIGIN.model, decision=decision)
    page = content(report(origin=replace(ORIGIN, model=model), prediction=prediction(threshold=threshold)))
    assert "Malignant called benign" in rows(page.limits)


def test_a_bundle_without_facts_has_a_report() -> None:
    page = content(report(origin=replace(ORIGIN, facts=None), prevalence=None))
    assert page.limits.rows == ()
    assert page.limits.sentences


def test_names_the_model_whole() -> None:
    model = rows(content(report()).model)
    assert "made" in model["Model"]
    assert "1.2.3" in model["Model"]
    assert "ab" * 32 in model["Bundle"]
    assert model["Nodules"] == "40 benign, 60 malignant"


@pytest.mark.parametrize("p", [0.0, 0.2, 0.25, 0.5, 1.0])
def test_the_scale_puts_every_number_at_its_place(p: float) -> None:
    drawn = scale(report(prediction=prediction(p)))
    assert drawn is not None
    strokes = {one.look: one.x for one in drawn.shapes if isinstance(one, Stroke)}
    assert strokes == {"mark": place(p), "threshold": place(THRESHOLD), "prevalence": place(0.6)}
    bars = [(one.look, one.x0, one.x1) for one in drawn.shapes if isinstance(one, Bar)]
    ends = (place(0), place(1))
    assert ("benign", ends[0], place(THRESHOLD)) in bars
    assert ("malignant", place(THRESHOLD), ends[1]) in bars
    assert ("benign", ends[0], place(0.7)) in bars
    assert ("malignant", place(0.2), ends[1]) in bars


def test_a_box_outside_the_frame_is_refused() -> None:
    with pytest.raises(DataError, match="leaves the picture"):
        report(frame=Frame(np.zeros((100, 100), np.uint8)))
    with pytest.raises(DataError, match="no box"):
        NoduleReport(replace(prediction(), box=None), Frame(np.zeros((200, 200), np.uint8)), ORIGIN, CROPS)


def test_a_nodule_at_the_edge_and_crops_outside_the_frame_are_drawn() -> None:
    box = Box(0, 0, 3, 2)
    page = content(report(prediction=replace(prediction(), box=box), contour=((0, 0), (3, 0), (3, 2))))
    assert all(one.png.startswith(b"\x89PNG") for one in page.pictures)
