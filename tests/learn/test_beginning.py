"""A training that begins from another network's weights, where they fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from isthmus.bundle import LearnedFrom, open_bundle
from isthmus.data.sources import open_source
from isthmus.errors import BundleError, UsageError
from isthmus.learn.beginning import Beginning
from isthmus.learn.train import fit
from isthmus.net.hybrid import HybridNet
from make.bundle import TINY, make, untrained
from make.training import TINY as LEARNING
from make.training import examples, hybrid_net

NET = untrained()
BEGINNING = Beginning("ours", TINY, dict(NET.state_dict()))


def test_the_whole_network_where_everything_fits() -> None:
    net = hybrid_net(TINY)
    BEGINNING.enter(net)
    assert BEGINNING.taken_over(TINY) == (
        "weights taken over from ours: trunk, classifier.hidden, classifier.output, cropping.upsampling.convolution, "
        "cropping.upsampling.norm, which is all of it"
    )
    assert all(torch.equal(tensor, NET.state_dict()[name]) for name, tensor in net.state_dict().items())


def test_the_trunk_where_the_rest_differs() -> None:
    recipe = TINY.changed(hidden=4, crops="none")
    net = hybrid_net(recipe)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    BEGINNING.enter(net)
    told = BEGINNING.taken_over(recipe)
    assert told.startswith("weights taken over from ours: trunk; begun anew, as their shapes differ: classifier.hidden")
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, (NET.state_dict() if name.startswith("trunk.") else before)[name])


def test_weights_of_half_precision_and_of_a_bundle(tmp_path: Path) -> None:
    beginning = Beginning.of(open_bundle(make(tmp_path / "b")))
    assert (beginning.name, beginning.recipe, beginning.digest) == ("b", TINY, BEGINNING.digest)
    net = hybrid_net(TINY)
    replace(BEGINNING, tensors={name: tensor.half() for name, tensor in BEGINNING.tensors.items()}).enter(net)
    assert net.state_dict()["classifier.hidden.weight"].dtype == torch.float32


def test_where_nothing_fits_it_is_refused() -> None:
    with pytest.raises(BundleError, match=r"ours: none of its weights fits"):
        BEGINNING.enter(torch.nn.Linear(3, 4))


def test_it_stands_for_pretrained_weights_of_its_backbone_only() -> None:
    recipe = TINY.changed(backbone="resnet18", head="average", pretrained=True)
    assert BEGINNING.replaces_pretrained(recipe) == recipe
    assert not replace(BEGINNING, recipe=recipe).replaces_pretrained(recipe).network.pretrained


def test_a_probe_of_every_epoch_leaves_the_trunk_and_its_batch_norms_as_they_were() -> None:
    recipe = LEARNING.changed(epochs=2, probe=2, learning_rate=0.01, precision="fp32")
    torch.manual_seed(5)
    source = HybridNet(recipe.network, recipe.preparation.size).state_dict()
    beginning = Beginning("ours", recipe, {name: tensor.clone() for name, tensor in source.items()})
    probed = fit(examples(), examples(8, seed=1), recipe, device="cpu", beginning=beginning).net.state_dict()
    kept = {name for name, tensor in probed.items() if torch.equal(tensor, source[name])}
    trunk = {name for name in probed if name.startswith("trunk.")}
    assert trunk <= kept
    assert any(name.endswith("running_mean") for name in trunk)
    assert not {name for name in kept if name.startswith("classifier.")}


LEARNED = LearnedFrom("phantom", "benign-2-3-4a", "0" * 12)


def test_weights_that_learned_from_these_nodules_are_refused_whatever_they_were_called(phantom: Path) -> None:
    data = open_source("phantom", phantom)
    same = replace(LEARNED, fingerprint=data.fingerprint())
    elsewhere = replace(LEARNED, data="folders")
    for learned_from in ((same,), (elsewhere, same), (replace(same, data="voc"),)):
        for policy in ("benign-2-3-4a", "benign-2-3"):
            begun = replace(BEGINNING, learned_from=learned_from)
            with pytest.raises(UsageError, match=r"--from: ours learned from these very nodules"):
                begun.refuse_overlap(open_source("phantom", phantom, policy))
    assert replace(BEGINNING, learned_from=(elsewhere,)).refuse_overlap(data) == ""
    doubt = replace(BEGINNING, learned_from=(LEARNED,)).refuse_overlap(data)
    assert doubt.startswith("ours learned from data of this kind, phantom (benign-2-3-4a, fingerprint 000000000000)")


def test_a_training_goes_on_from_there_and_a_checkpoint_of_another_beginning_is_not_used(tmp_path: Path) -> None:
    recipe = LEARNING.changed(epochs=1, learning_rate=1e-9, averaging=0.0, precision="fp32")
    torch.manual_seed(5)
    source = HybridNet(recipe.network, recipe.preparation.size)
    beginning, notes = Beginning("ours", recipe, dict(source.state_dict())), list[str]()
    train, validation = examples(), examples(8, seed=1)
    arguments = {"folder": tmp_path, "device": "cpu", "note": notes.append, "checkpoint_seconds": 0.0}
    fitted = fit(train, validation, recipe, beginning=beginning, **arguments)  # type: ignore[arg-type]
    weight = fitted.net.state_dict()["classifier.hidden.weight"]
    torch.testing.assert_close(weight, source.state_dict()["classifier.hidden.weight"], atol=1e-6, rtol=0)
    assert not notes
    fit(train, validation, recipe, **arguments)  # type: ignore[arg-type]
    assert "of another training (data" in notes[-1]
