"""The files of an evidence folder."""

from __future__ import annotations

from pathlib import Path

from isthmus import files
from isthmus.evidence.judged import Evidence
from isthmus.report.evidence.forms.write import forms
from isthmus.report.evidence.page import content, html
from isthmus.report.evidence.pdf import pdf

METRICS, PAGE, PRINT = "metrics.json", "report.html", "report.pdf"


def write(evidence: Evidence, to: Path, pictures: bool = True) -> list[Path]:
    """Writes the folder, each file whole; their paths. Raises StorageError, and DataError as ``content``."""
    report = content(evidence, pictures)
    texts = {METRICS: files.json_text(evidence.as_json()) + "\n", PAGE: html(report), **forms(evidence)}
    printed = pdf(report)
    files.make_folder(to)
    for name, text in texts.items():
        files.write_text(to / name, text)
    with files.whole_file(to / PRINT) as temporary:
        temporary.write_bytes(printed)
    return [to / name for name in (*texts, PRINT)]
