"""A second loss is plugged in by one line; without one, nothing changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from isthmus.errors import RecipeError
from isthmus.learn.beside.second_loss import SecondLoss
from isthmus.learn.examples import Examples
from isthmus.learn.second import SECOND_LOSSES, targets_of
from isthmus.learn.targets import LACKING
from isthmus.learn.train import fit
from isthmus.net.hybrid import Votes
from isthmus.nodule import Box, ImageRef, Label, Nodule
from make.training import TINY, examples, told

RECIPE = TINY.changed(epochs=2, precision="fp32", second="grade")
VALIDATION = examples(8, seed=1)


def grade_head(channels: int) -> nn.Module:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1))


def grade_loss(votes: Votes, targets: Mapping[str, torch.Tensor]) -> torch.Tensor:
    assert votes.second is not None
    return functional.mse_loss(votes.second[:, 0], targets["tirads"].float(), reduction="none")


@pytest.fixture(autouse=True)
def grade(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SECOND_LOSSES, "grade", SecondLoss(("tirads",), grade_loss, grade_head))  # type: ignore[arg-type]


def graded(n: int = 12, step: int = 1) -> Examples:
    bare = examples(n)
    return replace(bare, targets=replace(bare.targets, tirads=np.arange(n) * step % 6))


def weights(train: Examples, **changes: object) -> Mapping[str, torch.Tensor]:
    return fit(train, VALIDATION, RECIPE.changed(**changes), device="cpu").net.state_dict()


def same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    assert one.keys() == other.keys()
    return all(torch.equal(one[name], other[name]) for name in one)


def test_target_and_weight_reach_the_weights_and_the_head_stays_behind() -> None:
    base = weights(graded())
    assert same(base, weights(graded()))
    assert not same(base, weights(graded(step=5)))
    assert not same(base, weights(graded(), second_weight=3.0))
    assert base.keys() == weights(graded(), second="none").keys()


def test_without_a_second_loss_other_targets_change_nothing() -> None:
    assert same(weights(graded(), second="none"), weights(examples(), second="none"))


def test_an_interrupted_training_continues_with_its_head(tmp_path: Path) -> None:
    def run(folder: Path | None, epochs: int) -> Mapping[str, object]:
        recipe, stop = RECIPE.changed(epochs=4, schedule="constant", choose_by="last"), epochs

        def report(epoch: object) -> None:
            nonlocal stop
            stop -= 1
            if stop < 0:
                raise KeyboardInterrupt

        return told(fit(graded(), VALIDATION, recipe, folder=folder, device="cpu", report=report, checkpoint_seconds=0))

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, 2)
    assert run(tmp_path, 9) == run(None, 9)


def test_contours_are_drawn_only_for_a_loss_that_names_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Image.new("L", (20, 20)).save(tmp_path / "1.png")
    box, outline = Box(0, 0, 9, 9), ((0.0, 0.0), (8.0, 0.0), (8.0, 8.0))
    nodule = Nodule("1", "1", "1", ImageRef(tmp_path / "1.png"), box, outline, Label.BENIGN, "2")
    assert targets_of([nodule], RECIPE).contours is None
    monkeypatch.setitem(SECOND_LOSSES, "outline", SecondLoss(("contours",), grade_loss))  # type: ignore[arg-type]
    assert targets_of([nodule], RECIPE.changed(second="outline")).contours is not None
    with pytest.raises(RecipeError, match="second = outline needs contours, which the data lack"):
        targets_of([replace(nodule, contour=())], RECIPE.changed(second="outline"))


def test_a_loss_sees_contours_as_they_lie_on_the_augmented_images(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []

    def brightness(votes: Votes, targets: Mapping[str, torch.Tensor]) -> torch.Tensor:
        assert votes.second is not None
        shapes.append((targets["contours"].dtype, tuple(targets["contours"].shape[1:])))
        return functional.mse_loss(votes.second[:, 0], targets["contours"].float().mean((1, 2)), reduction="none")

    second = SecondLoss(("contours",), brightness, grade_head)
    monkeypatch.setitem(SECOND_LOSSES, "outline", second)  # type: ignore[arg-type]
    bare = examples()
    masks = np.zeros((len(bare), 32, 32), np.uint8)
    masks[:, 8:24, 8:24] = 1
    outlined = replace(bare, targets=replace(bare.targets, contours=masks))
    weights(outlined, second="outline", epochs=1)
    assert set(shapes) == {(torch.uint8, (32, 32))}


def test_a_nodule_without_a_label_is_refused_and_not_left_out() -> None:
    nodule = Nodule("1", "1", "1", ImageRef(Path("1.png")), Box(0, 0, 9, 9), tirads="2")
    with pytest.raises(ValueError, match="nodule 1 has no label"):
        targets_of([replace(nodule, id="0", label=Label.BENIGN), nodule], RECIPE)
    beside = targets_of([replace(nodule, label=Label.BENIGN)], RECIPE, beside=[replace(nodule, label=Label.MALIGNANT)])
    assert beside.labels.tolist() == [0, LACKING]


def test_data_without_the_target_and_an_unknown_name_are_refused() -> None:
    with pytest.raises(RecipeError, match=r"second = grade needs tirads, which the data lack"):
        fit(examples(), VALIDATION, RECIPE, device="cpu")
    with pytest.raises(RecipeError, match=r"no second loss 'magic'\. Use none, .*grade"):
        fit(graded(), VALIDATION, RECIPE.changed(second="magic"), device="cpu")
