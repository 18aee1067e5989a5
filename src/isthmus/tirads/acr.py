"""ACR TI-RADS 2017 (Tessler et al., J Am Coll Radiol 14, 2017): points of five descriptors, levels TR1 to TR5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isthmus.judge.usefulness.size_rule import BIOPSY_FROM
from isthmus.tirads.assessment import NO_LEVEL, Assessment, Level, SizeRule, doubts, settled
from isthmus.tirads.descriptors import Composition, Echogenicity, Findings, Focus, Margin, Shape

NAME = "acr-2017"
SOURCE = (
    "ACR TI-RADS 2017, doi:10.1016/j.jacr.2017.01.046; risk by level: Middleton 2017, doi:10.2214/AJR.17.17822, of "
    "3,422 nodules, 352 of them malignant"
)

COMPOSITION: Mapping[Composition, int] = {
    Composition.CYSTIC: 0,
    Composition.SPONGIFORM: 0,
    Composition.MIXED: 1,
    Composition.SOLID: 2,
    Composition.UNDETERMINABLE: 2,
}
ECHOGENICITY: Mapping[Echogenicity, int] = {
    Echogenicity.ANECHOIC: 0,
    Echogenicity.HYPER_OR_ISOECHOIC: 1,
    Echogenicity.UNDETERMINABLE: 1,
    Echogenicity.HYPOECHOIC: 2,
    Echogenicity.VERY_HYPOECHOIC: 3,
}
SHAPE: Mapping[Shape, int] = {Shape.WIDER: 0, Shape.TALLER: 3}
MARGIN: Mapping[Margin, int] = {
    Margin.SMOOTH: 0,
    Margin.ILL_DEFINED: 0,
    Margin.UNDETERMINABLE: 0,
    Margin.IRREGULAR: 2,
    Margin.EXTENSION: 3,
}
FOCI: Mapping[Focus, int] = {
    Focus.NONE: 0,
    Focus.COMET_TAIL: 0,
    Focus.MACROCALCIFICATION: 1,
    Focus.PERIPHERAL: 2,
    Focus.PUNCTATE: 3,
}


def _fna(level: int) -> float:
    return BIOPSY_FROM[level] / 10


SHARED = "FNA by shared decision, otherwise follow-up every year for up to 5 years"
LEVELS: Mapping[int, Level] = {  # by the least points
    0: Level("TR1", SizeRule(), "0.3 %"),
    2: Level("TR2", SizeRule(), "1.5 %"),
    3: Level("TR3", SizeRule(_fna(3), follow_from=1.5, follow="at 1, 3 and 5 years"), "4.8 %"),
    4: Level("TR4", SizeRule(_fna(4), follow_from=1.0, follow="at 1, 2, 3 and 5 years"), "9.1 %"),
    7: Level("TR5", SizeRule(_fna(5), between_from=0.5, between=SHARED), "35.0 %"),
}


def points(findings: Findings) -> int:
    """The points of five answers; a spongiform nodule adds nothing else. Raises ValueError where one is missing."""
    if findings.unanswered:
        raise ValueError(f"not answered: {', '.join(findings.unanswered)}")
    if findings.composition == Composition.SPONGIFORM:
        return 0
    answers = (findings.composition, findings.echogenicity, findings.shape, findings.margin)
    tables: tuple[Mapping[Any, int], ...] = (COMPOSITION, ECHOGENICITY, SHAPE, MARGIN)
    foci = sum(FOCI[focus] for focus in findings.foci or ())
    return foci + sum(table[answer] for table, answer in zip(tables, answers, strict=True))


def level_of(total: int) -> Level | None:
    """The level of a total of points, None for one point, which the chart doesn't have. Raises ValueError below 0."""
    if total < 0:
        raise ValueError("points are 0 or more")
    return None if total == 1 else LEVELS[max(least for least in LEVELS if least <= total)]


def assess(findings: Findings) -> Assessment:
    """Points, level and advice; no level before all five questions are answered."""
    if reasons := settled(findings):
        return Assessment(NAME, None, None, NO_LEVEL, reasons, source=SOURCE)
    total = points(findings)
    level = level_of(total)
    if level is None:
        odd = ("1 point is not on the chart, which has 0 and 2: look again at composition and echogenicity",)
        return Assessment(NAME, total, None, NO_LEVEL, odd + doubts(findings), source=SOURCE)
    return Assessment(
        NAME, total, level.name, level.rule.advice(findings.size_cm), doubts(findings), level.risk, SOURCE
    )
