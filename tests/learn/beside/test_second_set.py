"""A second data set teaches the second loss alone, and shows nothing of what the first one tests."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from isthmus.data.audit import known_duplicates
from isthmus.data.dataset import DataSet
from isthmus.data.labels import labelled
from isthmus.data.sources import open_source
from isthmus.errors import UsageError
from isthmus.learn.beside.second_set import SEARCH, SecondSet
from isthmus.learn.examples import Examples
from isthmus.learn.second import targets_of
from isthmus.learn.targets import LACKING
from isthmus.learn.train import fit
from isthmus.nodule import Nodule
from isthmus.phantom.write import write_phantom
from isthmus.recipe import Recipe
from make.training import TINY, examples

TIRADS = TINY.changed(epochs=1, precision="fp32", second="tirads")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    root = tmp_path_factory.mktemp("first") / "p"
    write_phantom(root, patients=5, seed=1)
    return open_source("phantom", root)


@pytest.fixture
def second(tmp_path: Path) -> DataSet:
    write_phantom(tmp_path / "second", patients=6, seed=2)
    return open_source("phantom", tmp_path / "second")


def with_nodules(data: DataSet, *nodules: Nodule) -> DataSet:
    return replace(data, nodules=nodules)


def test_nodules_that_have_the_target_join_whatever_their_label(second: DataSet) -> None:
    one, other, *_ = second.nodules
    bare = with_nodules(second, replace(one, tirads=""), replace(other, label=None), replace(other, contour=()))
    graded = SecondSet.of(bare, TIRADS)
    assert ([nodule.id for nodule in graded.nodules], graded.lacking) == ([other.id, other.id], 1)
    outlined = SecondSet.of(bare, TIRADS.changed(second="contour"))
    assert ([nodule.id for nodule in outlined.nodules], outlined.lacking) == ([one.id, other.id], 1)


def test_data_that_teach_nothing_are_refused(second: DataSet) -> None:
    bare = with_nodules(second, replace(second.nodules[0], tirads="", descriptors={}, contour=()))
    for name in ("tirads", "descriptors", "contour"):
        with pytest.raises(UsageError, match=rf"--beside: none of its 1 nodules has .*, which second = {name} learns"):
            SecondSet.of(bare, TIRADS.changed(second=name))
    with pytest.raises(UsageError, match="the recipe has second = none"):
        SecondSet.of(second, TIRADS.changed(second="none"))


def test_a_patient_who_shares_a_picture_with_the_first_set_is_left_out(
    first: DataSet, second: DataSet, tmp_path: Path
) -> None:
    several = next(one for one in second.images if sum(other.patient == one.patient for other in second.images) > 1)
    shutil.copyfile(first.images[0].picture.path, several.picture.path)
    whole, notes = SecondSet.of(open_source("phantom", second.root), TIRADS), list[str]()
    apart = whole.apart_from(first, tmp_path, note=notes.append)
    assert {nodule.patient for nodule in whole.nodules} - {nodule.patient for nodule in apart.nodules} == {
        several.patient
    }
    assert apart.duplicates == sum(nodule.patient == several.patient for nodule in whole.nodules) > 1
    assert apart.digest == whole.digest
    assert notes == [f"beside: {apart.record.told}"]
    assert f"{apart.duplicates} of patients with a picture in the first set" in notes[0]
    with pytest.raises(UsageError, match=r"each of its .* nodules is of a patient with a picture of the first set"):
        whole.apart_from(second, tmp_path)


def test_the_search_is_kept_and_read_again(
    first: DataSet, second: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = SecondSet.of(second, TIRADS)
    assert whole.apart_from(first, tmp_path).nodules == whole.nodules
    assert (tmp_path / SEARCH).exists()
    monkeypatch.setattr("isthmus.learn.beside.second_set.find_duplicates", None)
    assert whole.apart_from(first, tmp_path).nodules == whole.nodules
    assert known_duplicates.load(tmp_path / SEARCH, first.images) is None


def test_its_digest_is_over_what_can_be_learned(second: DataSet) -> None:
    one, *others = second.nodules
    digest = SecondSet.of(second, TIRADS).digest
    turned = with_nodules(second, *reversed(second.nodules))
    assert SecondSet.of(turned, TIRADS).digest == digest
    relabelled = replace(second, nodules=labelled(second.nodules, "benign-2-3"), policy="benign-2-3")
    assert SecondSet.of(relabelled, TIRADS).digest == digest
    changes: tuple[dict[str, Any], ...] = (
        {"tirads": "5" if one.tirads != "5" else "2"},
        {"contour": ()},
        {"patient": "another"},
        {"descriptors": {"composition": "another"}},
        {"box": replace(one.box, x0=one.box.x0 + 1)},
        {"id": "another"},
    )
    for change in changes:
        changed = with_nodules(second, replace(one, **change), *others)
        assert SecondSet.of(changed, TIRADS).digest != digest, change
    one.picture.path.write_bytes(second.nodules[-1].picture.path.read_bytes())
    assert SecondSet.of(second, TIRADS).digest != digest


def beside(recipe: Recipe, *nodules: Nodule) -> dict[str, torch.Tensor]:
    """The weights of a training on twelve labelled RoIs without a second target, and on those of ``nodules``."""
    bare, mixed = examples(12), examples(12 + len(nodules))
    targets = targets_of(nodules, recipe) if not nodules else targets_of((), recipe, beside=nodules)
    joined = {"labels": np.concatenate([bare.labels, targets.labels])}
    if targets.tirads is not None:
        joined["tirads"] = np.concatenate([np.full(12, LACKING), targets.tirads])
    train = Examples(mixed.rois, replace(targets, descriptors=None, **joined))
    return fit(train, examples(8, seed=1), recipe, device="cpu").net.state_dict()


def test_no_label_of_it_is_learned_and_its_target_is(second: DataSet) -> None:
    def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
        return all(torch.equal(one[name], other[name]) for name in one)

    nodules = second.nodules[:4]
    weights = beside(TIRADS, *nodules)
    assert same(weights, beside(TIRADS, *labelled(nodules, "benign-2-3")))
    assert same(weights, beside(TIRADS, *(replace(nodule, label=None) for nodule in nodules)))
    assert not same(weights, beside(TIRADS, *(replace(nodule, tirads="2") for nodule in nodules)))
