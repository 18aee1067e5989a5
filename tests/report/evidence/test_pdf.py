"""The PDF says what the page says, whatever the names in it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.judged import evidence
from isthmus.evidence.nodules import of_table
from isthmus.report.evidence.page import content
from isthmus.report.evidence.pdf import pdf
from make.evidence import rows, write


def test_is_a_pdf_of_some_pages_the_same_each_time(tmp_path: Path) -> None:
    nodules = of_table(PredictionTable.read(write(tmp_path / "p.csv", rows())))
    judged = evidence(replace(nodules, name="<b>&", origin={"file": "</para>"}))
    first, second = pdf(content(judged)), pdf(content(judged))
    assert first.startswith(b"%PDF-")
    assert first.rstrip().endswith(b"%%EOF")
    assert first == second
    assert len(re.findall(rb"/Type /Page\b", first)) >= 3


def test_one_class_and_few_rows_have_a_pdf_too(tmp_path: Path) -> None:
    lines = [[row[0], "benign", *row[2:]] for row in rows(4)]
    judged = evidence(of_table(PredictionTable.read(write(tmp_path / "p.csv", lines))))
    assert pdf(content(judged)).startswith(b"%PDF-")


def test_every_table_and_figure_is_drawn(tmp_path: Path) -> None:
    nodules = of_table(PredictionTable.read(write(tmp_path / "p.csv", rows())))
    report = content(evidence(nodules))
    whole = len(pdf(report))
    for at, section in enumerate(report.sections):
        if section.drawings or section.listings:
            less = replace(section, drawings=(), listings=())
            assert len(pdf(replace(report, sections=(*report.sections[:at], less, *report.sections[at + 1 :])))) < whole
