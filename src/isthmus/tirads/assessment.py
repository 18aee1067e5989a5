"""What a system says of a nodule: points, level, advice by size, and what in the answers doesn't fit together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from isthmus.tirads.descriptors import Composition, Echogenicity, Findings, Focus, Margin, Shape
from isthmus.tirads.names import WITH_POINTS

NO_LEVEL = "No advice without a level."


@dataclass(frozen=True)
class Assessment:
    """What ``system`` says. ``points`` is None where the system has none or there is no level, ``level`` where the
    answers give none; ``inconsistent`` says why, and what else doesn't fit together, in sentences.

    ``risk`` is the share of malignant nodules at this level that ``source`` gives, in words.
    """

    system: str
    points: int | None
    level: str | None
    advice: str
    inconsistent: tuple[str, ...] = ()
    risk: str = ""
    source: str = ""

    @property
    def no_points(self) -> str | None:
        """Why there are no points; None where there are."""
        if self.points is not None:
            return None
        return "the answers leave them open" if self.system in WITH_POINTS else "the system has none"

    def as_json(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "system": self.system,
            "points": self.points,
            "no_points": self.no_points,
            "level": self.level,
            "advice": self.advice,
            "inconsistent": list(self.inconsistent),
            "risk": self.risk or None,
            "source": self.source,
        }


@dataclass(frozen=True)
class SizeRule:
    """From which size on, in cm, a level advises FNA, and from which on a follow-up, ``follow`` being its times.

    ``above``: only beyond that size, not at it. ``between`` is the advice from ``between_from`` on to FNA.
    """

    fna: float | None = None
    above: bool = False
    follow_from: float | None = None
    follow: str = ""
    between_from: float | None = None
    between: str = ""

    def advice(self, size_cm: float | None) -> str:
        """The advice at a size, or at any."""
        if self.fna is None:
            return "No FNA."
        if size_cm is None:
            parts = [f"FNA {self._from(self.fna)}", self._between(), self._follow()]
            return f"{'; '.join(part for part in parts if part)}. The size is not given."
        if self._reaches(size_cm, self.fna):
            return f"FNA ({self._from(self.fna)})."
        if self.between_from is not None and self._reaches(size_cm, self.between_from):
            where = self._from(self.between_from) if self.between_from else f"not over {self.fna:.1f} cm"
            return f"{self.between} ({where})."
        if self.follow_from is not None and self._reaches(size_cm, self.follow_from):
            return f"Follow-up {self.follow} ({self._from(self.follow_from)}); no FNA."
        least = min(size for size in (self.fna, self.between_from, self.follow_from) if size is not None)
        what = "No FNA and no follow-up" if self.follow_from is not None else "No FNA"
        return f"{what} ({'not over' if self.above else 'smaller than'} {least:.1f} cm)."

    def _reaches(self, size_cm: float, least: float) -> bool:
        return size_cm > least if self.above else size_cm >= least

    def _from(self, least: float) -> str:
        return f"{'over' if self.above else 'from'} {least:.1f} cm{'' if self.above else ' on'}"

    def _between(self) -> str:
        if self.between_from is None:
            return ""
        return f"{self.between} {self._from(self.between_from) if self.between_from else 'below'}"

    def _follow(self) -> str:
        return "" if self.follow_from is None else f"follow-up {self.follow} {self._from(self.follow_from)}"


@dataclass(frozen=True)
class Level:
    """A level of a system: its name, its rule by size, and the risk that the system's source gives."""

    name: str
    rule: SizeRule
    risk: str


def settled(findings: Findings) -> tuple[str, ...]:
    """Why the answers give no level: what isn't answered, or contradicts itself; () where they may give one."""
    reasons = [f"{', '.join(findings.unanswered)}: not answered"] if findings.unanswered else []
    if findings.foci and Focus.NONE in findings.foci and len(findings.foci) > 1:
        reasons.append("foci: none can't stand beside other foci")
    return tuple(reasons)


def doubts(findings: Findings) -> tuple[str, ...]:
    """What in the answers seldom goes together, in sentences; it changes no level."""
    cystic = findings.composition == Composition.CYSTIC
    solid = findings.composition in (Composition.SOLID, Composition.MIXED)
    foci = findings.foci or frozenset()
    suspicious = suspicions(findings)
    told = {
        "anechoic, but it has a solid part: give the echogenicity of that part": solid
        and findings.echogenicity == Echogenicity.ANECHOIC,
        f"cystic, but {findings.echogenicity}: fluid is anechoic": cystic
        and findings.echogenicity in (Echogenicity.HYPOECHOIC, Echogenicity.VERY_HYPOECHOIC),
        "composition undeterminable, but no calcification that hides it": findings.composition
        == Composition.UNDETERMINABLE
        and not foci & {Focus.MACROCALCIFICATION, Focus.PERIPHERAL},
        f"{findings.composition}, but {', '.join(suspicious)}: is it so throughout?": findings.composition
        in (Composition.CYSTIC, Composition.SPONGIFORM)
        and bool(suspicious),
    }
    return tuple(sentence for sentence, holds in told.items() if holds)


def suspicions(findings: Findings) -> tuple[str, ...]:
    """The suspicious signs that every system names, but for those of brightness and composition."""
    signs: Mapping[str, bool] = {
        Shape.TALLER: findings.shape == Shape.TALLER,
        str(findings.margin): findings.margin in (Margin.IRREGULAR, Margin.EXTENSION),
        Focus.PUNCTATE: Focus.PUNCTATE in (findings.foci or ()),
    }
    return tuple(str(name) for name, holds in signs.items() if holds)


def completions(findings: Findings) -> tuple[Findings, ...]:
    """Every nodule that the answers may describe, where what can't be determined may be anything.

    The echogenicity of a solid part is not determined where it is called anechoic.
    """
    every = [findings]
    if findings.composition == Composition.UNDETERMINABLE:
        kinds = [one for one in Composition if one != Composition.UNDETERMINABLE]
        every = [replace(findings, composition=kind) for kind in kinds]
    every = [replace(one, echogenicity=bright) for one in every for bright in _brightness(one)]
    if findings.margin == Margin.UNDETERMINABLE:
        margins = [one for one in Margin if one != Margin.UNDETERMINABLE]
        every = [replace(one, margin=margin) for one in every for margin in margins]
    return tuple(every)


def _brightness(findings: Findings) -> tuple[Echogenicity, ...]:
    solid = findings.composition in (Composition.SOLID, Composition.MIXED)
    answer = findings.echogenicity
    if answer is None or not (answer == Echogenicity.UNDETERMINABLE or (solid and answer == Echogenicity.ANECHOIC)):
        return (answer,) if answer else ()
    return (Echogenicity.HYPER_OR_ISOECHOIC, Echogenicity.HYPOECHOIC, Echogenicity.VERY_HYPOECHOIC)
