"""SGD as the paper has it, AdamW with one cycle, and the moving average of weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from isthmus.learn.optimise import (
    END,
    START,
    WARM_UP,
    average_weights,
    copy_buffers,
    learning_rate,
    optimiser,
    set_learning_rate,
)
from isthmus.recipe import PAPER, Recipe
from isthmus.recipes import ISTHMUS
from make.training import hybrid_net


def test_sgd_is_the_papers_update_by_hand() -> None:
    """v <- 0.9 v + g + 5e-4 w; w <- w - 1e-5 v, for two steps, on weights and biases alike."""
    net = nn.Linear(3, 2).double()
    step = optimiser(net, PAPER.learning)
    weights = {name: p.detach().clone() for name, p in net.named_parameters()}
    speed = {name: torch.zeros_like(p) for name, p in weights.items()}
    for number in (1, 2):
        inputs = torch.arange(6, dtype=torch.float64).view(2, 3) * number
        net(inputs).pow(2).sum().backward()
        for name, p in net.named_parameters():
            speed[name] = 0.9 * speed[name] + p.grad + 5e-4 * weights[name]
            weights[name] = weights[name] - 1e-5 * speed[name]
        step.step()
        step.zero_grad()
        for name, p in net.named_parameters():
            torch.testing.assert_close(p.detach(), weights[name], rtol=1e-12, atol=0)


def test_adamw_spares_norms_and_biases_from_decay() -> None:
    net = hybrid_net(Recipe().changed(size=32, hidden=8))
    names = {id(p): name for name, p in net.named_parameters()}
    decayed, plain = optimiser(net, ISTHMUS.learning).param_groups
    assert (decayed["weight_decay"], plain["weight_decay"]) == (ISTHMUS.learning.weight_decay, 0)
    spared = {names[id(p)] for p in plain["params"]}
    assert all("norm" in name or name.endswith("bias") for name in spared)
    assert not any("norm" in names[id(p)] or names[id(p)].endswith("bias") for p in decayed["params"])
    assert len(decayed["params"]) + len(plain["params"]) == len(names)


@pytest.mark.parametrize(("recipe", "kinds"), [(PAPER, 1), (ISTHMUS, 2)])
def test_the_trunk_has_its_share_of_the_learning_rate(recipe: Recipe, kinds: int) -> None:
    """Each weight is in one group; the head's groups come first, and what a group decays by is as without a share."""
    recipe = recipe.changed(size=32, hidden=8, learning_rate=0.1, trunk_rate=0.2)
    net = hybrid_net(recipe)
    names = {id(p): name for name, p in net.named_parameters()}
    step, whole = optimiser(net, recipe.learning), optimiser(net, recipe.changed(trunk_rate=1.0).learning)
    assert (len(step.param_groups), len(whole.param_groups)) == (2 * kinds, kinds)
    set_learning_rate(step, recipe.learning, 0.3)
    now = learning_rate(recipe.learning, 0.3)
    rates = {names[id(p)]: group["lr"] for group in step.param_groups for p in group["params"]}
    assert len(rates) == sum(len(group["params"]) for group in step.param_groups) == len(names)
    assert all(rate == now * (0.2 if name.startswith("trunk.") else 1) for name, rate in rates.items())
    assert step.param_groups[0]["lr"] == now

    def decays(one: torch.optim.Optimizer) -> dict[str, float]:
        return {names[id(p)]: group["weight_decay"] for group in one.param_groups for p in group["params"]}

    assert decays(step) == decays(whole)


def test_a_trunk_of_rate_zero_stays() -> None:
    net = hybrid_net(Recipe().changed(size=32, hidden=8))
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    learning = ISTHMUS.changed(trunk_rate=0.0).learning
    step = optimiser(net, learning)
    set_learning_rate(step, learning, 0.3)
    net(torch.rand(4, 3, 32, 32)).fused[:, 1].sum().backward()
    step.step()
    for name, p in net.named_parameters():
        assert torch.equal(p, before[name]) == name.startswith("trunk."), name


def test_the_learning_rate_of_the_recipe_paper_is_constant() -> None:
    assert {learning_rate(PAPER.learning, progress / 10) for progress in range(11)} == {1e-5}


def test_one_cycle_rises_to_its_peak_and_falls_to_its_end() -> None:
    recipe = ISTHMUS.changed(learning_rate=0.1)
    rates = [learning_rate(recipe.learning, step / 1000) for step in range(1001)]
    assert rates[0] == pytest.approx(0.1 * START)
    assert rates.index(max(rates)) == round(1000 * WARM_UP)
    assert max(rates) == pytest.approx(0.1)
    assert rates[-1] == pytest.approx(0.1 * END)
    assert learning_rate(recipe.learning, 1.5) == pytest.approx(rates[-1])
    peak = round(1000 * WARM_UP)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


def test_one_cycle_is_torchs() -> None:
    """OneCycleLR anneals by the same cosines, its last step being where ours would be."""
    parameter, steps = nn.Parameter(torch.zeros(1)), 101
    step = torch.optim.SGD([parameter], lr=0.1)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        step, max_lr=0.1, total_steps=steps, pct_start=WARM_UP, div_factor=1 / START, final_div_factor=START / END,
        cycle_momentum=False,
    )  # fmt: skip
    recipe = ISTHMUS.changed(learning_rate=0.1)
    for number in range(steps):
        # torch peaks at step pct_start * total - 1
        peak = WARM_UP * steps - 1
        at = (
            number / peak * WARM_UP
            if number <= peak
            else WARM_UP + (number - peak) / (steps - 1 - peak) * (1 - WARM_UP)
        )
        assert learning_rate(recipe.learning, at) == pytest.approx(cycle.get_last_lr()[0], rel=1e-6, abs=1e-12)
        step.step()
        if number < steps - 1:
            cycle.step()


def norm(weight: float, mean: float) -> nn.BatchNorm2d:
    layer = nn.BatchNorm2d(2)
    nn.init.constant_(layer.weight, weight)
    assert layer.running_mean is not None
    layer.running_mean.fill_(mean)
    return layer


def test_weights_move_by_what_the_decay_leaves_and_buffers_are_copied() -> None:
    average, net = norm(1.0, 0.0), norm(3.0, 5.0)
    average_weights(average, net, 0.75)
    assert average.weight.tolist() == [1.5, 1.5]
    assert average.running_mean.tolist() == [0, 0]
    copy_buffers(average, net)
    assert average.weight.tolist() == [1.5, 1.5]
    assert torch.equal(average.running_mean, net.running_mean)
    assert net.weight.tolist() == [3, 3]
