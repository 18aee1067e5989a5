"""Milliseconds an image of a training step: a plain fp32 loop, channels last, and channels last with bf16.

    python benchmarks/train_step.py [--recipe paper] [--steps 12] [--threads 2]

All three start from the same weights and see the same batches of noise, turn by turn, so that a machine that slows
down slows all of them; their losses are printed side by side, to show that they learn the same.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from isthmus import recipe as recipes
from isthmus.learn.loss import recipe_loss
from isthmus.learn.optimisation import optimiser
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe


@dataclass
class Loop:
    """One way to train: its network, and the milliseconds and losses so far."""

    name: str
    recipe: Recipe
    layout: torch.memory_format
    bf16: bool
    milliseconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        torch.manual_seed(0)
        self.net = HybridNet(self.recipe).to(memory_format=self.layout).train()
        self.optimiser = optimiser(self.net, self.recipe)

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        torch.manual_seed(len(self.losses))
        images = images.contiguous(memory_format=self.layout)
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            loss = recipe_loss(labels, self.net(images).fused, self.recipe)
        loss.backward()
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.milliseconds.append((time.perf_counter() - start) * 1000 / len(labels))
        self.losses.append(float(loss.detach()) / (len(labels) if self.recipe.reduction == "sum" else 1))


def batches(recipe: Recipe, steps: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        labels = torch.randint(2, (recipe.batch_size,), generator=generator)
        images = torch.rand(recipe.batch_size, 3, recipe.size, recipe.size, generator=generator)
        yield images * (0.7 + 0.3 * labels.view(-1, 1, 1, 1)), labels


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--recipe", default="paper")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe = recipes.named(arguments.recipe)
    loops = [
        Loop("plain fp32", recipe, torch.contiguous_format, bf16=False),
        Loop("channels last", recipe, torch.channels_last, bf16=False),
        Loop("channels last, bf16", recipe, torch.channels_last, bf16=True),
    ]
    for images, labels in batches(recipe, arguments.steps):
        for loop in loops:
            loop.step(images, labels)
    print(f"recipe {recipe.name}, {recipe.size} pixels, batch {recipe.batch_size}, {arguments.threads} threads")
    for loop in loops:
        timed = sorted(loop.milliseconds[2:])
        print(
            f"{loop.name:20s} {statistics.median(timed):6.1f} ms an image ({timed[0]:.1f} to {timed[-1]:.1f}), "
            f"losses {' '.join(f'{loss:.3f}' for loss in loop.losses[:: max(1, arguments.steps // 6)])}"
        )


if __name__ == "__main__":
    main()
