"""The sections of the report that need the pictures, in their order."""

from __future__ import annotations

from collections.abc import Iterator

from isthmus.evidence.pictured.judged import Pictured
from isthmus.report.evidence.content import Section
from isthmus.report.evidence.pictured import explanation, gated, retest, robustness


def sections(pictured: Pictured, pictures: bool = True) -> Iterator[Section]:
    """One for each part; with ``pictures`` of nodules."""
    yield gated.section(pictured.gate)
    yield robustness.section(pictured.robustness)
    yield retest.section(pictured.retest)
    yield explanation.section(pictured.explanation, pictures)
