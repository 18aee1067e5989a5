"""A form as Markdown: a table a section, blanks as blanks, and what is left to the author."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from isthmus.evidence.judged import Evidence
from isthmus.nodule import DISCLAIMER
from isthmus.report.evidence.forms.answers import Answer, answers
from isthmus.report.evidence.forms.checklists import FORMS
from isthmus.report.evidence.forms.form import Form
from isthmus.report.table import Column, Table, escaped, line, markdown_table
from isthmus.report.words import count, some

BLANK = "____"
AUTHOR = "for the author"
COLUMNS = (Column("Item", "text"), Column("Value", "text"), Column("From", "text"))


def forms(evidence: Evidence) -> dict[str, str]:
    """Every form by the name of its file."""
    known = answers(evidence)
    return {name: "\n".join(_lines(form, known, evidence)) for name, form in FORMS.items()}


def _lines(form: Form, known: Mapping[str, Answer], evidence: Evidence) -> Iterator[str]:
    items = [item for section in form.sections.values() for item in section]
    blanks = [text for text, key in items if key not in known]
    yield from (f"# {form.title}: {escaped(evidence.name)}", "", DISCLAIMER, "")
    if form.original:
        yield from (f"Original: {form.original}. The items below are in other words: check against the original.", "")
    yield from (f"{some(len(items), 'item')}, {len(items) - len(blanks)} filled in, {len(blanks)} {AUTHOR}.", "")
    for title, section in form.sections.items():
        rows = tuple(line(text, *known.get(key, Answer(BLANK, AUTHOR))) for text, key in section)
        yield from (f"## {title}", "", markdown_table(Table(COLUMNS, {"": rows})), "")
    if form.has_flow:
        yield from ("## Flow diagram", "", "```text", *_flow(evidence), "```", "")


def _flow(evidence: Evidence) -> Iterator[str]:
    """Rows of the file, what is left out and why, the sides of the split, and what the test called."""
    nodules, ranked = evidence.nodules, evidence.ranked
    left, validation = sum(nodules.excluded.values()), int(nodules.validation.sum())
    yield f"patients asked, pictures taken: {BLANK} ({AUTHOR})"
    yield "   |"
    yield f"predictions: {count(ranked.n + validation + left)}"
    for reason, number in nodules.excluded.items():
        yield f"   |--> left out, {reason}: {count(number)}"
    if validation:
        yield f"   |--> validation, which calibration and thresholds are fitted on: {count(validation)}"
    yield "   |"
    yield f"judged: {count(ranked.n)}"
    for label, size in (("malignant", ranked.malignant), ("benign", ranked.benign)):
        yield f"   |--> {label} by the reference standard: {count(size)}"
        for point in evidence.points:
            metric = point.result.metrics["sensitivity" if label == "malignant" else "specificity"]
            if size:
                right = round(metric.value * size)
                called = right if label == "malignant" else size - right
                yield f"   |       {point.name}: called malignant {count(called)}, benign {count(size - called)}"
