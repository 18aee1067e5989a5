"""The gate: what it refuses, and that no split by groups is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from isthmus.data import split
from isthmus.data.audit.duplicates import Duplicates, Pair
from isthmus.data.audit.leaks.relations import Relations, placed_nodules, refuse_leaks
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.data.grouping import Grouping
from isthmus.data.groups import groups
from isthmus.errors import SplitError
from isthmus.nodule import Box, ImageRef, Label, Nodule
from make.noise import noise

NONE = Duplicates()


def nodule(image: str, patient: str = "", label: Label = Label.BENIGN, number: int = 1) -> Nodule:
    return Nodule(f"{image}#{number}", image, patient or image, ImageRef(Path(image)), Box(0, 0, 1, 1), label=label)


def relations(
    patients: Mapping[str, str], duplicates: Duplicates = NONE, hashes: Mapping[str, bytes] | None = None
) -> Relations:
    def of_each() -> Mapping[str, bytes]:
        assert hashes is not None, "no picture need be looked at"
        return hashes

    return Relations(patients, duplicates, of_each)


def own(nodules: Sequence[Nodule]) -> dict[str, str]:
    return {one.image: one.patient for one in nodules}


def sides(train: Sequence[int], test: Sequence[int]) -> dict[str, split.Indices]:
    return {"training": np.array(train), "test": np.array(test)}


def test_a_parted_patient_is_named_by_a_pair_and_the_others_are_counted() -> None:
    nodules = [nodule("1_1", "1"), nodule("1_2", "1"), nodule("2_1", "2"), nodule("2_2", "2")]
    with pytest.raises(SplitError, match=r"^here: 1_1 \(training\) and 1_2 \(test\) are of one patient; 2 such pairs"):
        refuse_leaks(nodules, sides([0, 2], [1, 3]), relations(own(nodules)), "here")
    refuse_leaks(nodules, sides([0, 1], [2, 3]), relations(own(nodules)))


def test_nodules_of_one_picture_are_named() -> None:
    nodules = [nodule("1", "anne"), nodule("1", "anne", number=2)]
    with pytest.raises(SplitError, match=r"1#1 \(training\) and 1#2 \(test\) share a picture"):
        refuse_leaks(nodules, sides([0], [1]), relations(own(nodules)))


def test_duplicates_are_named() -> None:
    nodules = [nodule("a", "anne"), nodule("b", "bea")]
    same = Duplicates(identical=(Pair("a", "b"),))
    with pytest.raises(SplitError, match=r"a \(training\) and b \(test\) have identical pixels. Split by group"):
        refuse_leaks(nodules, sides([0], [1]), relations(own(nodules), same))


def test_neighbours_leak_where_they_look_alike_and_no_patient_is_named() -> None:
    names = [f"{number:03}" for number in range(1, 81)]
    nodules = [nodule(name) for name in names]
    looks = {name: np.random.default_rng(int(name) // 10).bytes(32) for name in names}
    others = {name: np.random.default_rng(int(name)).bytes(32) for name in names}
    parted = sides(range(0, 80, 2), range(1, 80, 2))
    with pytest.raises(SplitError, match=r"neighbours look alike more often than chance; .*--group-by sequence:50"):
        refuse_leaks(nodules, parted, relations(own(nodules), hashes=looks))
    refuse_leaks(nodules, parted, relations(own(nodules), hashes=others))
    apart = sides(range(40), range(46, 80))
    refuse_leaks(nodules, apart, relations(own(nodules)))
    of_patients = {name: f"patient {name}" for name in names}
    refuse_leaks(nodules, parted, relations(of_patients))
    placed = placed_nodules(nodules, parted)
    assert len(relations(own(nodules)).leaks(placed, measured=False)) == 79 + 77 + 75


def test_pictures_are_looked_at_where_their_likeness_counts(tmp_path: Path) -> None:
    records, nodules = [], []
    for number in range(1, 41):
        path = tmp_path / f"{number:03}.png"
        Image.fromarray(noise(number // 10)).save(path)
        records.append(ImageRecord(path.stem, ImageRef(path), path.stem, 1, 1))
        nodules.append(nodule(path.stem))
    data = DataSet("made", tmp_path, tuple(records), tuple(nodules))
    with pytest.raises(SplitError, match="look alike"):
        refuse_leaks(nodules, sides(range(0, 40, 2), range(1, 40, 2)), Relations.of(data, NONE))


@settings(max_examples=25)
@given(st.data())
def test_a_split_by_groups_never_leaks(data: st.DataObject) -> None:
    count = data.draw(st.integers(12, 40))
    block = data.draw(st.sampled_from([0, 4, 9]))
    patients = [str(data.draw(st.integers(0, 9))) if not block else "" for _ in range(count)]
    labels = [data.draw(st.sampled_from(list(Label))) for _ in range(count)]
    names = [f"{number:03}" for number in range(count)]
    nodules = [nodule(*one) for one in zip(names, patients, labels, strict=True)]
    ends = [data.draw(st.lists(st.sampled_from(names), max_size=6)) for _ in range(2)]
    pairs = [Pair(*sorted((one, other))) for one, other in zip(*ends, strict=False) if one != other]
    duplicates = Duplicates(tuple(pairs[::2]), tuple(pairs[1::2]))
    images = [ImageRecord(one.image, one.picture, one.patient, 1, 1) for one in nodules]
    related = relations(own(nodules), duplicates, dict.fromkeys(names, bytes(32)))
    grouping = Grouping(block).among(own(nodules))
    try:
        group_of = groups(images, duplicates.sets, grouping)
        folds = split.folds(nodules, group_of, 2)
        parts = [split.Split(split.apart(nodules, one.train, one.test, grouping), one.test) for one in folds]
    except SplitError:
        return
    for part in parts:
        refuse_leaks(nodules, {"training": part.train, "test": part.test}, related)
