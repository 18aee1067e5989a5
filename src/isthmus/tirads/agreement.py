"""Whether a model and a TI-RADS level agree, in words; disagreement is said as plainly as agreement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from isthmus.tirads.assessment import Assessment
from isthmus.tirads.names import SYSTEMS

LOW = frozenset({"TR1", "TR2", "TR3", "EU-TIRADS 2", "EU-TIRADS 3", "K-TIRADS 2", "K-TIRADS 3"}) | {
    "C-TIRADS 2",
    "C-TIRADS 3",
}
HIGH = frozenset({"TR5", "EU-TIRADS 5", "K-TIRADS 5", "C-TIRADS 4C", "C-TIRADS 5"})


class Kind(StrEnum):
    """How the two stand to each other."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Agreement:
    """How model and level stand to each other, and the sentence that says so."""

    kind: Kind
    sentence: str


def agreement(assessment: Assessment, verdict: str | None, labels: frozenset[str] | None = None) -> Agreement:
    """A model's ``verdict``, benign or malignant, None where it abstains, beside a level.

    ``labels`` are those that the model doesn't rule out: with both or none it is undecided, whatever its verdict. LOW
    and HIGH name the levels that agree with a side; one between agrees with neither.

    >>> level = Assessment("acr-2017", 8, "TR5", "FNA (from 1.0 cm on).", risk="35.0 %")
    >>> agreement(level, "benign").sentence
    'They disagree: the model calls the nodule benign, ACR TI-RADS 2017 gives TR5 (35.0 % of such were malignant).'
    """
    title = SYSTEMS[assessment.system]
    if verdict is None:
        return Agreement(Kind.UNDECIDED, "The model gives no answer.")
    if assessment.level is None:
        return Agreement(Kind.UNDECIDED, f"{title} gives no level from these answers.")
    level = f"{title} gives {assessment.level} ({assessment.risk} of such were malignant)"
    kind = kind_of(assessment.level, verdict, labels)
    if labels is not None and len(labels) != 1:
        return Agreement(kind, f"The model leaves both benign and malignant open; {level}.")
    if kind == Kind.UNDECIDED:
        return Agreement(kind, f"The model calls the nodule {verdict}; {level}, which lies between.")
    return Agreement(kind, f"They {kind}: the model calls the nodule {verdict}, {level}.")


def kind_of(level: str | None, verdict: str | None, labels: frozenset[str] | None = None) -> Kind:
    """How a level by its name stands to a model's verdict, see ``agreement``."""
    if verdict is None or level not in LOW | HIGH or (labels is not None and len(labels) != 1):
        return Kind.UNDECIDED
    return Kind.AGREE if (level in LOW) == (verdict == "benign") else Kind.DISAGREE
