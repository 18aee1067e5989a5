"""The networks of an ensemble, as `isthmus train` trains them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.special import expit, logit

from contest.task import SEED, Task
from isthmus import seeds
from isthmus.judge.calibration import CLIPPED
from isthmus.judge.metrics import Floats
from isthmus.learn.checkpoint import Tensors, part
from isthmus.learn.examples import batches
from isthmus.learn.learner import Learner
from isthmus.recipe import Recipe


class Ours:
    """The recipes of an ensemble, one after the other, by the learner and the random states of ``isthmus train``.

    It reads the mean of the log-odds of the networks there are.
    """

    def __init__(self, name: str, recipes: Sequence[Recipe], task: Task) -> None:
        self.name, self.recipes, self.task = name, recipes, task
        self.turns = sum(one.learning.epochs for one in recipes)
        self.finished: list[torch.Tensor] = []  # log-odds of the held nodules, a network each
        self.learner: Learner | None = None

    def prepare(self) -> None:
        self.examples = [self.task.examples(one.preparation) for one in self.recipes]

    def turn(self, number: int) -> None:
        member, epoch = self._place(number)
        if epoch == 1 or self.learner is None:
            self.learner = Learner(self.recipes[member], SEED, "cpu")
        self.at, learner, examples = member, self.learner, self.examples[member].take(self.task.train)
        torch.manual_seed(seeds.of_64_bits(SEED * 1_000_003 + epoch))  # as learn.train has it
        learner.begin_epoch(epoch)
        for progress, positions in batches(len(examples), self.recipes[member].learning, SEED, epoch):
            learner.step(examples.take(positions), progress)
        learner.end_epoch()

    def read(self) -> Floats:
        assert self.learner is not None
        p = self.learner.probabilities(self.examples[self.at].take(self.task.held)).fused
        self.finished = [*self.finished[: self.at], torch.from_numpy(logit(np.clip(p, CLIPPED, 1 - CLIPPED)))]
        mean: Floats = expit(torch.stack(self.finished).mean(0).numpy())
        return mean

    def tensors(self) -> Tensors:
        learned = self.learner.tensors() if self.learner else {}
        return {f"learner.{name}": tensor for name, tensor in learned.items()} | {
            f"odds.{at}": odds for at, odds in enumerate(self.finished)
        }

    def restore(self, tensors: Tensors, number: int) -> None:
        self.at, _ = self._place(number)
        self.finished = [tensors[f"odds.{at}"] for at in range(self.at + 1)]
        self.learner = Learner(self.recipes[self.at], SEED, "cpu")
        self.learner.restore(part(tensors, "learner."))

    def _place(self, number: int) -> tuple[int, int]:
        """The member, from 0 on, and its epoch, from 1 on, of turn ``number``."""
        for member, recipe in enumerate(self.recipes):
            if number <= recipe.learning.epochs:
                return member, number
            number -= recipe.learning.epochs
        raise ValueError("no such turn")
