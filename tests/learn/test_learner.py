"""A step changes the weights, their average follows, and the state comes back from its tensors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.learn.examples import batches
from isthmus.learn.learner import Learner
from make.training import TINY, examples

TRAIN = examples()
RECIPE = TINY.changed(averaging=0.75, precision="fp32")


def stepped(learner: Learner, epoch: int = 1) -> None:
    torch.manual_seed(epoch)
    learner.begin_epoch(epoch)
    for progress, positions in batches(len(TRAIN), RECIPE.learning, 0, epoch):
        learner.step(TRAIN.take(positions), progress)
    learner.end_epoch()


def test_averaging_is_the_moving_mean_of_the_weights_of_every_step() -> None:
    learner = Learner(RECIPE, 0, "cpu")
    learner.begin_epoch(1)
    mean = [p.detach().clone() for p in learner.net.parameters()]
    for progress, positions in batches(len(TRAIN), RECIPE.learning, 0, 1):
        learner.step(TRAIN.take(positions), progress)
        mean = [0.75 * m + 0.25 * p.detach() for m, p in zip(mean, learner.net.parameters(), strict=True)]
    for expected, average in zip(mean, learner.average.parameters(), strict=True):
        torch.testing.assert_close(average.detach(), expected)
    learner.end_epoch()
    for expected, average in zip(learner.net.buffers(), learner.average.buffers(), strict=True):
        assert torch.equal(average, expected)


def test_state_that_is_taken_over_leads_to_the_same_weights() -> None:
    one, other = Learner(RECIPE, 0, "cpu"), Learner(RECIPE, 1, "cpu")
    stepped(one)
    tensors = {name: tensor.clone() for name, tensor in one.tensors().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in one.average.state_dict().items()}
    assert other.fits(tensors)
    other.restore(tensors)
    for learner in (one, other):
        stepped(learner, 2)
    for name, tensor in one.tensors().items():
        assert torch.equal(tensor, other.tensors()[name]), name
    np.testing.assert_array_equal(one.probabilities(TRAIN).fused, other.probabilities(TRAIN).fused)


def test_tensors_of_another_network_do_not_fit() -> None:
    learner = Learner(RECIPE, 0, "cpu")
    best = {f"best.{name}": tensor for name, tensor in learner.average.state_dict().items()}
    tensors = learner.tensors() | best
    assert learner.fits(tensors)
    assert not learner.fits(tensors | {"net.classifier.output.weight": torch.zeros(3, 8)})
    assert not learner.fits({name: tensor for name, tensor in tensors.items() if not name.startswith("average.")})


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
@pytest.mark.parametrize("averaging", [0.0, 0.75])
def test_in_a_probe_the_trunk_stays_to_the_last_statistic_and_is_trained_afterwards(
    optimiser: str, averaging: float
) -> None:
    learner = Learner(RECIPE.changed(probe=2, averaging=averaging, optimiser=optimiser, trunk_rate=0.5), 0, "cpu")
    before = {name: tensor.clone() for name, tensor in learner.net.state_dict().items()}
    for epoch in (1, 2):
        stepped(learner, epoch)
        learner.probabilities(TRAIN)  # which reads in evaluation mode
        for name, tensor in learner.average.state_dict().items():
            assert torch.equal(tensor, before[name]) == name.startswith("trunk."), name
    stepped(learner, 3)
    for name, tensor in learner.average.state_dict().items():
        assert not torch.equal(tensor, before[name]), name
