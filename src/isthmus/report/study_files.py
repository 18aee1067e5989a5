"""A study's report and tables, written into its folder."""

from __future__ import annotations

from pathlib import Path

from isthmus import files
from isthmus.data.sources import title_of
from isthmus.report.case_sheet import png_data_uri, write_sheet
from isthmus.report.study_cases import sheets
from isthmus.report.study_page import markdown, page
from isthmus.report.verdict_words import claims_record
from isthmus.study.findings import write_tables
from isthmus.study.question import Answer

SHEETS = "cases-*.png"  # once drawn, they are drawn anew with every report


def write_study(answer: Answer, to: Path, draws_cases: bool, seed: int) -> list[str]:
    """Writes report.html, report.md, claims.json, a .csv per table and the sheets of cases, whose names it returns.

    The sheets are drawn with ``draws_cases``, or where ``to`` has some; ``seed`` draws the cases. Raises StorageError.
    """
    findings = answer.findings
    draws = draws_cases or any(to.glob(SHEETS))
    drawings = sheets(findings.tables["table4"], answer.sets, seed) if draws else []
    data_set = title_of(findings.ledger.kind)
    write_tables(findings, to)
    files.write_text(to / "claims.json", files.json_text(claims_record(findings), indent=1) + "\n")
    for sheet in drawings:
        write_sheet(sheet.figure, to / f"{sheet.name}.png")
    shown = {sheet.title: png_data_uri(sheet.figure) for sheet in drawings}
    files.write_text(to / "report.html", page(findings, shown, data_set))
    files.write_text(to / "report.md", markdown(findings, data_set))
    return [f"{sheet.name}.png" for sheet in drawings]
