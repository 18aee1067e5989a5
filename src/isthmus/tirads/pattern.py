"""Systems that give a level to every nodule of which all is known; where something isn't, to all that it may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from isthmus.tirads.assessment import NO_LEVEL, Assessment, Level, completions, doubts, settled
from isthmus.tirads.descriptors import Findings


@dataclass(frozen=True)
class Pattern:
    """A system: its name, source, the level of a nodule, and its points if it has such.

    ``settles`` are nodules whose level it gives though something can't be determined.
    """

    name: str
    source: str
    level_of: Callable[[Findings], Level]
    points: Callable[[Findings], int] | None = None
    settles: Callable[[Findings], bool] = lambda _: False

    def assess(self, findings: Findings) -> Assessment:
        """The level, where whatever can't be determined leaves one, and its advice."""
        if reasons := settled(findings):
            return Assessment(self.name, None, None, NO_LEVEL, reasons, source=self.source)
        every = (findings,) if self.settles(findings) else completions(findings)
        levels = {level.name: level for level in map(self.level_of, every)}
        if len(levels) > 1:
            reasons = (f"what can't be determined leaves {' or '.join(sorted(levels))}", *doubts(findings))
            return Assessment(self.name, None, None, NO_LEVEL, reasons, source=self.source)
        (level,) = levels.values()
        totals = {self.points(one) for one in every} if self.points else set()
        total = totals.pop() if len(totals) == 1 else None
        advice = level.rule.advice(findings.size_cm)
        return Assessment(self.name, total, level.name, advice, doubts(findings), level.risk, self.source)
