"""What a plan divides the data into."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from isthmus.cross.plan import Part, Plan, parts
from isthmus.cross.protocols import BY_IMAGE, named
from isthmus.data.audit.duplicates import find_duplicates
from isthmus.data.dataset import DataSet
from isthmus.data.groups import groups
from isthmus.data.sources import open_source
from isthmus.errors import UsageError
from isthmus.recipe import PAPER


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    return open_source("phantom", phantom)


@pytest.fixture(scope="module")
def grouping(data: DataSet) -> dict[str, str]:
    return dict(groups(data.images, find_duplicates(data.images).sets))


def times_tested(every: tuple[Part, ...]) -> Counter[int]:
    return Counter(int(position) for part in every for position in part.split.test)


def test_all_four_quarters_test_every_nodule_once(data: DataSet, grouping: dict[str, str]) -> None:
    plan = Plan(PAPER, BY_IMAGE, quarters=4)
    every = parts(data, plan, grouping)
    assert len(every) == plan.parts == 4
    assert times_tested(every) == Counter(range(len(data.labelled)))
    one = parts(data, Plan(PAPER, BY_IMAGE), grouping)
    assert [list(part.split.test) for part in one] == [list(every[0].split.test)]


def test_other_plans_and_other_groups_are_other_runs(grouping: dict[str, str]) -> None:
    plans = [
        Plan(PAPER),
        Plan(PAPER, seed=1),
        Plan(PAPER, quarters=2),
        Plan(PAPER, BY_IMAGE),
        Plan(PAPER, named("paper")),
    ]
    identities = [plan.identity(grouping) for plan in plans]
    assert all(one != other for at, one in enumerate(identities) for other in identities[:at])
    assert Plan(PAPER).identity(grouping) == identities[0]
    assert Plan(PAPER).identity({**grouping, next(iter(grouping)): "elsewhere"}) != identities[0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [({"quarters": 5}, "5 of 4 quarters"), ({"folds": 1}, "2 folds"), ({"repeats": 0}, "1 repeat")],
)
def test_impossible_plans_are_refused(arguments: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Plan(PAPER, **arguments)  # type: ignore[arg-type]
