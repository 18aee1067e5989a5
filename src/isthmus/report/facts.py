"""Facts that both reports state: what a label policy calls benign, how a recipe differs from the paper's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isthmus.data.labels import POLICIES, TIRADS
from isthmus.nodule import Label
from isthmus.recipe import PAPER, Recipe

Sides = Mapping[str, tuple[str, ...]]  # name of a label -> TI-RADS categories


@dataclass(frozen=True)
class Change:
    """A field in which a recipe differs from the paper's."""

    name: str
    value: object
    papers: object


def sides(policy: str) -> Sides | None:
    """The categories that a label policy calls benign and malignant; None where the data set carries labels."""
    if policy not in POLICIES:
        return None
    both = {Label.BENIGN: POLICIES[policy].benign, Label.MALIGNANT: POLICIES[policy].malignant}
    return {str(label): tuple(one for one in TIRADS if one in side) for label, side in both.items()}


def changes(recipe: Recipe) -> tuple[Change, ...]:
    """Every field in which a recipe differs from the paper's."""
    papers = PAPER.values
    return tuple(Change(name, value, papers[name]) for name, value in recipe.values.items() if value != papers[name])
