"""The sections of the report on pictures that the model reads again, in their order; the gate's stands by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from isthmus.evidence.pictured.judged import Pictured
from isthmus.report.evidence.content import Section
from isthmus.report.evidence.pictured import explanation, retest, robustness
from isthmus.report.words import count


def sections(pictured: Pictured, pictures: bool = True) -> Iterator[Section]:
    """One for each part; with ``pictures`` of nodules."""
    changed = robustness.section(pictured.robustness)
    if pictured.n < pictured.available:
        sample = (
            f"Read again is a random sample of {count(pictured.n)} of the {count(pictured.available)} nodules: its AUC "
            "may be another than that of all."
        )
        changed = replace(changed, paragraphs=(sample, *changed.paragraphs))
    yield changed
    yield retest.section(pictured.retest)
    yield explanation.section(pictured.explanation, pictures)
