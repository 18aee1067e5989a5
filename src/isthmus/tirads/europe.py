"""EU-TIRADS 2017 (Russ et al., Eur Thyroid J 6, 2017): categories 2 to 5 by pattern, without points."""

from __future__ import annotations

from collections.abc import Mapping

from isthmus.tirads.assessment import Level, SizeRule, suspicions
from isthmus.tirads.descriptors import Composition, Echogenicity, Findings
from isthmus.tirads.pattern import Pattern

NAME = "eu-2017"
SOURCE = "EU-TIRADS 2017, doi:10.1159/000478927"

SMALL = "Follow-up, or FNA if the patient prefers it or nodes are suspicious"
LEVELS: Mapping[int, Level] = {
    2: Level("EU-TIRADS 2", SizeRule(), "about 0 %"),
    3: Level("EU-TIRADS 3", SizeRule(2.0, above=True), "2 to 4 %"),
    4: Level("EU-TIRADS 4", SizeRule(1.5, above=True), "6 to 17 %"),
    5: Level("EU-TIRADS 5", SizeRule(1.0, above=True, between_from=0.0, between=SMALL), "26 to 87 %"),
}


def level_of(findings: Findings) -> Level:
    """The category of a nodule of which everything is known."""
    if findings.composition in (Composition.CYSTIC, Composition.SPONGIFORM):
        return LEVELS[2]
    if suspicions(findings) or findings.echogenicity == Echogenicity.VERY_HYPOECHOIC:
        return LEVELS[5]
    return LEVELS[4 if findings.echogenicity == Echogenicity.HYPOECHOIC else 3]


SYSTEM = Pattern(NAME, SOURCE, level_of)
