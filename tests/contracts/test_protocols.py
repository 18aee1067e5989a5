"""What every protocol has to keep to, tested by its name alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.cross.plan import Part, Plan, parts
from isthmus.cross.protocols import HONEST, LISTS, PROTOCOLS, Protocol, as_named_now, named
from isthmus.data import split
from isthmus.data.audit.duplicates import Duplicates, find_duplicates
from isthmus.data.dataset import DataSet
from isthmus.data.grouping import Grouping
from isthmus.data.groups import groups
from isthmus.data.sources import open_source
from isthmus.errors import SplitError
from isthmus.nodule import Label
from isthmus.recipe import PAPER

FOLDS, QUARTERS = 3, 2
BLOCK, IN_BLOCK = 24, (2, 10, 14, 22)
LISTED = ("train", "train", "val", "test")
DRAWN = [name for name, one in PROTOCOLS.items() if one.parts != LISTS]  # the split is drawn, not given
drawn_only = pytest.mark.parametrize("protocol", DRAWN, indirect=True)


@pytest.fixture(params=list(PROTOCOLS))
def protocol(request: pytest.FixtureRequest) -> Protocol:
    one = named(request.param)
    return replace(one, grouping=Grouping(BLOCK)) if one.grouping.block else one


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    """Simulated nodules, four images a block, of which the outer two have a neighbour in the next block."""
    data = open_source("phantom", phantom)
    number = {image.id: f"{BLOCK * (at // 4) + IN_BLOCK[at % 4]:06d}" for at, image in enumerate(data.images)}
    return replace(
        data,
        images=tuple(replace(image, id=number[image.id]) for image in data.images),
        nodules=tuple(
            replace(nodule, image=number[nodule.image], descriptors={"lists": LISTED[at // 2 % 4]})
            for at, nodule in enumerate(data.nodules)
        ),
    )


@pytest.fixture(scope="module")
def duplicates(data: DataSet) -> Duplicates:
    return find_duplicates(data.images)


@pytest.fixture
def grouping(data: DataSet, duplicates: Duplicates, protocol: Protocol) -> dict[str, str]:
    return dict(groups(data.images, duplicates.sets, protocol.grouping))


def plan_of(protocol: Protocol, seed: int = 0, repeats: int = 1) -> Plan:
    return Plan(PAPER, protocol, FOLDS, repeats, seed, QUARTERS)


def positions(every: tuple[Part, ...]) -> list[list[list[int]]]:
    return [[part.learned_from.tolist(), part.chosen_on.tolist(), part.split.test.tolist()] for part in every]


def test_it_never_divides_its_unit(data: DataSet, grouping: dict[str, str], protocol: Protocol) -> None:
    units = protocol.unit.of(grouping)
    unit = [units[nodule.image] for nodule in data.labelled]
    for part in parts(data, plan_of(protocol), grouping):
        learned, chosen, tested = (
            {unit[i] for i in side} for side in (part.learned_from, part.chosen_on, part.split.test)
        )
        assert not learned & chosen
        assert not learned & tested
        assert protocol.chooses_on_test or not chosen & tested


def test_its_unit_keeps_patients_and_duplicates_together_if_it_says_so(
    data: DataSet, duplicates: Duplicates, grouping: dict[str, str], protocol: Protocol
) -> None:
    leaks = [
        split.leak(data.labelled, part.split, duplicates.sets) for part in parts(data, plan_of(protocol), grouping)
    ]
    if not protocol.grouping.block:  # blocks are for data that name no patient
        assert any(leak.same_patient for leak in leaks) is protocol.leaks
    assert protocol.leaks or not any(leak.same_image for leak in leaks)


def test_parts_are_as_many_as_the_plan_says(data: DataSet, grouping: dict[str, str], protocol: Protocol) -> None:
    plan = plan_of(protocol, repeats=2)
    every = parts(data, plan, grouping)
    assert plan.parts_of_a_repeat == protocol.parts_tested(vars(plan))
    assert len(every) == plan.parts == 2 * plan.parts_of_a_repeat
    assert [part.number for part in every] == list(range(len(every)))
    assert [part.repeat for part in every] == sorted([0, 1] * plan.parts_of_a_repeat)


def test_no_nodule_is_tested_twice_in_a_repeat_and_every_one_once_if_it_says_so(
    data: DataSet, grouping: dict[str, str], protocol: Protocol
) -> None:
    every = parts(data, plan_of(protocol, repeats=2), grouping)
    nodules = set(range(len(data.labelled)))
    for repeat in range(2):
        tested = Counter(int(i) for part in every if part.repeat == repeat for i in part.split.test)
        assert set(tested.values()) == {1}
        assert (set(tested) == nodules) is protocol.tests_every_nodule
    for part in every:
        used = {*part.learned_from, *part.chosen_on, *part.split.test}
        assert used == nodules if not protocol.grouping.gap else used < nodules


def test_nothing_within_its_gap_of_a_tested_image_is_learned_from_or_chosen_on(
    data: DataSet, grouping: dict[str, str], protocol: Protocol
) -> None:
    number = [int(nodule.image) for nodule in data.labelled]
    for part in parts(data, plan_of(protocol), grouping):
        sides = part.learned_from, part.chosen_on, part.split.test
        learned, chosen, tested = ({number[i] for i in side} for side in sides)
        if protocol.grouping.gap:
            assert min(abs(one - other) for one in tested for other in learned | chosen) > protocol.grouping.gap
            assert min(abs(one - other) for one in chosen for other in learned) > protocol.grouping.gap


def test_epoch_and_threshold_are_chosen_on_what_it_says(
    data: DataSet, grouping: dict[str, str], protocol: Protocol
) -> None:
    for part in parts(data, plan_of(protocol), grouping):
        chosen, tested = set(part.chosen_on), set(part.split.test)
        assert chosen
        assert chosen == tested if protocol.chooses_on_test else not chosen & tested
        assert not chosen & set(part.learned_from)
        assert {data.labelled[i].label for i in part.split.test} == set(Label)


@drawn_only
def test_the_same_seed_gives_the_same_parts_and_another_others(
    data: DataSet, grouping: dict[str, str], protocol: Protocol
) -> None:
    one, same, *others = (positions(parts(data, plan_of(protocol, seed), grouping)) for seed in (1, 1, 2, 3, 4))
    assert one == same
    assert any(one != other for other in others)  # of so few groups two seeds may draw the same quarter


@drawn_only
def test_each_repeat_is_split_by_the_next_seed(data: DataSet, grouping: dict[str, str], protocol: Protocol) -> None:
    both = parts(data, plan_of(protocol, seed=4, repeats=2), grouping)
    later = parts(data, plan_of(protocol, seed=5), grouping)
    second = [part.split.test.tolist() for part in both if part.repeat == 1]
    assert second == [part.split.test.tolist() for part in later]
    assert second != [part.split.test.tolist() for part in both if part.repeat == 0]


def test_too_few_data_are_refused(data: DataSet, grouping: dict[str, str], protocol: Protocol) -> None:
    one_class = replace(data, nodules=tuple(replace(nodule, label=Label.BENIGN) for nodule in data.nodules))
    with pytest.raises(SplitError, match="there is no malignant one"):
        parts(one_class, plan_of(protocol), grouping)


@drawn_only
def test_a_label_of_one_group_is_refused(data: DataSet, grouping: dict[str, str], protocol: Protocol) -> None:
    units = protocol.unit.of(grouping)
    alone = next(units[nodule.image] for nodule in data.labelled if nodule.label is Label.MALIGNANT)
    few = tuple(one for one in data.labelled if one.label is Label.BENIGN or units[one.image] == alone)
    with pytest.raises(SplitError, match="come from 1 group only"):
        parts(replace(data, nodules=few), plan_of(protocol), grouping)


def test_its_words_say_what_it_does(protocol: Protocol) -> None:
    assert protocol.criterion in protocol.description
    assert protocol.grouping.gap_rule in protocol.description
    assert protocol.chooser in protocol.description
    assert ("test nodules" in protocol.description) is protocol.chooses_on_test
    assert "7" in protocol.division("7")
    assert protocol.unit.name in protocol.division("7")
    assert protocol.part in protocol.parts.name
    assert protocol.title
    optimistic = protocol.leaks or protocol.chooses_on_test
    assert protocol.is_optimistic is optimistic
    assert bool(protocol.caution(PAPER, 3, 2, 9)) is optimistic


def test_what_its_plan_writes_is_read_back(protocol: Protocol) -> None:
    identity = Plan(PAPER, protocol).identity({"1_1": "1"})
    assert identity["protocol"] == protocol.name
    assert as_named_now(identity) == identity


def test_it_makes_a_run_of_its_own(grouping: dict[str, str], protocol: Protocol) -> None:
    others = [plan_of(other).identity(grouping) for other in PROTOCOLS.values() if other.name != protocol.name]
    assert plan_of(protocol).identity(grouping) not in others


def test_what_the_others_are_compared_with_is_not_optimistic() -> None:
    assert not any(one.is_optimistic for one in HONEST)
