"""What a plan divides the data into."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from isthmus.cross.plan import Part, Plan, parts
from isthmus.cross.protocols import BY_IMAGE, GROUPED, Protocol, named
from isthmus.data.audit.duplicates import find_duplicates, groups
from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.errors import UsageError
from isthmus.recipe import PAPER


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    return open_source("phantom", phantom)


@pytest.fixture(scope="module")
def grouping(data: DataSet) -> dict[str, str]:
    return dict(groups(data, find_duplicates(data.images)))


def times_tested(every: tuple[Part, ...]) -> Counter[int]:
    return Counter(int(position) for part in every for position in part.split.test)


def test_all_four_quarters_test_every_nodule_once(data: DataSet, grouping: dict[str, str]) -> None:
    plan = Plan(PAPER, BY_IMAGE, quarters=4)
    every = parts(data, plan, grouping)
    assert len(every) == plan.parts == 4
    assert times_tested(every) == Counter(range(len(data.labelled)))
    one = parts(data, Plan(PAPER, BY_IMAGE), grouping)
    assert [list(part.split.test) for part in one] == [list(every[0].split.test)]


def test_choosing_on_test_learns_from_all_the_rest(data: DataSet, grouping: dict[str, str]) -> None:
    for part in parts(data, Plan(PAPER, named("paper"), quarters=2), grouping):
        assert list(part.chosen_on) == list(part.split.test)
        assert sorted([*part.learned_from, *part.split.test]) == list(range(len(data.labelled)))


@pytest.mark.parametrize("protocol", [GROUPED, BY_IMAGE])
def test_choosing_on_validation_never_sees_the_test_nodules(
    data: DataSet, grouping: dict[str, str], protocol: Protocol
) -> None:
    for part in parts(data, Plan(PAPER, protocol, folds=3, repeats=2), grouping):
        learned, chosen, test = (set(map(int, own)) for own in (part.learned_from, part.chosen_on, part.split.test))
        assert not learned & chosen
        assert not (learned | chosen) & test
        assert learned | chosen | test == set(range(len(data.labelled)))
        unit = [grouping[one.image] if protocol is GROUPED else one.image for one in data.labelled]
        assert not {unit[i] for i in chosen} & {unit[i] for i in learned}


def test_folds_are_numbered_over_all_repeats(data: DataSet, grouping: dict[str, str]) -> None:
    assert [part.repeat for part in parts(data, Plan(PAPER, folds=3, repeats=2), grouping)] == [0, 0, 0, 1, 1, 1]


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
    [({"quarters": 5}, "5 of 4 quarters"), ({"folds": 1}, "2 folds")],
)
def test_impossible_plans_are_refused(arguments: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Plan(PAPER, **arguments)  # type: ignore[arg-type]
