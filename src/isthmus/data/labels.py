"""Where labels come from: a policy over TI-RADS categories, or a map of the class names that a data set uses itself.

Whichever it was is always reported with what it led to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from isthmus.errors import UsageError
from isthmus.nodule import Label, Nodule
from isthmus.text import word

GIVEN = "given"  # the policy of a data set that comes with labels

Classes = Mapping[str, Label | None]  # class name -> what it means; None leaves the class out
NO_CLASSES: Classes = {}
OWN_NAMES: Classes = {str(label): label for label in Label}


@dataclass(frozen=True)
class LabelPolicy:
    """Categories that count as benign and as malignant; a nodule in neither is left unlabelled."""

    name: str
    benign: frozenset[str]
    malignant: frozenset[str]

    def label(self, tirads: str) -> Label | None:
        """The label of a TI-RADS category, or None if the policy leaves it out."""
        if tirads in self.benign:
            return Label.BENIGN
        return Label.MALIGNANT if tirads in self.malignant else None


# Which categories are benign is not stated in the paper: docs/decisions/0001-label-policy.md.
POLICIES: Mapping[str, LabelPolicy] = {
    policy.name: policy
    for policy in (
        LabelPolicy("benign-2-3", frozenset({"2", "3"}), frozenset({"4a", "4b", "4c", "5"})),
        LabelPolicy("benign-2-3-4a", frozenset({"2", "3", "4a"}), frozenset({"4b", "4c", "5"})),
        LabelPolicy("benign-2-3-without-4a", frozenset({"2", "3"}), frozenset({"4b", "4c", "5"})),
    )
}
DEFAULT_POLICY = "benign-2-3-4a"
TIRADS = ("2", "3", "4a", "4b", "4c", "5")


def policy_named(name: str) -> LabelPolicy:
    """The policy called ``name``. Raises UsageError."""
    if name not in POLICIES:
        raise UsageError(f"no label policy {name!r}", remedy=f"Use one of {', '.join(POLICIES)}.")
    return POLICIES[name]


def labelled(nodules: Iterable[Nodule], policy: str) -> tuple[Nodule, ...]:
    """The nodules with the policy's labels; ``given`` keeps the labels that the data set carries."""
    if policy == GIVEN:
        return tuple(nodules)
    rule = policy_named(policy)
    return tuple(replace(nodule, label=rule.label(nodule.tirads)) for nodule in nodules)


def parse_classes(text: str) -> Classes:
    """Reads ``name=label,name=label``, the label being benign, malignant, or none to leave a class out.

    Names are as ``text.word`` makes them. Raises UsageError for anything else, and for a name that contradicts
    its label.

    >>> parse_classes("0=benign, 1=malignant, gland=none")
    {'0': <Label.BENIGN: 0>, '1': <Label.MALIGNANT: 1>, 'gland': None}
    """
    if text.strip() and not text.replace(",", " ").strip():
        raise UsageError(f"{text!r} names no class", where="--classes", remedy="Name some, or leave the option out.")
    meanings: Classes = {**OWN_NAMES, "none": None}
    classes: dict[str, Label | None] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, meaning = map(word, part.rpartition("="))
        if not name or meaning not in meanings:
            raise UsageError(
                f"{part!r} is not name=benign, name=malignant or name=none",
                where="--classes",
                remedy="For example: --classes 0=benign,1=malignant.",
            )
        label = meanings[meaning]
        if label is not None and OWN_NAMES.get(name, label) is not label:
            raise UsageError(f"{name!r} can't mean {label}", where="--classes")
        if classes.setdefault(name, label) is not label:
            raise UsageError(f"{name!r} has two meanings", where="--classes", remedy="Give each name once.")
    return classes


def class_meanings(classes: Classes) -> Classes:
    """``classes`` with the names benign and malignant added; every key is as ``text.word`` makes it."""
    return {**OWN_NAMES, **{word(name): label for name, label in classes.items()}}
