"""The protocols by name: what a split never divides, how many parts are tested, what picks epoch and threshold.

Everything that depends on a protocol asks it. A new protocol is a line in PROTOCOLS and, if it divides something else
than groups or images, a Unit. Imports no numpy, as the help of a verb shows the names.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from isthmus.data.grouping import BLOCK, BY_PATIENT, Grouping, parse
from isthmus.errors import UsageError

if TYPE_CHECKING:
    from isthmus.recipe import Recipe

Groups = Mapping[str, str]  # an image's group, by the image


@dataclass(frozen=True)
class Unit:
    """What no split divides.

    ``of`` gives the unit of every image from its group (a patient, or a block of consecutive images, and all who share
    a duplicate image); ``keeps_patients``: no patient is in two units.
    """

    name: str
    keeps_patients: bool
    of: Callable[[Groups], Groups]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Parts:
    """The parts of one repeat, whole units stratified by label, which are tested in turn.

    ``name`` is the number of a Plan that says how many are tested; ``of`` how many there are, None if all are tested.
    ``ratio`` goes into short descriptions, ``sentence`` into long ones, with places for ``tested`` and ``unit``.
    """

    name: Literal["folds", "quarters", "lists"]
    of: int | None
    ratio: str
    sentence: str


@dataclass(frozen=True)
class Protocol:
    """How a data set is divided, and what picks the epoch and the threshold.

    ``chooses_on``: a validation part of the training nodules, of whole units too, or the test nodules themselves.
    ``title`` goes into headings. ``grouping`` is what a group is; a protocol that divides images takes it for the
    intervals of its figures only.
    """

    name: str
    unit: Unit
    parts: Parts
    chooses_on: Literal["validation", "test"]
    title: str
    grouping: Grouping = BY_PATIENT

    def among(self, patients: Mapping[str, str]) -> Protocol:
        """This protocol in the words of the data; ``patients`` gives each image's patient."""
        return replace(self, grouping=self.grouping.among(patients))

    @property
    def criterion(self) -> str:
        """What is divided, for sentences after "by"."""
        return self.grouping.criterion if self.unit.keeps_patients else self.unit.name

    @property
    def gap_rule(self) -> str:
        """What is left out of training beside what is tested, in words; "" for nothing."""
        return self.grouping.gap_rule if self.unit.keeps_patients else ""

    @property
    def group_rule(self) -> str:
        """What a group is, and what is left out of training, in one sentence without a full stop."""
        return "; ".join(filter(None, (self.grouping.definition, self.gap_rule)))

    def parts_tested(self, numbers: Mapping[str, object]) -> object:
        """How many parts a repeat tests, by the numbers of a plan; the lists of a data set are one."""
        return 1 if self.parts == LISTS else numbers.get(self.parts.name)

    @property
    def part(self) -> str:
        """What one of its parts is called."""
        return self.parts.name.removesuffix("s")

    @property
    def tests_every_nodule(self) -> bool:
        """Whether each repeat tests every nodule once."""
        return self.parts.of is None

    @property
    def leaks(self) -> bool:
        """Whether a patient's images may stand in training and test."""
        return not self.unit.keeps_patients

    @property
    def chooses_on_test(self) -> bool:
        """Whether the test nodules pick the epoch and the threshold, so that nothing is set aside for that."""
        return self.chooses_on == "test"

    @property
    def sets_aside(self) -> bool:
        """Whether a share of the training nodules, of the recipe's size, is set aside for that."""
        return not self.chooses_on_test and self.parts != LISTS

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
        paper = ", as the paper seems to have done" if self.chooses_on_test else ""
        chosen = f"epoch and threshold chosen on {self.chooser}{paper}"
        return "; ".join(filter(None, (f"{self.parts.ratio} by {self.criterion}", chosen, self.gap_rule)))

    def division(self, tested: str) -> str:
        """How it splits where ``tested`` parts are tested, as a sentence without a full stop."""
        return "; ".join(filter(None, (self.parts.sentence.format(tested=tested, unit=self.unit), self.gap_rule)))

    def choice(self, recipe: Recipe) -> str:
        """What picks what under this recipe: "the epoch is chosen on the test nodules"."""
        made = choices(recipe)
        if not made:
            return "the recipe leaves nothing to be chosen"
        return f"{' and '.join(made)} {'are' if len(made) > 1 else 'is'} chosen on {self.chooser}"

    def caution(self, recipe: Recipe, same_patient: int, same_image: int, n: int, neighbours: int | None = None) -> str:
        """Why the figures are optimistic, with the leak of ``n`` test nodules counted; "" where they are not."""
        if not self.is_optimistic:
            return ""
        chosen = self.choice(recipe) if self.chooses_on_test and choices(recipe) else ""
        named = self.grouping.names_patients
        shared = f"{same_patient} share their patient, and {same_image}" if named else f"{same_image} share"
        leak = f"of {n} test nodules {shared} their image or a duplicate of it, with a nodule in training"
        leak += "" if named else " (no patient is named)"
        if neighbours is not None:
            leak += f"; {neighbours} have a number within {self.grouping.gap} of one in training"
        return f"Optimistic: {'; '.join(filter(None, (chosen, leak)))}."


def _groups(groups: Groups) -> Groups:
    return groups


def _images(groups: Groups) -> Groups:
    return {image: image for image in groups}


GROUP = Unit("group", True, _groups)
IMAGE = Unit("image", False, _images)

FOLDS = Parts(
    "folds",
    None,
    "k folds",
    "{tested} folds, stratified by label, no {unit} in two of them, so that each repeat tests every nodule once",
)
QUARTERS = Parts(
    "quarters",
    4,
    "3:1",
    "a 3 : 1 split by {unit}, stratified by label, as in the paper (Section IV-A.3); {tested} of its four quarters "
    "tested in turn",
)

LISTS = Parts(
    "lists",
    1,
    "the split that comes with the data set",
    "the split that comes with the data set, {tested} part by {unit}: its list test is tested, val chooses, train is "
    "learned from",
)

GROUPED = Protocol("grouped", GROUP, FOLDS, "validation", "by group")
BLOCKS = Protocol("blocks", GROUP, FOLDS, "validation", "by block of consecutive images", Grouping(BLOCK))
BLOCK_QUARTERS = replace(BLOCKS, name="block-quarters", parts=QUARTERS)
BY_IMAGE = Protocol("by-image", IMAGE, QUARTERS, "validation", "by image; choices on validation")
AUTHORS = Protocol("authors", IMAGE, LISTS, "validation", "by the authors' split")
PAPER = Protocol("paper", IMAGE, QUARTERS, "test", "by image; choices on test")
PROTOCOLS: Mapping[str, Protocol] = {
    protocol.name: protocol for protocol in (GROUPED, BLOCKS, BLOCK_QUARTERS, BY_IMAGE, AUTHORS, PAPER)
}
HONEST = (GROUPED, BLOCKS, BLOCK_QUARTERS)  # what the others are compared with
STUDIED = (GROUPED, PAPER)  # what a study compares by default
HELP = " ".join(f"{protocol.name}: {protocol.description}." for protocol in PROTOCOLS.values())


def named(name: str, group_by: str | None = None) -> Protocol:
    """The protocol of that name, its groups made by ``group_by``: "patient", "sequence:N" or None for its default.

    ``grouped`` by sequence is ``blocks``. Raises UsageError, with the nearest name, for any other name, and for a
    grouping that the protocol can't have.
    """
    if name not in PROTOCOLS:
        near = difflib.get_close_matches(name, PROTOCOLS, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"no protocol {name!r}", where="--protocol", remedy=f"{hint}Use {', '.join(PROTOCOLS)}.")
    protocol = PROTOCOLS[name]
    if group_by is None:
        return protocol
    grouping = parse(group_by)
    if protocol.grouping.block and not grouping.block:
        raise UsageError(
            f"the protocol {name!r} is of blocks, not of patients",
            where="--group-by",
            remedy=f"Use --protocol {GROUPED.name}, or sequence:N.",
        )
    return replace(BLOCKS if grouping.block and protocol == GROUPED else protocol, grouping=grouping)


def recorded(identity: Mapping[str, object]) -> Protocol | None:
    """The protocol of a run's identity in today's terms; None where it isn't one of ours."""
    group_by = identity.get("group_by")
    try:
        return named(str(identity.get("protocol")), None if group_by is None else str(group_by))
    except UsageError:
        return None


def with_parts(parts: Parts) -> str:
    """The names of the protocols that have such parts, quoted."""
    *names, last = (repr(protocol.name) for protocol in PROTOCOLS.values() if protocol.parts == parts)
    return f"{', '.join(names)} and {last}" if names else last


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
    plan: dict[str, object] = {"quarters": 1, "choose_on": BY_IMAGE.chooses_on, **identity}
    if plan.get("protocol") == PAPER.name and plan["choose_on"] == BY_IMAGE.chooses_on:
        plan["protocol"] = BY_IMAGE.name
    return plan
