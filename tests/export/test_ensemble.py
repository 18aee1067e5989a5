"""An ensemble as one bundle: one ONNX that is what torch gives, its weights, its recipes; and its training."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from isthmus.bundle import MEMBERS, Bundle, open_bundle
from isthmus.data.audit.duplicates import find_duplicates
from isthmus.data.grouping import Grouping
from isthmus.data.groups import groups
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.data.split import hold_out
from isthmus.decision import Decision
from isthmus.errors import BundleError, RecipeError
from isthmus.export.ensemble import refuse_unlike, train_ensemble
from isthmus.export.weights import network_of
from isthmus.export.write import export_bundle, export_ensemble, train_bundle, work_folder
from isthmus.infer.predictor import Predictor
from isthmus.judge.metrics import auc
from isthmus.learn.beginning import Beginning
from isthmus.learn.checkpoint import Epoch
from isthmus.learn.operating_point import operating_point
from isthmus.learn.votes import probabilities
from isthmus.net.ensemble import Ensemble
from isthmus.recipe import Recipe
from isthmus.recipes import ENSEMBLES, ISTHMUS
from isthmus.runtime.parity import difference, read_all
from make.bundle import make

WIDE = Recipe().changed(size=48, hidden=8, resize="square", margin=0.5, crops="none")
NARROW = Recipe().changed(size=32, hidden=4, resize="square", margin=0.25, omega=0.25)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> list[Bundle]:
    folder = tmp_path_factory.mktemp("members")
    return [open_bundle(make(folder / name, recipe)) for name, recipe in (("wide", WIDE), ("narrow", NARROW))]


@pytest.fixture(scope="module")
def ensemble(members: list[Bundle], phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    to = tmp_path_factory.mktemp("ensemble") / "both"
    export_ensemble(members, open_source("phantom", phantom), to, Decision.at(0.3, "ours"), half=True)
    return open_bundle(to)


def test_its_export_gives_what_torch_gives(ensemble: Bundle, phantom: Path) -> None:
    assert ensemble.provenance.engines["onnxruntime"].passed
    assert ensemble.int8 is None
    data, net = open_source("phantom", phantom), network_of(ensemble)
    rois = prepare_all(data.labelled[:8], ensemble.recipe.preparation)
    assert rois.shape == (8, 48, 48, 3)
    predictor = Predictor(ensemble)
    apart = difference(read_all(predictor.engine, rois), probabilities(net, rois))
    assert max(apart.fused, apart.votes) <= 1e-5
    nodule = data.labelled[0]
    assert predictor.bundle.decision == Decision.at(0.3, "ours")
    assert nodule.label is not None


def test_its_recipe_is_that_of_the_member_with_crops_on_the_common_roi(ensemble: Bundle) -> None:
    assert ensemble.members == (WIDE, NARROW)
    assert (ensemble.recipe.preparation, ensemble.recipe.network) == (WIDE.preparation, NARROW.network)
    assert ensemble.recipe.name == "ensemble of fourconv, fourconv"


def test_it_is_exported_again(ensemble: Bundle, phantom: Path, tmp_path: Path) -> None:
    again = export_bundle(ensemble, open_source("phantom", phantom), tmp_path / "again")
    assert again.members == ensemble.members
    first, second = (network_of(one) for one in (ensemble, again))
    assert isinstance(first, Ensemble)
    assert all(torch.equal(tensor, second.state_dict()[name]) for name, tensor in first.state_dict().items())


def test_a_training_begins_from_the_member_that_it_shows(ensemble: Bundle) -> None:
    beginning = Beginning.of(ensemble)
    assert beginning.recipe == NARROW
    assert beginning.tensors["classifier.hidden.weight"].shape[0] == 4
    told = beginning.taken_over(NARROW)
    assert told.startswith("weights taken over from both (member 2 of 2, fourconv at 32 px): trunk, classifier.hidden")


def test_an_ensemble_of_an_ensemble_is_refused(ensemble: Bundle, members: list[Bundle], phantom: Path) -> None:
    data = open_source("phantom", phantom)
    with pytest.raises(BundleError, match="is an ensemble itself"):
        export_ensemble([members[0], ensemble], data, ensemble.folder.with_name("x"), Decision.at(0.5))
    (ensemble.folder / MEMBERS).write_text("member = []", encoding="utf-8")
    with pytest.raises(BundleError, match="checksum differs"):
        open_bundle(ensemble.folder)


TRAINED = (
    ISTHMUS.changed(size=32, hidden=8, epochs=1, resize="square", margin=0.5, crops="none", precision="fp32"),
    ISTHMUS.changed(size=32, hidden=4, epochs=2, resize="square", margin=0.25, precision="fp32"),
)


def test_networks_are_trained_to_one_bundle_and_an_interrupted_training_continues(
    phantom: Path, tmp_path: Path
) -> None:
    data, to, heard = open_source("phantom", phantom), tmp_path / "both", list[tuple[int, int]]()

    def stop(member: int, epoch: Epoch) -> None:
        heard.append((member, epoch.epoch))
        if len(heard) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_ensemble(data, TRAINED, to, device="cpu", report=stop)
    assert not to.exists()
    bundle = train_ensemble(data, TRAINED, to, device="cpu", report=stop)
    assert heard == [(0, 1), (1, 1), (1, 1), (1, 2)]  # the first network is not trained again
    assert not work_folder(to).exists()
    assert open_bundle(to).members == TRAINED
    assert bundle.recipe.preparation.size == 43  # the window of the first at the second's pixels
    with (to / "history.csv").open(encoding="utf-8") as history:
        assert [row["epoch"] for row in csv.DictReader(history)] == ["1", "2"]  # of the second, which has crops
    alone = train_bundle(data, TRAINED[1], tmp_path / "one", device="cpu")
    assert bundle.provenance.nodules == alone.provenance.nodules
    for one, member in (("members.1.", alone), ("", bundle)):
        assert {name for name in network_of(bundle).state_dict() if name.startswith(one)}
        assert member.decision.default == "youden"
    joined, single = network_of(bundle).state_dict(), network_of(alone).state_dict()
    assert all(torch.equal(joined[f"members.1.{name}"], tensor) for name, tensor in single.items())


def test_its_threshold_and_auc_are_those_of_all_networks_together(phantom: Path, tmp_path: Path) -> None:
    data = open_source("phantom", phantom)
    bundle = train_ensemble(data, [one.changed(epochs=1) for one in TRAINED], tmp_path / "both", device="cpu")
    group_of = groups(data.images, find_duplicates(data.images).sets)
    names = [group_of[nodule.image] for nodule in data.labelled]
    aside = hold_out(data.labelled, names, 0.2, 0).test
    nodules = [data.labelled[at] for at in aside]
    p = probabilities(network_of(bundle), prepare_all(nodules, bundle.recipe.preparation)).fused
    labels = np.array([int(nodule.label or 0) for nodule in nodules])
    assert bundle.provenance.validation_auc == pytest.approx(auc(labels, p), abs=1e-9)
    assert bundle.decision.threshold == pytest.approx(operating_point(labels, p, "youden"), abs=1e-6)


def test_networks_learn_from_every_nodule_where_none_is_set_aside(phantom: Path, tmp_path: Path) -> None:
    whole = [one.changed(epochs=1, validation=0, threshold="half") for one in TRAINED]
    bundle = train_ensemble(open_source("phantom", phantom), whole, tmp_path / "all", device="cpu")
    assert bundle.decision.thresholds == {"half": 0.5}
    assert sum(bundle.provenance.nodules["validation"].values()) == 0
    assert math.isnan(bundle.provenance.validation_auc)


def test_networks_that_choose_otherwise_are_refused(phantom: Path, tmp_path: Path) -> None:
    unlike = [TRAINED[0], TRAINED[1].changed(threshold="half")]
    with pytest.raises(RecipeError, match="differ in threshold: half, youden"):
        train_ensemble(open_source("phantom", phantom), unlike, tmp_path / "x", device="cpu")
    with pytest.raises(RecipeError, match=r"differ in validation: 0\.2, 0\.3"):
        refuse_unlike([TRAINED[0], TRAINED[1].changed(validation=0.3)])
    refuse_unlike(ENSEMBLES["quick"])


def test_seed_and_grouping_are_those_of_every_network(phantom: Path, tmp_path: Path) -> None:
    data, recipes = open_source("phantom", phantom), [one.changed(epochs=1) for one in TRAINED]
    bundle = train_ensemble(data, recipes, tmp_path / "a", seed=3, grouping=Grouping(1), device="cpu")
    assert (bundle.provenance.seed, bundle.provenance.groups) == (3, "sequence:1")
    alone = train_bundle(data, recipes[1], tmp_path / "b", seed=3, grouping=Grouping(1), device="cpu")
    other = train_bundle(data, recipes[1], tmp_path / "c", device="cpu")
    joined, single, zero = (network_of(one).state_dict() for one in (bundle, alone, other))
    assert all(torch.equal(joined[f"members.1.{name}"], tensor) for name, tensor in single.items())
    assert any(not torch.equal(single[name], tensor) for name, tensor in zero.items())
