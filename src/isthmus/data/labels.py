"""Label policies: which TI-RADS categories count as benign. Always reported with what they led to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from isthmus.errors import UsageError
from isthmus.nodule import Label, Nodule

GIVEN = "given"


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
