"""The losses beside Eq. (8): what they cost by hand, what a missing target costs, and that a training takes them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from isthmus.data.labels import TIRADS
from isthmus.data.sources import open_source
from isthmus.learn.beside import contour, descriptors, tirads
from isthmus.learn.beside.second_loss import SecondLoss, outputs
from isthmus.learn.examples import Examples
from isthmus.learn.second import SECOND_LOSSES, targets_of
from isthmus.learn.targets import DESCRIPTORS, LACKING
from isthmus.learn.train import fit
from isthmus.net.hybrid import Votes
from make.training import TINY, examples

NONE = torch.empty(0, 2)
NAMES = [name for name in SECOND_LOSSES if name != "none"]
LOG2 = math.log(2)


def votes(second: torch.Tensor | None) -> Votes:
    return Votes(NONE, None, NONE, second)


def test_each_step_of_tirads_is_a_question() -> None:
    sure = torch.full((1, tirads.STEPS), 30.0)
    last, first = (tirads.loss(votes(sure), {"tirads": torch.tensor([at])}) for at in (len(TIRADS) - 1, 0))
    assert last.item() == pytest.approx(0, abs=1e-6)
    assert first.item() == pytest.approx(30, rel=1e-5)
    costs = [tirads.loss(votes(sure), {"tirads": torch.tensor([at])}).item() for at in range(len(TIRADS))]
    assert costs == sorted(costs, reverse=True)  # a grade that is farther away costs more
    undecided = tirads.loss(votes(torch.zeros(2, tirads.STEPS)), {"tirads": torch.tensor([2, 5])})
    assert undecided.tolist() == pytest.approx([LOG2, LOG2])


def test_a_nodule_without_tirads_or_contour_costs_nothing() -> None:
    logits = torch.zeros(2, tirads.STEPS, requires_grad=True)
    cells = torch.zeros(2, 1, 2, 2, requires_grad=True)
    masks = torch.stack([torch.zeros(4, 4), torch.ones(4, 4)])
    costs = [
        tirads.loss(votes(logits), {"tirads": torch.tensor([LACKING, 3])}),
        contour.loss(votes(cells), {"contours": masks}),
    ]
    for cost, output in zip(costs, (logits, cells), strict=True):
        assert cost.tolist() == pytest.approx([0, LOG2])
        cost.sum().backward()
        assert output.grad is not None
        assert (output.grad[0] == 0).all()
        assert (output.grad[1] != 0).all()


def test_a_word_that_is_not_known_costs_nothing() -> None:
    words = torch.zeros(3, descriptors.VALUES)
    words[1, :6] = torch.nan
    words[2] = torch.nan
    logits = torch.zeros(3, descriptors.VALUES, requires_grad=True)
    costs = descriptors.loss(votes(logits), {"descriptors": words})
    assert costs.tolist() == pytest.approx([LOG2, LOG2, 0])
    costs.sum().backward()
    assert logits.grad is not None
    assert (logits.grad[1, :6] == 0).all()
    assert (logits.grad[1, 6:] != 0).all()
    assert (logits.grad[2] == 0).all()
    assert sum(map(len, DESCRIPTORS.values())) == descriptors.VALUES


def test_a_cell_is_asked_for_its_share_of_the_nodule() -> None:
    masks = torch.zeros(1, 8, 8, dtype=torch.uint8)
    masks[0, :4, :6] = 1  # the left upper quarter, and half of the right upper one
    right = torch.tensor([[[[30.0, 0.0], [-30.0, -30.0]]]])
    assert contour.loss(votes(right), {"contours": masks}).item() == pytest.approx(LOG2 / 4, rel=1e-4)
    assert contour.loss(votes(-right), {"contours": masks}).item() > 10


@pytest.mark.parametrize("name", NAMES)
def test_without_its_head_a_loss_is_refused(name: str) -> None:
    second = SECOND_LOSSES[name]
    assert isinstance(second, SecondLoss)
    targets = {"tirads": torch.zeros(1), "descriptors": torch.zeros(1, 19), "contours": torch.zeros(1, 4, 4)}
    with pytest.raises(ValueError, match="no head"):
        second.loss(votes(None), targets)


@pytest.mark.parametrize("name", NAMES)
def test_a_training_takes_it_and_its_target_reaches_the_weights(name: str, phantom: Path) -> None:
    nodules = open_source("phantom", phantom).labelled[:12]
    recipe = TINY.changed(epochs=1, precision="fp32", second=name)
    targets, bare = targets_of(nodules, recipe), examples(12)
    labelled = replace(targets, labels=bare.labels)
    turned = replace(
        labelled,
        tirads=None if labelled.tirads is None else 5 - labelled.tirads,
        descriptors=None if labelled.descriptors is None else 1 - labelled.descriptors,
        contours=None if labelled.contours is None else 1 - labelled.contours,
    )
    one, other = (
        fit(Examples(bare.rois, each), examples(8, seed=1), recipe, device="cpu").net.state_dict()
        for each in (labelled, turned)
    )
    assert all(np.isfinite(tensor.numpy()).all() for tensor in one.values())
    assert any(not torch.equal(one[part], other[part]) for part in one)


def test_costs_are_in_fp32_whatever_the_network_computes_in() -> None:
    assert outputs(votes(torch.zeros(1, 3, dtype=torch.bfloat16))).dtype == torch.float32
    cost = tirads.loss(votes(torch.zeros(2, tirads.STEPS, dtype=torch.bfloat16)), {"tirads": torch.tensor([1, 2])})
    assert cost.dtype == torch.float32
