"""Labels that the predictions doubt: candidates for a second look, not errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isthmus.evidence.decided import Decided
from isthmus.evidence.mistakes import One, each
from isthmus.evidence.nodules import Nodules
from isthmus.evidence.reasons import shown
from isthmus.judge.doubt import Doubt, doubt

FIRST = 50  # of the candidates, by name


@dataclass(frozen=True, eq=False)
class Doubts:
    """The ``doubt``, its ``first`` candidates, and why P is, or is supposed to be, of a model that did not learn from
    the nodule."""

    doubt: Doubt
    first: tuple[One, ...]
    unseen: str

    def as_json(self) -> dict[str, Any]:
        one = self.doubt
        return {
            "meaning": "candidates for a second look, not errors",
            "method": "confident learning (Northcutt et al. 2021)",
            "unseen": self.unseen,
            "n": one.n,
            "candidates": len(one.candidates),
            "expected": shown(one.expected),
            "share": shown(one.share),
            "thresholds": dict(zip(("benign", "malignant"), one.thresholds, strict=True)),
            "counts_by_label": dict(zip(("benign", "malignant"), map(list, one.joint), strict=True)),
            "first": [each.as_json() for each in self.first],
        }


def doubts(nodules: Nodules, fitted: Decided | None, seed: int = 0) -> Doubts:
    """Of the nodules tested, by P as calibrated on others where that could be done. Raises ValueError for one class."""
    test = ~nodules.validation
    groups = None if nodules.groups is None else nodules.groups[test]
    one = doubt(nodules.labels[test], nodules.p[test] if fitted is None else fitted.p, groups, seed)
    if nodules.folds is not None or "run" in nodules.origin:
        unseen = "each P is of a network that didn't learn from the nodule"
    else:
        unseen = "it supposes that the model never saw these nodules, which the predictions can't show"
    return Doubts(one, tuple(each(nodules, fitted, one.candidates[:FIRST])), unseen)
