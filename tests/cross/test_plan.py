"""What a plan divides the data into."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.cross.plan import Part, Plan, parts
from isthmus.cross.protocols import BY_IMAGE, named
from isthmus.data.audit.duplicates import find_duplicates
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.data.grouping import GAP
from isthmus.data.groups import groups
from isthmus.data.sources import open_source
from isthmus.data.split import leak
from isthmus.errors import SplitError, UsageError
from isthmus.nodule import Box, ImageRef, Label, Nodule
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


@st.composite
def numbered(draw: st.DrawFn) -> tuple[DataSet, list[tuple[str, str]]]:
    """Images with gaps in their numbers and stretches of one label, in any order, some of them duplicates."""
    numbers = draw(st.lists(st.integers(0, 999), min_size=150, max_size=300, unique=True))
    stretch = draw(st.integers(1, 40))
    names = {number: f"{number:06}" for number in numbers}
    nodules = tuple(
        Nodule(
            name,
            name,
            name,
            ImageRef(Path(name)),
            Box(0, 0, 9, 9),
            label=Label.MALIGNANT if n // stretch % 3 else Label.BENIGN,
        )
        for n, name in names.items()
    )
    images = tuple(ImageRecord(name, ImageRef(Path(name)), name, 9, 9) for name in names.values())
    every = st.sampled_from(list(names.values()))
    return DataSet("made", Path(), images, nodules), draw(st.lists(st.tuples(every, every), max_size=6))


@settings(max_examples=60, deadline=None)
@given(numbered(), st.sampled_from([20, 50, 80]), st.integers(0, 3))
def test_blocks_test_every_nodule_once_far_from_what_is_learned_from_and_chosen_on(
    made: tuple[DataSet, list[tuple[str, str]]], block: int, seed: int
) -> None:
    data, duplicates = made
    protocol = named("blocks", f"sequence:{block}")
    try:
        every = parts(
            data, Plan(PAPER, protocol, folds=3, seed=seed), groups(data.images, duplicates, protocol.grouping)
        )
    except SplitError:
        return  # duplicates join so many blocks that too few are left
    number = [int(nodule.image) for nodule in data.labelled]
    assert times_tested(every) == Counter(range(len(number)))
    for part in every:
        learned, chosen, tested = (
            {number[i] for i in side} for side in (part.learned_from, part.chosen_on, part.split.test)
        )
        assert not any(n + step in tested for n in learned | chosen for step in range(-GAP, GAP + 1))
        assert not any(n + step in chosen for n in learned for step in range(-GAP, GAP + 1))
        for pair in duplicates:
            sides = [{int(name) in side for name in pair} for side in (learned, chosen, tested)]
            assert sum(True in side for side in sides) <= 1
        assert all({data.labelled[i].label for i in side} == set(Label) for side in (part.learned_from, part.chosen_on))


def test_so_few_numbers_that_the_gaps_leave_nothing_are_refused(data: DataSet) -> None:
    names = {image.id: f"{at:04}" for at, image in enumerate(data.images)}
    images = tuple(replace(image, id=names[image.id]) for image in data.images)
    nodules = tuple(replace(nodule, image=names[nodule.image]) for nodule in data.nodules)
    every, protocol = replace(data, images=images, nodules=nodules), named("blocks", "sequence:1")
    with pytest.raises(SplitError, match="is left to learn from: all are within 5 numbers of a tested one"):
        parts(every, Plan(PAPER, protocol), groups(images, (), protocol.grouping))


@pytest.mark.slow
def test_the_real_tn5000_in_blocks(tn5000_root: Path) -> None:
    data = open_source("tn5000", tn5000_root)
    blocks, authors = named("blocks"), named("authors", "sequence:50")
    image_groups = groups(data.images, (), blocks.grouping)
    malignant = [nodule.label is Label.MALIGNANT for nodule in data.labelled]
    share = sum(malignant) / len(malignant)
    every = parts(data, Plan(PAPER, blocks), image_groups)
    assert times_tested(every) == Counter(range(len(malignant)))
    for part in every:
        for side in (part.learned_from, part.chosen_on, part.split.test):
            assert sum(malignant[i] for i in side) / len(side) == pytest.approx(share, abs=0.05)
        assert leak(data.labelled, part.split, (), blocks.grouping).neighbours == 0
        assert len(part.split.train) > 0.95 * (len(malignant) - len(part.split.test))
    (own,) = parts(data, Plan(PAPER, authors), image_groups)
    assert leak(data.labelled, own.split, (), authors.grouping).neighbours == len(own.split.test)
