"""Every field of a recipe is obeyed, refused, or named as idle: none is taken without a word."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from isthmus.data.prepare import prepare
from isthmus.data.split import hold_out
from isthmus.errors import RecipeError
from isthmus.learn.train import fit
from isthmus.learn.votes import as_table
from isthmus.nodule import Box, Frame
from isthmus.recipe import HOMES, PAPER, Recipe
from isthmus.recipes import ISTHMUS, chosen, refuse_overruled
from isthmus.study.grid import table_4
from make.crossing import data_set
from make.training import TINY, examples, hybrid_net, told

BASE = TINY.changed(size=64, epochs=2, precision="fp32", averaging=0.0, dropout=0.5, choose_by="last", patience=0)
RANDOM = BASE.changed(crops="random")
SGD = BASE.changed(optimiser="sgd", learning_rate=1e-3)
EAGER = BASE.changed(choose_by="loss", epochs=4, learning_rate=0.3, schedule="constant")

# field -> a recipe in which it counts, and another value for it
TURNED: Mapping[str, tuple[Recipe, Any]] = {
    "size": (BASE, 48),
    "margin": (BASE, 0.3),
    "resize": (BASE, "letterbox"),
    "view": (BASE.changed(margin=0.3), "outside"),
    "scaling": (BASE, "centred"),
    "backbone": (BASE.changed(epochs=1), "test_resnet"),
    "head": (BASE, "flatten"),
    "hidden": (BASE, 12),
    "dropout": (BASE, 0.1),
    "crops": (BASE, "random"),
    "alpha": (BASE, 0.8),
    "omega": (BASE, 0.9),
    "steps": (BASE, 2),
    "crop_count": (RANDOM, 3),
    "crop_seed": (RANDOM, 1),
    "upsampling": (BASE, "separable"),
    "mirror": (BASE, "both"),
    "weight_malignant": (BASE, 5.0),
    "weight_benign": (BASE, 5.0),
    "reduction": (SGD, "sum"),
    "optimiser": (BASE, "sgd"),
    "learning_rate": (BASE, 2e-3),
    "trunk_rate": (BASE, 0.1),
    "probe": (BASE, 1),
    "momentum": (SGD, 0.1),
    "weight_decay": (BASE, 1.0),
    "schedule": (BASE, "constant"),
    "batch_size": (BASE, 6),
    "epochs": (BASE, 3),
    "patience": (EAGER, 1),
    "choose_by": (EAGER, "last"),
    "averaging": (BASE, 0.9),
    "validation": (BASE, 0.4),
    "threshold": (BASE, "half"),
    "precision": (BASE, "bf16"),
    "policy": (BASE, "trivial"),
    **dict.fromkeys(("flip", "shift", "scale", "rotation", "gain", "attenuation", "speckle"), (BASE, 0.0)),
}
ELSEWHERE = {
    "name": "a label alone",
    "pretrained": "refused below, as fourconv has no such weights; tests/net/test_package_weights.py",
    "attention": "tests/net/test_attention.py",
    **dict.fromkeys(("second", "second_weight"), "tests/learn/test_second.py"),
}
FRAME = Frame(np.random.default_rng(0).integers(0, 255, (90, 120), np.uint8))


def observed(recipe: Recipe) -> object:
    """Everything that a recipe can change: RoIs, what is set aside, and how a training ends."""
    roi = prepare(FRAME, Box(20, 20, 90, 60), recipe.preparation)
    nodules = data_set(40).labelled
    aside = hold_out(nodules, [one.patient for one in nodules], recipe.learning.validation).test.tolist()
    side = recipe.preparation.size
    fitted = fit(examples(10, side), examples(8, side, seed=1, gap=8), recipe, device="cpu")
    weights = hashlib.sha256()
    for tensor in fitted.net.state_dict().values():
        weights.update(tensor.numpy().tobytes())
    return roi.tobytes(), aside, told(fitted), weights.hexdigest(), as_table(fitted.validation).tobytes()


def test_every_field_is_turned() -> None:
    assert {*HOMES, "name"} == set(TURNED) | set(ELSEWHERE)


@pytest.mark.parametrize("name", TURNED)
def test_a_field_that_is_turned_changes_something(name: str) -> None:
    recipe, value = TURNED[name]
    assert recipe.values[name] != value
    assert name not in recipe.idle
    assert observed(recipe) != observed(recipe.changed(**{name: value}))


@pytest.mark.parametrize(
    ("name", "decisive", "idle"),
    [
        (name, decisive, value)
        for decisive, value in {"crops": "none", "optimiser": "adamw", "choose_by": "last", "policy": "trivial"}.items()
        for name, why in BASE.changed(**{decisive: value}).idle.items()
        if why == f"{decisive} = {value}"
    ],
)
def test_an_idle_field_changes_nothing_and_setting_it_is_refused(name: str, decisive: str, idle: str) -> None:
    recipe, value = TURNED[name]
    still = recipe.changed(**{decisive: idle})
    turned = still.changed(**{name: value})
    assert still.idle[name] == f"{decisive} = {idle}"
    assert observed(still) == observed(turned)
    with pytest.raises(RecipeError, match=rf"--set: {name} changes nothing with {decisive} = {idle}\. Leave it out"):
        chosen("isthmus", [f"{decisive}={idle}", f"{name}={value}"])
    assert chosen("isthmus", [f"{decisive}={idle}", f"{name}={ISTHMUS.values[name]}"]).idle


@pytest.mark.parametrize(
    ("crops", "name"), [("random", "steps"), ("boundary", "crop_count"), ("boundary", "crop_seed")]
)
def test_a_knob_of_the_other_kind_of_crops_is_idle(crops: str, name: str) -> None:
    recipe = BASE.changed(crops=crops)
    assert name in recipe.idle
    assert observed(recipe) == observed(recipe.changed(**{name: TURNED[name][1]}))
    with pytest.raises(RecipeError, match=f"{name} changes nothing with crops = {crops}"):
        chosen("paper", [f"crops={crops}", f"{name}={TURNED[name][1]}"])


def test_what_a_protocol_leaves_idle_is_refused() -> None:
    with pytest.raises(RecipeError, match="validation changes nothing with protocol = paper"):
        chosen("paper", ["validation=0.3"], {"validation": "protocol = paper"})
    assert chosen("paper", ["validation=0.3"]).learning.validation == 0.3


def test_what_no_cell_of_a_table_obeys_is_refused() -> None:
    base = PAPER.replaced(["crop_count=9", "momentum=0.5"])
    every = [*table_4(base).values()]
    refuse_overruled(base, ["crop_count=9", "momentum=0.5"], every, "the table")  # random crops are among the cells
    with pytest.raises(RecipeError, match=r"momentum = 0\.5 changes nothing in the table"):
        refuse_overruled(base, ["momentum=0.5"], [one.changed(optimiser="adamw") for one in every], "the table")
    with pytest.raises(RecipeError, match="crop_count = 9 changes nothing in the table"):
        refuse_overruled(base, ["crop_count=9"], [one for one in every if one.network.crops != "random"], "the table")


def test_pretrained_weights_that_there_are_none_of_are_refused() -> None:
    with pytest.raises(RecipeError, match="fourconv has no pretrained weights"):
        hybrid_net(BASE.changed(pretrained=True))
