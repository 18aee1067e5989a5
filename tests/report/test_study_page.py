"""The page of a study: whole, loading nothing, escaped, repeatable, every number and every reason on it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from isthmus.judge.intervals import Estimate
from isthmus.nodule import DISCLAIMER
from isthmus.report import study_page
from isthmus.report.facts import sides
from isthmus.report.render import CITATION
from isthmus.report.study_page import page
from isthmus.report.verdict_words import ClaimText, VerdictText, claim_texts
from isthmus.report.words import BACKBONES, model
from isthmus.study import paper
from isthmus.study.findings import Findings
from isthmus.study.quotes import QUOTES, Quote
from isthmus.study.tables import METRICS, PAPERS, WITHIN
from isthmus.study.verdicts import CONTRADICTED, HOLDS, NOT_SHOWN, NOT_TESTED, PARTLY
from make.study import POLICIES, WHY, small, whole
from report.test_cross_page import Checker, words

PICTURE = "data:image/png;base64,iVBORw0KGgo="
EVIL = "<script>alert('&')</script>"


@pytest.fixture(scope="module")
def text() -> str:
    return page(whole(), {"Test nodules": PICTURE}, "DDTI")


def narrow(name: str, sentence: str, papers: str = "", *verdicts: VerdictText) -> ClaimText:
    return ClaimText(name, sentence, sentence, (papers,), verdicts, Quote("", "", ""), (), ())


def span(one: Estimate) -> str:
    return f"{one.low:.3f} to {one.high:.3f}".replace("-", "−")


def spaced(text: str) -> str:
    """The text of a page, cells and lines a space apart."""
    return words(re.sub(r"<(t[dh]|small|b|li|br)\b", r" <\1", text))


def rows_of(text: str) -> list[str]:
    return [spaced(row) for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL)]


def without_pictures(text: str) -> str:
    return re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)


def test_is_balanced_html_that_loads_nothing(text: str) -> None:
    assert text.startswith("<!DOCTYPE html>")
    for forbidden in ("<script", "<link", "<iframe", "url(", "@import", "<?xml", "@font-face"):
        assert forbidden not in text
    checked = Checker(text)
    ids = {f"#{name}" for name in checked.ids}
    outside = [one for one in checked.loaded if one.partition("=")[2] not in ids]
    assert outside == [f"img src={PICTURE}", f"a href={CITATION['link']}"]
    assert set(re.findall(r"https?://[^\s<\"]+", text)) == {CITATION["link"]}


def test_every_link_within_leads_somewhere(text: str) -> None:
    checked = Checker(text)
    within = [one.partition("=#")[2] for one in checked.loaded if one.startswith("a href=#")]
    assert len(within) == 9
    assert set(within) <= set(checked.ids)


def test_every_filled_row_stands_there_with_its_intervals(text: str) -> None:
    lines = rows_of(text)
    for table in whole().tables.values():
        for row in (row for row in table if row.run):
            told = [f"{m.value:.3f} ?{span(m)}" for m in (row.metrics[name] for name in METRICS) if m.value == m.value]
            pattern = rf"\b{row.n} .*?" + ".*?".join(told)
            assert any(re.search(pattern, line) for line in lines), row.entry


def test_the_papers_row_stands_beside_with_wilson_intervals(text: str) -> None:
    lines = [line for line in rows_of(text) if line.startswith("paper 224")]
    for row in whole().tables["table4"]:
        if row.paper:
            theirs = paper.metrics(row.paper)
            told = [f"{theirs[m].value:.3f}" + (f" ?{span(theirs[m])}" if m != "f1" else "") for m in PAPERS]
            assert any(re.search("181 .*?" + ".*?".join(told), line) for line in lines), row.entry
    assert len(lines) == sum(row.paper is not None for own in ("table4", "table3") for row in whole().tables[own])


def test_an_empty_cell_shows_its_reason(text: str) -> None:
    empty = [row for row in whole().tables["table4"] if row.run is None]
    assert len(empty) == 12
    assert sum(line.startswith(BACKBONES["vgg19"]) and line.endswith(WHY) for line in rows_of(text)) == len(empty)


def test_what_is_undefined_is_a_dash_with_its_reason(text: str) -> None:
    timid = [
        row
        for row in whole().tables["table4"]
        if row.run and row.metrics["precision"].value != row.metrics["precision"].value
    ]
    assert len(timid) == 4
    assert text.count("<b>–<sup>a</sup></b>") >= len(timid)
    assert "undefined: no nodule is called malignant" in words(text)
    assert re.search(r"\bnan\b|\bNone\b", words(without_pictures(text))) is None
    assert ">nan<" not in text


def test_counts_name_benign_and_malignant_under_each_policy(text: str) -> None:
    told = spaced(text)
    for policy in POLICIES:
        row = next(row for row in whole().tables["table4"] if row.run and row.entry.labels == policy)
        both = sides(policy)
        assert row.confusion is not None
        assert both is not None
        counts = f"{row.confusion.benign} benign, {row.confusion.malignant} malignant"
        assert (
            f"60 nodules, {policy} {counts}; 30 groups benign is TI-RADS {', '.join(both['benign'])}; malignant" in told
        )
        assert f"labels {policy}. 60 nodules tested ({counts}) in 30 groups." in told


def test_the_summary_puts_the_honest_figures_beside_the_papers(text: str) -> None:
    told = words(re.findall(r'<p class="summary">(.*?)</p>', text, re.DOTALL)[0])
    for row in whole().tables["table4"]:
        if row.entry.place[1:3] == ("global + BFC", "fourconv"):
            auc = row.metrics[WITHIN]
            figures = f"an AUC within folds of {auc.value:.3f} ({span(auc)})"
            assert (figures in told) is (row.entry.protocol == "grouped")
    assert re.search(r"96\.13 % \(92\.2 to 98\.1 .*on 181 images, split by image", told)
    rows = [row for table in whole().tables.values() for row in table]
    assert f"{sum(row.run is not None for row in rows)} of {len(rows)} cells filled" in words(text)


def test_the_papers_protocol_is_called_optimistic(text: str) -> None:
    captions = [words(one) for one in re.findall(r"<caption>(.*?)</caption>", text, re.DOTALL)]
    under = [
        one
        for one in captions
        if "protocol paper (by image; choices on test)" in one.lower() and "nodules tested" in one
    ]
    assert len(under) == 6
    assert all("Optimistic." in one for one in under)
    assert not any("Optimistic." in one for one in captions if one not in under)


def test_every_verdict_is_a_word_in_a_badge_with_a_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = (HOLDS, NOT_SHOWN, CONTRADICTED, PARTLY)
    made = tuple(
        narrow(word, f"It {word}.", "the paper's own", VerdictText("grouped", POLICIES[0], word, (f"for {word}",), 7))
        for word in verdicts
    )
    made += (narrow("none", "Nothing."),)
    monkeypatch.setattr(study_page, "claim_texts", lambda found: made)
    text = page(small(), {}, "DDTI")
    shapes = {}
    for word in (*verdicts, NOT_TESTED):
        badges = re.findall(rf'<span class="verdict {word.replace(" ", "-")}">(<svg.*?</svg>){word}</span>', text)
        assert len(badges) == 1
        shapes[word] = badges[0]
    assert len(set(shapes.values())) == 5
    assert all(f"for {word}" in words(text) and "the paper's own" in words(text) for word in verdicts)


def test_the_papers_sentences_stand_there_word_for_word_with_the_narrower_ones(text: str) -> None:
    told, lines = words(text), rows_of(text)
    for claim in claim_texts(whole()):
        quote = QUOTES[claim.name]
        assert f"“{quote.text}”" in told
        assert any(line.startswith(f"“{quote.text}” Section {quote.where}, as it stands") for line in lines)
        assert any(line.startswith(f"{claim.sentence} Narrower, our words") for line in lines)
        assert all(figure in told for verdict in claim.as_it_stands for figure in verdict.figures)
    assert "the feature extraction section is all the networks before the last fully connected layer" in told


def test_a_row_of_another_size_is_marked_and_the_note_says_so(text: str) -> None:
    assert len(re.findall(r'<th scope="row">ResNet50 †', text)) == 4
    assert "† size 64 (usually 96): global + BFC, ResNet50" in words(text)
    assert "Paper’s own (fourconv) †" not in text


def test_prices_tell_both_protocols_the_difference_and_the_share(text: str) -> None:
    lines = rows_of(text)
    for one in whole().prices:
        auc, accuracy = one.auc.estimate, one.accuracy
        parts = (
            f"{one.auc_optimistic:.3f} {one.auc_honest:.3f}",
            span(auc),
            f"{one.accuracy_optimistic:.3f}",
            span(accuracy),
        )
        share = f"{100 * one.same_patient / one.leaked_n:.0f} % ?{one.same_patient} of {one.leaked_n}"
        pattern = ".*?".join([f"{one.architecture}, {one.backbone}".replace("+", r"\+"), *parts, share, "30 24|60 "])
        assert any(re.search(pattern, line) for line in lines), pattern
    assert "the test nodules choose (the epoch)" in words(text)


def test_every_comparison_stands_there_with_what_it_shows() -> None:
    one = whole().comparisons[0]
    made = (replace(one, auc_p=0.001, accuracy_p=0.9), replace(one, auc_p=0.9, accuracy_p=0.9))
    value = one.auc.estimate.value
    text = page(replace(whole(), comparisons=made), {}, "DDTI")
    start = f"{model(one.first)} {model(one.second)} {one.accuracy.n} "
    shown = [line for line in rows_of(text) if line.startswith(start)]
    assert [span(one.auc.estimate) in line for line in shown] == [True, True]
    assert shown[0].endswith("first better" if value > 0 else "second better")
    assert shown[1].endswith("not shown")
    assert "Of 2 paired comparisons, 1 shows a difference" in words(text)
    assert "1 of 2 comparisons show a difference" in words(text)


def test_costs_and_what_five_crops_of_the_image_would_take(text: str) -> None:
    lines = rows_of(text)
    assert any(
        re.match(  # size, weights, multiply-adds, milliseconds
            r"global \+ BFC, fourconv 96 0\.50 16\.0 80\.0 5\.0 2\.5 7\.5 3\.0 ?2\.9 to 3\.1 15 2\.5$", line
        )
        for line in lines
    )
    assert any(re.match(r"global, fourconv 96 0\.50 16\.0 – – 2\.5 – – 15 2\.5$", line) for line in lines)
    assert "Five crops of the image take 5.0 times the multiply-adds" in words(text)


def test_ablations_are_grouped_by_knob_and_known_again(text: str) -> None:
    lines = rows_of(text)
    assert lines.count("weights, malignant : benign") == 4
    assert sum(line.startswith("3 : 2 as in Table 4") for line in lines) == 4
    assert any(line.startswith("2.5 : 2.5 96") for line in lines)


def test_says_how_it_was_done(text: str) -> None:
    told = words(text)
    assert "size 96 (there 224), epochs 6 (there 50)" in told
    assert "grouped (by group): 2 folds" in told
    assert "an opinion, not pathology" in told
    assert "377 images of a hospital" in told
    assert all(command in told for command in whole().ledger.commands)
    assert all(print_ in told for print_ in whole().ledger.data.values())
    assert "torch 2.14.1" in told
    assert "Sees nothing: says the training nodules' share" in told
    assert DISCLAIMER in told
    assert CITATION["text"] in told


def test_plots_and_sheets_are_there(text: str) -> None:
    assert [bool(re.search(rf"Figure {name}\.", text)) for name in ("1a", "1b", "2a", "2b", "3")] == [True] * 5
    assert text.count('<svg role="img"') == 5
    assert f'<img src="{PICTURE}" alt="Test nodules">' in text
    assert "<img" not in page(small(), {}, "DDTI")


def test_is_the_same_for_the_same_input(text: str) -> None:
    assert page(whole(), {"Test nodules": PICTURE}, "DDTI") == text


def test_a_small_phantom_study_says_what_is_missing() -> None:
    told = words(page(small(), {}, "simulated nodules"))
    assert "The nodules are simulated" in told
    assert "pathology" not in told
    for missing in (
        "no cell of Table 3",
        "no cell of Table S4",
        "finished both by group and by image",
    ):
        assert missing in told
    assert "simulated" not in words(page(small("ddti"), {}, "DDTI"))


def test_a_study_without_a_finished_run() -> None:
    found = small("ddti")
    empty = tuple(row for row in found.tables["table4"] if row.run is None)
    bare = Findings(found.ledger, {**found.tables, "table4": empty}, {}, (), (), ())
    told = words(page(bare, {}, "DDTI"))
    assert "no finished run under a protocol that splits by group" in told
    assert f"0 of {len(empty)} cells filled" in told
    assert told.count(WHY) == len(empty)
    assert "No network is finished" in told


def test_escapes_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    found = small()
    rows = tuple(
        replace(row, entry=replace(row.entry, why=EVIL if row.entry.why else "")) for row in found.tables["table4"]
    )
    ledger = replace(found.ledger, commands=(EVIL,), kind=EVIL)
    claim = narrow("evil", EVIL, EVIL, VerdictText("grouped", POLICIES[0], HOLDS, (EVIL,), 3))
    monkeypatch.setattr(study_page, "claim_texts", lambda found: (claim,))
    made = replace(found, tables={**found.tables, "table4": rows}, ledger=ledger)
    text = page(made, {EVIL: PICTURE}, EVIL)
    assert "<script" not in text
    assert Checker(text).text.count(EVIL) >= 8
