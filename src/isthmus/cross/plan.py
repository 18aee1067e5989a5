"""How a data set is cross-validated: the plan, and the parts that it divides the data into."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from isthmus.cross.protocols import GROUPED, Protocol
from isthmus.data import split
from isthmus.data.dataset import DataSet
from isthmus.data.split import Indices, Split
from isthmus.errors import UsageError
from isthmus.recipe import Recipe


@dataclass(frozen=True)
class Plan:
    """How a data set is to be cross-validated. Raises UsageError.

    ``folds`` counts for a protocol whose parts are folds, ``quarters`` for one whose parts are quarters: how many
    quarters of its 3:1 split are tested in turn; the paper tests one.
    """

    recipe: Recipe
    protocol: Protocol = GROUPED
    folds: int = 5
    repeats: int = 1
    seed: int = 0
    quarters: int = 1

    def __post_init__(self) -> None:
        if self.folds < 2 or self.repeats < 1:
            raise UsageError("at least 2 folds and 1 repeat are needed", where="--folds, --repeats")
        if not 1 <= self.quarters <= split.PAPER_PARTS:
            raise UsageError(f"{self.quarters} of {split.PAPER_PARTS} quarters can't be tested", where="--quarters")

    @property
    def parts_of_a_repeat(self) -> int:
        """Trainings of one repeat."""
        number: int = getattr(self, self.protocol.parts)
        return number

    @property
    def parts(self) -> int:
        """Trainings in all."""
        return self.repeats * self.parts_of_a_repeat

    @property
    def settings(self) -> dict[str, object]:
        """Everything but the recipe, by the names that manifests have and fingerprints are made of."""
        numbers = {name: getattr(self, name) for name in ("folds", "repeats", "seed", "quarters")}
        return {"protocol": self.protocol.name, **numbers, "choose_on": self.protocol.chooses_on}

    def identity(self, groups: Mapping[str, str]) -> dict[str, object]:
        """What tells this plan, on data grouped so, from any other: other groups are other folds."""
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
    """Every part of the plan. Raises SplitError where the data can't be split so."""
    return tuple(_part(data, plan, groups, number, own) for number, own in enumerate(_splits(data, plan, groups)))


def _splits(data: DataSet, plan: Plan, groups: Mapping[str, str]) -> list[Split]:
    nodules, seeds = data.labelled, range(plan.seed, plan.seed + plan.repeats)
    if plan.protocol.parts == "quarters":
        return [part for seed in seeds for part in split.paper_quarters(nodules, seed)[: plan.quarters]]
    return [part for seed in seeds for part in split.folds(nodules, groups, plan.folds, seed)]


def _part(data: DataSet, plan: Plan, groups: Mapping[str, str], number: int, own: Split) -> Part:
    repeat = number * plan.repeats // plan.parts
    if plan.protocol.chooses_on_test:
        return Part(number, repeat, own, own.train, own.test)
    training = [data.labelled[i] for i in own.train]
    by_group = plan.protocol.unit == "group"
    names = [groups[nodule.image] if by_group else nodule.image for nodule in training]
    inner = split.hold_out(training, names, plan.recipe.learning.validation, plan.seed)
    return Part(number, repeat, own, own.train[inner.train], own.train[inner.test])
