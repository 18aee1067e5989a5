"""Claims in sentences: figures, what is missing, and captions that no verdict depends on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isthmus import files
from isthmus.recipe import PAPER_BACKBONES
from isthmus.report import words
from isthmus.report.verdict_words import ClaimText, claim_text, claim_texts, claims_record
from isthmus.study.claims import claims
from isthmus.study.compare import BFC, RFC
from isthmus.study.ledger import Ledger
from isthmus.study.quotes import QUOTES
from isthmus.study.tables import METRICS, rows
from isthmus.study.verdicts import NOT_TESTED
from make.runs import entry, skilled, write_run
from make.study import findings, whole


def text_of(name: str) -> ClaimText:
    return next(claim_text(one) for one in claims({}, {}) if one.name == name)


def test_the_papers_tables_are_told_beside_its_sentences() -> None:
    (few,) = text_of("few-layers").papers_as_it_stands
    assert few.startswith("6 of 12 higher in all four indicators; not in ")
    assert "global, fourconv less global, inception_v3: recall 0.901 against 0.915" in few
    (most,) = text_of("bfc-beats-rfc").papers_as_it_stands
    assert most.startswith("4 of 5 higher in accuracy; not in ")
    assert "inception_v3: accuracy 0.945 against 0.945" in most
    assert "0.006 (−0.039 to 0.051" in text_of("bfc-beats-rfc").papers_own[0]
    assert text_of("best-alpha").papers_own[0].startswith("alpha = 0.6 172, alpha = 0.5 167 of 181 correct")


def test_a_missing_run_is_named(tmp_path: Path) -> None:
    write_run(tmp_path, "bfc", *skilled(60, 1.0))
    four = rows(Ledger("x", {}, (entry("bfc", BFC),)), "table4", tmp_path)
    told = {one.name: claim_text(one) for one in claims({"table4": four}, {})}
    (few,) = told["few-layers"].as_it_stands
    (crops,) = told["bfc-beats-rfc"].as_it_stands
    for (figure,), count in ((few.figures, "12 of 12"), (crops.figures, "5 of 5")):
        assert figure.startswith(f"{count} comparisons lack a finished run: ")
        assert set(figure.partition(": ")[2].split(", ")) == set(PAPER_BACKBONES)


def test_every_claim_carries_the_papers_sentence_and_the_keys_of_before() -> None:
    record = json.loads(files.json_text(claims_record(whole())))
    assert {one["name"] for one in record["claims"]} == set(QUOTES)
    for one in record["claims"]:
        assert set(one) >= {"name", "sentence", "where", "papers_own", "verdicts", "as_it_stands"}
        assert one["quote"]["text"] == QUOTES[one["name"]].text
    compared = [one for claim in record["claims"] for verdict in claim["verdicts"] for one in verdict["comparisons"]]
    assert {type(one["first"]) for one in compared} == {str}
    assert set(record["protocols"]) == {"grouped", "paper"}
    assert "the test nodules" in record["protocols"]["paper"]


def test_no_verdict_depends_on_a_caption(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {one.name: one for one in claim_texts(whole())}
    for table in ("ARCHITECTURES", "KNOBS"):
        monkeypatch.setattr(words, table, {key: f"reworded {key[::-1]}" for key in getattr(words, table)})
    monkeypatch.setattr(words, "METRICS", {name: (f"{name} reworded", "") for name in METRICS})
    again = findings()
    assert any(one.verdict != NOT_TESTED for claim in again.claims for one in claim.verdicts)
    for claim in again.claims:
        for then, now in (
            (before[claim.name].verdicts, claim.verdicts),
            (before[claim.name].as_it_stands, claim.as_it_stands),
        ):
            assert [(one.protocol, one.labels, one.verdict, one.n) for one in now] == [
                (one.protocol, one.labels, one.verdict, one.n) for one in then
            ]
    few = next(claim_text(claim) for claim in again.claims if claim.name == "few-layers")
    assert f"reworded {BFC[::-1]}" in few.papers_own[0]
    assert str(RFC) not in " ".join(few.papers_own)
