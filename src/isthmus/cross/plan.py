"""How a data set is cross-validated: the plan, and the parts that it divides the data into."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.cross.division import divided
from isthmus.cross.protocols import GROUPED, LISTS, QUARTERS, Protocol
from isthmus.data import split
from isthmus.data.dataset import DataSet
from isthmus.data.grouping import BY_PATIENT
from isthmus.data.split import Indices, Split
from isthmus.errors import UsageError
from isthmus.learn.beginning import Beginning
from isthmus.learn.beside.second_set import SecondSet
from isthmus.nodule import Nodule
from isthmus.recipe import Recipe


@dataclass(frozen=True)
class Plan:
    """How a data set is to be cross-validated. Raises UsageError.

    ``folds`` applies to a protocol whose parts are folds, ``quarters`` to one whose parts are quarters of a 3:1 split:
    how many of the four are tested in turn. The paper tests one. ``painted``: nodules with calipers are read a second
    time, with these painted over. Every training starts from the weights of ``beginning``, if there is one, and the
    nodules of ``beside``, if there is that, join it.
    """

    recipe: Recipe
    protocol: Protocol = GROUPED
    folds: int = 5
    repeats: int = 1
    seed: int = 0
    quarters: int = 1
    painted: bool = False
    beginning: Beginning | None = None
    beside: SecondSet | None = None

    def __post_init__(self) -> None:
        if self.folds < 2 or self.repeats < 1:
            raise UsageError("at least 2 folds and 1 repeat are needed", where="--folds, --repeats")
        if not 1 <= self.quarters <= (QUARTERS.of or 0):
            raise UsageError(f"{self.quarters} of {QUARTERS.of} quarters can't be tested", where="--quarters")

    @property
    def parts_of_a_repeat(self) -> int:
        """Trainings of one repeat."""
        number = self.protocol.parts_tested(vars(self))
        assert isinstance(number, int)
        return number

    @property
    def parts(self) -> int:
        """Trainings in all."""
        return self.repeats * self.parts_of_a_repeat

    @property
    def settings(self) -> dict[str, object]:
        """Everything but the recipe, by the names in manifests and fingerprints."""
        numbers = {name: getattr(self, name) for name in ("folds", "repeats", "seed", "quarters")}
        settings = {"protocol": self.protocol.name, **numbers, "choose_on": self.protocol.chooses_on}
        # What isn't out of the ordinary isn't named: runs made before there was a choice are found again.
        settings |= {"group_by": str(self.protocol.grouping)} if self.protocol.grouping.block else {}
        settings |= {"painted": True} if self.painted else {}
        settings |= {"beginning": str(self.beginning)} if self.beginning else {}
        return settings | ({"beside": str(self.beside)} if self.beside else {})

    def identity(self, groups: Mapping[str, str]) -> dict[str, object]:
        """What identifies this plan on data with these groups: other groups give other folds."""
        digest = hashlib.sha256(json.dumps(groups, sort_keys=True).encode()).hexdigest()[:12]
        return {"recipe": self.recipe.fingerprint, **self.settings, "groups": digest}


@dataclass(frozen=True, eq=False)
class Part:
    """One training of a plan: positions among the labelled nodules, of ``repeat`` 0 and up."""

    number: int
    repeat: int
    split: Split
    learned_from: Indices
    chosen_on: Indices


def parts(data: DataSet, plan: Plan, groups: Mapping[str, str]) -> tuple[Part, ...]:
    """Every part of the plan; ``groups`` gives each image's group. Raises SplitError where the data can't be split."""
    if plan.protocol.parts == LISTS:
        return tuple(_listed_part(data.labelled, repeat) for repeat in range(plan.repeats))
    nodules, units, tested = data.labelled, plan.protocol.unit.of(groups), plan.parts_of_a_repeat
    splits = [
        (repeat, one)
        for repeat in range(plan.repeats)
        for one in divided(nodules, plan.protocol, groups, tested, plan.seed + repeat)
    ]
    return tuple(_part(nodules, plan, units, number, *one) for number, one in enumerate(splits))


def _listed_part(nodules: Sequence[Nodule], repeat: int) -> Part:
    train, val, test = split.listed(nodules)
    return Part(repeat, repeat, Split(np.concatenate([train, val]), test), train, val)


def _part(
    nodules: Sequence[Nodule], plan: Plan, units: Mapping[str, str], number: int, repeat: int, one: Split
) -> Part:
    if plan.protocol.chooses_on_test:
        return Part(number, repeat, one, one.train, one.test)
    training = [nodules[i] for i in one.train]
    names = [units[nodule.image] for nodule in training]
    inner = split.hold_out(training, names, plan.recipe.learning.validation, plan.seed)
    chosen_on = one.train[inner.test]
    grouping = plan.protocol.grouping if plan.protocol.unit.keeps_patients else BY_PATIENT
    learned_from = split.apart(nodules, one.train[inner.train], chosen_on, grouping)
    return Part(number, repeat, one, learned_from, chosen_on)
