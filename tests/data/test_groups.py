"""Groups join patients who share a duplicate, and a share of them is set aside whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from isthmus.data.dataset import ImageRecord
from isthmus.data.groups import components, groups, natural, set_aside
from isthmus.nodule import ImageRef, Label

names = st.integers(1, 12).map(str)


@given(st.lists(st.tuples(names, names), max_size=15), st.randoms(use_true_random=False))
def test_components_are_the_finest_partition_that_joins_every_link(
    links: list[tuple[str, str]], chance: random.Random
) -> None:
    joined = components(links)
    home = {name: place for place, members in enumerate(joined) for name in members}
    assert len(home) == sum(map(len, joined))
    assert all(home[one] == home[other] for one, other in links if one != other)
    for members in joined:
        reached, pending = {members[0]}, [members[0]]
        while pending:
            here = pending.pop()
            new = {b for a, b in links if a == here} | {a for a, b in links if b == here}
            pending += new - reached
            reached |= new
        assert reached == set(members)
        assert list(members) == sorted(members, key=int)
    mixed = [(b, a) for a, b in links]
    chance.shuffle(mixed)
    assert components(mixed) == joined


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 3)), min_size=1, max_size=12, unique=True),
    st.data(),
)
def test_groups_join_patients_and_take_the_smallest_name(cases: list[tuple[int, int]], data: st.DataObject) -> None:
    images = tuple(ImageRecord(f"{p}_{i}", ImageRef(Path()), str(p), 5, 5) for p, i in cases)
    ids = st.sampled_from([image.id for image in images])
    pairs = data.draw(st.lists(st.tuples(ids, ids), max_size=8))
    group_of = groups(images, pairs)
    patient = {image.id: image.patient for image in images}
    assert group_of.keys() == patient.keys()
    assert all(group_of[first] == group_of[second] for first, second in pairs)
    for group in set(group_of.values()):
        members = {patient[image] for image, name in group_of.items() if name == group}
        assert group == min(members, key=int)
    of_patient = {(patient[image], group) for image, group in group_of.items()}
    assert len(of_patient) == len(set(patient.values())), "a patient stands in one group"
    tied = {patient[image] for pair in pairs for image in pair if patient[pair[0]] != patient[pair[1]]}
    assert all(group_of[image] == one for image, one in patient.items() if one not in tied)
    assert groups(images[::-1], [pair[::-1] for pair in reversed(pairs)]) == group_of


@given(st.lists(st.text("019_ab", max_size=5), unique=True))
def test_natural_order_is_total(texts: list[str]) -> None:
    assert len({natural(text) for text in texts}) == len(texts)
    sorted(texts, key=natural)


def test_a_set_of_several_duplicates_joins_all_its_patients() -> None:
    images = [ImageRecord(f"{patient}_1", ImageRef(Path()), patient, 5, 5) for patient in ("10", "9", "3", "4")]
    assert groups(images, [("10_1", "9_1", "3_1")]) == {"10_1": "3", "9_1": "3", "3_1": "3", "4_1": "4"}


def test_equal_groups_are_set_aside_to_the_share() -> None:
    labels = [Label.BENIGN, Label.MALIGNANT] * 20
    names = [str(place // 2) for place in range(40)]
    for share in (0.1, 0.25, 0.5, 0.9):
        assert len(set_aside(labels, names, share)) == round(20 * share)


def test_seeds_set_other_groups_aside_and_the_same_seed_the_same() -> None:
    labels = [Label.BENIGN, Label.MALIGNANT] * 20
    names = [str(place // 2) for place in range(40)]
    assert set_aside(labels, names, 0.25, seed=1) == set_aside(labels, names, 0.25, seed=1)
    assert len({set_aside(labels, names, 0.25, seed) for seed in range(5)}) > 1


@given(
    st.lists(st.tuples(st.sampled_from(Label), st.integers(0, 8).map(str)), min_size=4, max_size=40),
    st.floats(0.05, 0.95),
    st.integers(0, 3),
)
def test_both_sides_have_both_labels(nodules: list[tuple[Label, str]], share: float, seed: int) -> None:
    assume(all(len({name for label, name in nodules if label is one}) > 1 for one in Label))
    labels, names = [label for label, _ in nodules], [name for _, name in nodules]
    aside = set_aside(labels, names, share, seed)
    assert {label for label, name in nodules if name in aside} == set(Label)
    assert {label for label, name in nodules if name not in aside} == set(Label)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_no_single_group_on_the_other_side_would_be_nearer(share: float) -> None:
    chance = random.Random(0)
    nodules = [(Label(chance.random() < 0.3), str(chance.randrange(30))) for _ in range(200)]
    labels, names = [label for label, _ in nodules], [name for _, name in nodules]

    def distance(groups_aside: frozenset[str]) -> float:
        short = [
            sum(name in groups_aside for other, name in nodules if other is label) - share * labels.count(label)
            for label in Label
        ]
        return sum(one**2 for one in short) + sum(short) ** 2

    aside = set_aside(labels, names, share)
    assert all(distance(aside ^ {name}) >= distance(aside) - 1e-6 for name in set(names))
