"""The protocols by name: what a split never divides, how many parts are tested, what picks epoch and threshold.

Everything that depends on a protocol asks it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from isthmus.errors import UsageError

if TYPE_CHECKING:  # which the help of a verb has no need to load
    from isthmus.recipe import Recipe


@dataclass(frozen=True)
class Protocol:
    """How a data set is divided, and what picks the epoch and the threshold.

    ``unit``: what no split divides, a group (a patient and all who share a duplicate image) or an image.
    ``parts``: the number of a plan that counts the trainings of one repeat: its folds, or the quarters of a 3:1 split
    (Section IV-A.3) that are tested in turn. ``chooses_on``: a validation part of the training nodules, drawn by the
    same unit, or the test nodules themselves. ``title`` goes into headings, ``division`` into sentences.
    """

    name: str
    unit: Literal["group", "image"]
    parts: Literal["folds", "quarters"]
    chooses_on: Literal["validation", "test"]
    title: str
    division: str

    @property
    def part(self) -> str:
        """What one of its parts is called."""
        return self.parts.removesuffix("s")

    @property
    def leaks(self) -> bool:
        """Whether a patient's images may stand in training and test."""
        return self.unit != "group"

    @property
    def chooses_on_test(self) -> bool:
        """Whether the test nodules pick the epoch and the threshold, so that nothing is set aside for that."""
        return self.chooses_on == "test"

    @property
    def chooser(self) -> str:
        """The nodules that pick the epoch and the threshold, in words."""
        return "the test nodules" if self.chooses_on_test else "validation"

    @property
    def is_optimistic(self) -> bool:
        """Whether its figures promise more than a new patient will get."""
        return self.leaks or self.chooses_on_test

    @property
    def description(self) -> str:
        """What it does, in one sentence without a full stop."""
        told = ", as the paper seems to have done" if self.chooses_on_test else ""
        return f"{self.division}; epoch and threshold chosen on {self.chooser}{told}"

    def choice(self, recipe: Recipe) -> str:
        """What picks what under this recipe: "the epoch is chosen on the test nodules"."""
        made = choices(recipe)
        if not made:
            return "the recipe leaves nothing to be chosen"
        return f"{' and '.join(made)} {'are' if len(made) > 1 else 'is'} chosen on {self.chooser}"

    def caution(self, recipe: Recipe, same_patient: int, same_image: int, n: int) -> str:
        """Why the figures are optimistic, with the leak of ``n`` test nodules counted; "" where they are not."""
        if not self.is_optimistic:
            return ""
        chosen = self.choice(recipe) if self.chooses_on_test and choices(recipe) else ""
        leak = (
            f"of {n} test nodules {same_patient} share their patient, and {same_image} their image or a duplicate of "
            "it, with a nodule in training"
        )
        return f"Optimistic: {'; '.join(filter(None, (chosen, leak)))}."


GROUPED = Protocol("grouped", "group", "folds", "validation", "by patient", "k folds by patient and duplicate")
BY_IMAGE = Protocol("by-image", "image", "quarters", "validation", "by image; choices on validation", "3:1 by image")
PAPER = Protocol("paper", "image", "quarters", "test", "by image; choices on test", "3:1 by image")
# A protocol for data without patients ("blocks": consecutive numbers and duplicates) is another unit and a line here.
PROTOCOLS: Mapping[str, Protocol] = {one.name: one for one in (GROUPED, BY_IMAGE, PAPER)}
STUDIED = (GROUPED, PAPER)  # what a study compares unless it is told otherwise
HELP = " ".join(f"{one.name}: {one.description}." for one in PROTOCOLS.values())


def named(name: str) -> Protocol:
    """The protocol of that name. Raises UsageError, with the nearest name, for any other."""
    if name not in PROTOCOLS:
        near = difflib.get_close_matches(name, PROTOCOLS, n=1)
        did = f"Did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"no protocol {name!r}", where="--protocol", remedy=f"{did}Use {', '.join(PROTOCOLS)}.")
    return PROTOCOLS[name]


def choices(recipe: Recipe) -> tuple[str, ...]:
    """What a recipe leaves to be chosen on nodules that are not learned from."""
    return ("the epoch",) * (recipe.learning.choose_by != "last") + ("the threshold",) * (
        recipe.learning.threshold != "half"
    )


def as_named_now(identity: Mapping[str, object]) -> dict[str, object]:
    """What a run's manifest says of its plan, in today's terms.

    ``paper`` was two protocols once: with validation choosing, as in every run made before that was recorded, it is
    ``by-image`` now.
    """
    told: dict[str, object] = {"quarters": 1, "choose_on": BY_IMAGE.chooses_on, **identity}
    if told.get("protocol") == PAPER.name and told["choose_on"] == BY_IMAGE.chooses_on:
        told["protocol"] = BY_IMAGE.name
    return told
