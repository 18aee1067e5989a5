"""No group on both sides, every nodule judged once, both classes everywhere they can be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from isthmus.data.split import Split, folds, hold_out, leak, listed
from isthmus.errors import SplitError
from isthmus.nodule import Box, ImageRef, Label, Nodule

BENIGN, MALIGNANT = Label.BENIGN, Label.MALIGNANT


def nodule(name: str, patient: str, label: Label | None, image: str = "") -> Nodule:
    return Nodule(name, image or name, patient, ImageRef(Path(f"{name}.jpg")), Box(0, 0, 9, 9), label=label)


def by_patient(nodules: list[Nodule]) -> dict[str, str]:
    return {n.image: n.patient for n in nodules}


def by_image(nodules: list[Nodule]) -> dict[str, str]:
    return {n.image: n.image for n in nodules}


def balanced(patients: int = 40, each: int = 2) -> list[Nodule]:
    return [nodule(f"{p}_{i}", str(p), Label(p % 2)) for p in range(patients) for i in range(each)]


@st.composite
def data_sets(draw: st.DrawFn) -> tuple[list[Nodule], dict[str, str]]:
    """Patients of one to four images with labels of their own, some joined by a duplicate."""
    patients = draw(st.integers(6, 30))
    nodules = [
        nodule(f"{patient}_{image}", str(patient), Label(draw(st.integers(0, 1))))
        for patient in range(patients)
        for image in range(draw(st.integers(1, 4)))
    ]
    joined = draw(st.dictionaries(st.integers(0, patients - 1), st.integers(0, patients - 1), max_size=5))
    root = {str(p): str(p) for p in range(patients)}
    for one, other in joined.items():
        old, new = root[str(one)], root[str(other)]
        root = {patient: new if group == old else group for patient, group in root.items()}
    return nodules, {n.image: root[n.patient] for n in nodules}


def groups_of(nodules: list[Nodule], groups: dict[str, str], label: Label) -> int:
    return len({groups[n.image] for n in nodules if n.label is label})


@settings(max_examples=60, deadline=None)
@given(data_sets(), st.integers(2, 5), st.integers(0, 3))
def test_no_group_is_parted_and_every_nodule_is_judged_once(
    made: tuple[list[Nodule], dict[str, str]], count: int, seed: int
) -> None:
    nodules, groups = made
    assume(min(groups_of(nodules, groups, label) for label in Label) >= count)
    splits = folds(nodules, groups, count, seed)
    assert len(splits) == count
    assert sorted(np.concatenate([split.test for split in splits])) == list(range(len(nodules)))
    for split in splits:
        assert sorted([*split.train, *split.test]) == list(range(len(nodules)))
        assert len(split.test)
        assert not {groups[nodules[i].image] for i in split.train} & {groups[nodules[i].image] for i in split.test}


@settings(max_examples=30, deadline=None)
@given(data_sets(), st.integers(0, 3), st.randoms())
def test_the_order_of_the_nodules_changes_nothing(
    made: tuple[list[Nodule], dict[str, str]], seed: int, chance: object
) -> None:
    nodules, groups = made
    assume(min(groups_of(nodules, groups, label) for label in Label) >= 3)
    mixed = list(nodules)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = (
        [{some[i].id for i in split.test} for split in folds(some, groups, 3, seed)] for some in (nodules, mixed)
    )
    assert one == other


@pytest.mark.parametrize("seed", range(5))
def test_folds_are_stratified(seed: int) -> None:
    nodules = [replace(n, label=Label(int(n.patient) % 3 == 0)) for n in balanced(60)]
    share = np.mean([n.label is MALIGNANT for n in nodules])
    for split in folds(nodules, by_patient(nodules), 5, seed):
        found = np.mean([nodules[i].label is MALIGNANT for i in split.test])
        assert found == pytest.approx(share, abs=0.06)
        assert len(split.test) == pytest.approx(len(nodules) / 5, abs=4)


def test_the_same_seed_gives_the_same_folds_and_another_others() -> None:
    nodules = balanced()
    one, same, other = (
        [split.test.tolist() for split in folds(nodules, by_patient(nodules), 5, seed)] for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_a_quarter_by_image_is_the_papers_split() -> None:
    nodules = [*balanced(60, each=3), nodule("extra", "0", BENIGN, image="0_0")]
    split = folds(nodules, by_image(nodules), 4, seed=0)[0]
    assert len(split.test) / len(nodules) == pytest.approx(0.25, abs=0.03)
    train, test = ({nodules[i].image for i in part} for part in (split.train, split.test))
    assert not train & test  # two nodules of one image stay together
    patients = [{nodules[i].patient for i in part} for part in (split.train, split.test)]
    assert patients[0] & patients[1]  # but patients are parted: that is the paper's protocol
    share = np.mean([nodules[i].label is MALIGNANT for i in split.test])
    assert share == pytest.approx(0.5, abs=0.05)


def test_leaks_counted_by_hand() -> None:
    """Training: a patient 1, a patient 2. Test: 1 again, 3 with 2's picture, 4 with nobody's, 1 with 2's picture."""
    nodules = [
        nodule("1_1", "1", BENIGN),
        nodule("2_1", "2", MALIGNANT),
        nodule("1_2", "1", BENIGN),
        nodule("3_1", "3", MALIGNANT),
        nodule("4_1", "4", BENIGN),
        nodule("1_3", "1", BENIGN),
        nodule("2_1-2", "2", MALIGNANT, image="2_1"),
    ]
    split = Split(np.array([0, 1]), np.array([2, 3, 4, 5, 6]))
    found = leak(nodules, split, [("2_1", "3_1", "1_3")])
    assert (found.n, found.same_patient, found.same_image) == (5, 3, 3)
    clean = leak(nodules, Split(np.array([0, 1]), np.array([4])), [])
    assert (clean.n, clean.same_patient, clean.same_image) == (1, 0, 0)


SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.9)


@pytest.mark.parametrize("share", SHARES)
def test_the_share_asked_for_is_held_out_in_whole_groups_of_each_label(share: float) -> None:
    nodules = [replace(n, label=Label(int(n.patient) % 3 == 0)) for n in balanced(80)]
    names = [n.patient for n in nodules]
    for seed in range(3):
        part = hold_out(nodules, names, share, seed)
        assert abs(len(part.test) - share * len(nodules)) <= 2  # nodules, as a group has two
        assert not {names[i] for i in part.train} & {names[i] for i in part.test}
        for label in Label:
            here, wanted = (sum(n.label is label for n in some) for some in ([nodules[i] for i in part.test], nodules))
            assert abs(here - share * wanted) <= 2
            assert here < wanted


@settings(max_examples=80, deadline=None)
@given(data_sets(), st.sampled_from(SHARES), st.integers(0, 3))
def test_what_is_held_out_misses_the_share_by_one_group_at_most(
    made: tuple[list[Nodule], dict[str, str]], share: float, seed: int
) -> None:
    nodules, groups = made
    assume(min(groups_of(nodules, groups, label) for label in Label) >= 2)
    names = [groups[n.image] for n in nodules]
    part = hold_out(nodules, names, share, seed)
    assert {nodules[i].label for i in part.train} == {nodules[i].label for i in part.test} == set(Label)
    assert sorted([*part.train, *part.test]) == list(range(len(nodules)))
    sizes = sorted(names.count(name) for name in set(names))
    least = sum(sizes[-2:])  # where a side needs two groups, to have both labels
    missed = abs(len(part.test) - share * len(nodules))
    assert missed <= sizes[-1] or min(len(part.test), len(part.train)) <= least


def test_the_order_of_the_nodules_and_the_seed_decide_what_they_should() -> None:
    nodules = balanced(60)
    mixed = nodules[::-1]
    for share in (0.2, 0.4):
        one, other, reseeded = (
            {some[i].id for i in hold_out(some, [n.patient for n in some], share, seed).test}
            for some, seed in ((nodules, 0), (mixed, 0), (nodules, 1))
        )
        assert one == other != reseeded


@pytest.mark.parametrize("share", [0.5, 0.25, 0.2, 0.1])
def test_a_share_that_equal_parts_give_is_the_part_it_always_was(share: float) -> None:
    """Figures that were published with it must come again."""
    nodules = balanced(80)
    part = hold_out(nodules, [n.patient for n in nodules], share, seed=0)
    assert part.test.tolist() == folds(nodules, by_patient(nodules), round(1 / share), seed=0)[0].test.tolist()


@pytest.mark.parametrize("only", list(Label))
def test_one_class_only_is_a_clear_line(only: Label) -> None:
    nodules = [replace(n, label=only) for n in balanced(10)]
    other = Label(1 - only)
    with pytest.raises(SplitError, match=rf"all 20 labelled nodules are {only}; there is no {other} one"):
        folds(nodules, by_patient(nodules), 2)
    with pytest.raises(SplitError, match=f"there is no {other} one"):
        folds(nodules, by_image(nodules), 4)


def test_more_folds_than_groups_is_a_clear_line() -> None:
    nodules = [replace(n, label=Label(int(n.patient) < 3)) for n in balanced(20)]
    with pytest.raises(
        SplitError, match=r"5 parts asked for, but the malignant nodules come from 3 groups only\. Ask for at most 3"
    ):
        folds(nodules, by_patient(nodules), 5)
    lone = [replace(n, label=Label(int(n.patient) < 1)) for n in balanced(20)]
    with pytest.raises(SplitError, match=r"from 1 group only\. Give more data"):
        folds(lone, by_patient(lone), 2)
    with pytest.raises(SplitError, match=r"from 1 group only\. Give more data"):
        hold_out(lone, [n.patient for n in lone], 0.2)


def test_what_has_no_label_or_is_nothing_is_refused() -> None:
    with pytest.raises(SplitError, match="nodule n has no label"):
        folds([nodule("n", "p", None)], {"n": "p"}, 2)
    with pytest.raises(SplitError, match="all 0 labelled nodules"):
        folds([], {}, 2)


def listed_nodules(lists: str) -> list[Nodule]:
    """A nodule of each label for each letter of ``lists``: t train, v val, e test, x none, 2 both of train and test."""
    names = {"t": "train", "v": "val", "e": "test", "x": "other", "2": "train,test"}
    return [
        Nodule(
            f"{at}{label}",
            f"{at}{label}",
            "",
            ImageRef(Path("a.png")),
            Box(0, 0, 9, 9),
            label=label,
            descriptors={"lists": names[letter]},
        )
        for at, letter in enumerate(lists)
        for label in Label
    ]


def test_the_lists_of_a_data_set_are_its_split() -> None:
    train, val, test = listed(listed_nodules("etxv"))
    assert [side.tolist() for side in (train, val, test)] == [[2, 3], [6, 7], [0, 1]]


@pytest.mark.parametrize(("lists", "what"), [("tv", "list test"), ("xx", "list train"), ("te2v", "in the lists")])
def test_lists_that_make_no_split_are_refused_in_a_line(lists: str, what: str) -> None:
    with pytest.raises(SplitError, match=what) as refused:
        listed(listed_nodules(lists))
    assert "\n" not in str(refused.value)


def test_of_a_share_of_none_nothing_is_set_aside() -> None:
    nodules = balanced(8)
    part = hold_out(nodules, [n.patient for n in nodules], 0)
    assert (part.train.tolist(), part.test.tolist()) == (list(range(len(nodules))), [])
    with pytest.raises(SplitError, match="there is no malignant one"):
        hold_out([replace(n, label=BENIGN) for n in nodules], [n.patient for n in nodules], 0)
