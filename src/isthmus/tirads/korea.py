"""K-TIRADS 2021 (Ha et al., Korean J Radiol 22, 2021): categories 2 to 5 by composition, brightness and three signs."""

from __future__ import annotations

from collections.abc import Mapping

from isthmus.tirads.assessment import Level, SizeRule, suspicions
from isthmus.tirads.descriptors import Composition, Echogenicity, Findings, Focus
from isthmus.tirads.pattern import Pattern

NAME = "k-2021"
SOURCE = "K-TIRADS 2021, doi:10.3348/kjr.2021.0713"

LEVELS: Mapping[int, Level] = {
    2: Level("K-TIRADS 2", SizeRule(), "under 3 %"),
    3: Level("K-TIRADS 3", SizeRule(2.0, above=True), "3 to 10 %"),
    4: Level(
        "K-TIRADS 4",
        SizeRule(1.5, above=True, between_from=1.0, between="FNA as circumstances have it"),
        "10 to 40 %",
    ),
    5: Level("K-TIRADS 5", SizeRule(1.0, above=True), "over 60 %"),
}


def level_of(findings: Findings) -> Level:
    """The category of a nodule; one that calcification hides is entirely calcified, which is category 4."""
    suspicious = bool(suspicions(findings))
    dark = findings.echogenicity in (Echogenicity.HYPOECHOIC, Echogenicity.VERY_HYPOECHOIC)
    match findings.composition:
        case Composition.CYSTIC | Composition.SPONGIFORM:
            return LEVELS[2]
        case Composition.UNDETERMINABLE:
            return LEVELS[4]
        case Composition.SOLID if dark:
            return LEVELS[5 if suspicious else 4]
        case Composition.MIXED if not suspicious and Focus.COMET_TAIL in (findings.foci or ()):
            return LEVELS[2]
    return LEVELS[4 if suspicious else 3]


def _is_calcified(findings: Findings) -> bool:
    return findings.composition == Composition.UNDETERMINABLE


SYSTEM = Pattern(NAME, SOURCE, level_of, settles=_is_calcified)
