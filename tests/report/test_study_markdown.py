"""A study as Markdown: tables whose rows have one width, with the page's numbers, reasons and verdicts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from isthmus.nodule import DISCLAIMER
from isthmus.report import study_page
from isthmus.report.study_page import markdown
from isthmus.report.verdict_words import ClaimText, VerdictText
from isthmus.study.quotes import Quote
from isthmus.study.tables import METRICS
from isthmus.study.verdicts import HOLDS
from make.study import POLICIES, WHY, findings, small, whole


@pytest.fixture(scope="module")
def text() -> str:
    return markdown(whole(), "DDTI")


def tables(text: str) -> list[list[list[str]]]:
    """Cells of every row of every table."""
    found = re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE)
    return [[re.split(r"(?<!\\)\|", line)[1:-1] for line in one.strip().splitlines()] for one in found]


def test_every_row_of_a_table_has_its_headers_width(text: str) -> None:
    found = tables(text)
    assert len(found) == 1 + 4 + 4 + 1 + 4 + 1 + 4
    for rows in found:
        assert {len(row) for row in rows} == {len(rows[0])}
        assert all(re.fullmatch(r" (:--|--:) ", cell) for cell in rows[1])


def test_every_filled_row_stands_there(text: str) -> None:
    lines = [" | ".join(cell.strip() for cell in row) for rows in tables(text) for row in rows]
    for rows in whole().tables.values():
        for row in (row for row in rows if row.run):
            own = [row.metrics[name] for name in METRICS]
            told = " | ".join(
                f"{m.value:.3f} ({m.low:.3f} to {m.high:.3f})" if m.value == m.value else "– a" for m in own
            )
            assert any(line.endswith(f" | {row.n} | {told}") for line in lines), row.entry


def test_reasons_verdicts_and_marks_are_told(text: str) -> None:
    assert text.count(f"| {WHY} |") == 12
    assert "- a: undefined: no nodule is called malignant" in text
    assert "- †: size 64 (usually 96): global + BFC, ResNet50" in text
    assert re.search(
        r"boundary feature cropping beats random\. \| IV-C, Table 4 \| (holds|not shown|contradicted)", text
    )
    assert all(f"| “{claim.quote.text}” |" in text for claim in whole().claims)
    assert f"{len(whole().comparisons)} paired comparisons" in text
    assert text.count("**Optimistic.**") == 6
    assert DISCLAIMER in text
    assert re.search(r"\bnan\b|\bNone\b", text) is None


def test_holds_no_picture_and_nothing_of_html(text: str) -> None:
    assert re.search(r"<(?!https://ieeexplore)", text) is None
    assert "![" not in text


def test_is_the_same_for_the_same_input(text: str) -> None:
    assert markdown(whole(), "DDTI") == text
    assert text.endswith(">\n")


def test_what_is_empty_says_so() -> None:
    text = markdown(small(), "simulated nodules")
    for missing in (
        "no cell of Table 3",
        "no cell of Table S4",
        "finished both by group and by image",
    ):
        assert missing in text
    assert "simulated" in text


def test_escapes_what_would_break_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    evil = "a|b\n<script>*x*"
    verdicts = (VerdictText("grouped", POLICIES[0], HOLDS, (evil,), 3),)
    claim = ClaimText("evil", evil, evil, (evil,), verdicts, Quote("", "", ""), (), ())
    monkeypatch.setattr(study_page, "claim_texts", lambda found: (claim,))
    ledger = replace(small().ledger, commands=(evil,))
    text = markdown(replace(small(), ledger=ledger), evil)
    assert r"a\|b &lt;script&gt;\*x\*" in text
    assert {len(row) for row in tables(text)[0]} == {3}


def test_labels_that_come_with_the_data_and_blocks_are_named_so() -> None:
    """Where no patient is named, none is claimed."""
    study = findings("tn5000", ("BFC / fourconv /",), ("block-quarters",), ("given",), ("table4",))
    told = markdown(study, "TN5000")
    assert "Tested on blocks of consecutive images whose nodules it did not learn from" in told
    assert re.search(r"on \d+ nodules with the labels of the data set\.", told)
    assert "labelled by given" not in told
