"""An ensemble as one bundle: one ONNX that is what torch gives, its weights, its recipes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from isthmus.bundle import MEMBERS, Bundle, open_bundle
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.decision import Decision
from isthmus.errors import BundleError
from isthmus.export.weights import network_of
from isthmus.export.write import export_bundle, export_ensemble
from isthmus.infer.predictor import Predictor
from isthmus.learn.beginning import Beginning
from isthmus.learn.votes import probabilities
from isthmus.net.ensemble import Ensemble
from isthmus.recipe import Recipe
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
