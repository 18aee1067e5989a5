"""C-TIRADS 2020 (Zhou et al., Endocrine 70, 2020): a count of five signs, less one for comet tails.

Points and sizes are from secondary sources; check against the original.
"""

from __future__ import annotations

from collections.abc import Mapping

from isthmus.tirads.assessment import Level, SizeRule
from isthmus.tirads.descriptors import Composition, Echogenicity, Findings, Focus, Margin, Shape
from isthmus.tirads.pattern import Pattern

NAME = "c-2020"
SOURCE = "C-TIRADS 2020, doi:10.1007/s12020-020-02441-y, from secondary sources: check against the original"

LEVELS: Mapping[int, Level] = {  # by the least points
    -1: Level("C-TIRADS 2", SizeRule(), "about 0 %"),
    0: Level("C-TIRADS 3", SizeRule(), "under 2 %"),
    1: Level("C-TIRADS 4A", SizeRule(1.5), "2 to 10 %"),
    2: Level("C-TIRADS 4B", SizeRule(1.0), "10 to 50 %"),
    3: Level("C-TIRADS 4C", SizeRule(1.0), "50 to 90 %"),
    5: Level("C-TIRADS 5", SizeRule(1.0), "over 90 %"),
}


def points(findings: Findings) -> int:
    """One for each of five signs, less one for comet tails: -1 to 5."""
    foci = findings.foci or frozenset()
    signs = (
        findings.composition == Composition.SOLID,
        Focus.PUNCTATE in foci,
        findings.shape == Shape.TALLER,
        findings.echogenicity == Echogenicity.VERY_HYPOECHOIC,
        findings.margin in (Margin.ILL_DEFINED, Margin.IRREGULAR, Margin.EXTENSION),
    )
    return sum(signs) - (Focus.COMET_TAIL in foci)


def level_of(findings: Findings) -> Level:
    """The category of a nodule of which everything is known."""
    total = points(findings)
    return LEVELS[max(least for least in LEVELS if least <= total)]


SYSTEM = Pattern(NAME, SOURCE, level_of, points)
