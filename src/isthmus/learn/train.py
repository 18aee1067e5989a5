"""Training: epochs on Lightning Fabric, the choice of the best one, checkpoints and log.

The random state of an epoch depends on seed and epoch only, so that a training can be resumed.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from isthmus import seeds
from isthmus.decision import Decision
from isthmus.errors import RecipeError
from isthmus.judge.metrics import auc
from isthmus.learn import checkpoint
from isthmus.learn.beginning import Beginning
from isthmus.learn.checkpoint import Epoch, Standing, Tensors, part
from isthmus.learn.choice import is_better, validation_loss
from isthmus.learn.examples import Examples, batches, digest
from isthmus.learn.history import open_log, write_epoch
from isthmus.learn.learner import Learner
from isthmus.learn.operating_point import decision_on
from isthmus.learn.second import refuse_lacking
from isthmus.net.hybrid import HybridNet
from isthmus.prediction import Probabilities
from isthmus.progress import Note, unsaid
from isthmus.recipe import Recipe

SECONDS_BETWEEN_CHECKPOINTS = 20.0


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network with its decision, its history, the epoch chosen, and its probabilities on validation."""

    net: HybridNet
    decision: Decision
    history: tuple[Epoch, ...]
    epoch: int
    validation: Probabilities
    trained_on: str = ""  # device and precision: "cpu in fp32"


def fit(
    train: Examples,
    validation: Examples,
    recipe: Recipe,
    *,
    seed: int = 0,
    folder: Path | None = None,
    device: str = "auto",
    report: Callable[[Epoch], None] = lambda epoch: None,
    note: Note = unsaid,
    checkpoint_seconds: float = SECONDS_BETWEEN_CHECKPOINTS,
    beginning: Beginning | None = None,
) -> Fitted:
    """Trains the recipe's network; picks the epoch and the operating point on ``validation``, which may be empty
    where the recipe leaves nothing to pick.

    With a ``folder``, it writes checkpoints and a TensorBoard log there; killed at any moment and called again with
    the same arguments, it continues to the same weights. ``note`` receives the reason where it can't continue from a
    checkpoint; one of another training is set aside. ``device`` is as in ``devices.device``. Raises UsageError where
    the device isn't here, StorageError where the folder can't be written, RecipeError where the data lack a target of
    the second loss and where the training diverges.
    """
    refuse_lacking(recipe.loss.second, train.targets)
    learner = Learner(recipe, seed, device, beginning)
    training = _Training(train, validation, learner, seed, folder, note, beginning.digest if beginning else "")
    saved = time.monotonic()
    try:
        while not training.finished:
            report(training.one_epoch())
            if training.finished or time.monotonic() - saved >= checkpoint_seconds:
                training.save()
                saved = time.monotonic()
    finally:
        training.close()
    return training.fitted()


class _Training:
    """The epochs of one training: those done, the best of them, and where they are written."""

    def __init__(
        self,
        train: Examples,
        validation: Examples,
        learner: Learner,
        seed: int,
        folder: Path | None,
        note: Note,
        beginning: str,
    ) -> None:
        self.train, self.validation, self.learner, self.seed = train, validation, learner, seed
        self.recipe = learner.recipe
        self.history: tuple[Epoch, ...] = ()
        self.best = 0
        self.best_tensors: Tensors = {}
        self.path = folder / checkpoint.CHECKPOINT if folder else None
        self.writes = learner.fabric.is_global_zero
        self.identity = f"{self.recipe.fingerprint} {seed} {self._digest()}{beginning}"
        self._resume(note)
        learner.processes.agree(_number(f"{self.identity} {len(self.history)}"))
        self.log = open_log(folder, len(self.history), note) if folder and self.writes else None

    @property
    def finished(self) -> bool:
        done, patience = len(self.history), self.recipe.learning.patience
        return done >= self.recipe.learning.epochs or bool(patience and done - self.best >= patience)

    def one_epoch(self) -> Epoch:
        start, number = time.monotonic(), len(self.history) + 1
        # Dropout, crops and augmentation draw from this; no random state passes from epoch to epoch.
        torch.manual_seed(seeds.of_64_bits(self.seed * 1_000_003 + number))
        self.learner.begin_epoch(number)
        drawn = batches(len(self.train), self.recipe.learning, self.seed, number)
        losses = sum(self.learner.step(self.train.take(positions), progress) for progress, positions in drawn)
        total = self.learner.processes.sum(torch.tensor(losses, dtype=torch.float64)).item()
        self.learner.end_epoch()
        loss, area = self._on_validation()
        if not np.isfinite(loss if len(self.validation) else total):
            raise RecipeError(f"training diverged in epoch {number}", where="recipe", remedy="Lower learning_rate.")
        epoch = Epoch(
            epoch=number,
            train_loss=total / len(self.train),
            validation_loss=loss,
            auc=area,
            learning_rate=self.learner.learning_rate,
            seconds=time.monotonic() - start,
        )
        self.history = (*self.history, epoch)
        self._choose(epoch)
        if self.log:
            write_epoch(self.log, epoch)
        return epoch

    def _on_validation(self) -> tuple[float, float]:
        """Loss and AUC on validation; both nan where the network diverged, and where nothing is set aside."""
        predictions = self._validated()
        if not len(self.validation) or not np.isfinite(predictions.fused).all():
            return math.nan, math.nan
        labels = self.validation.labels
        return validation_loss(predictions, labels, self.recipe), auc(labels, predictions.fused)

    def _validated(self) -> Probabilities:
        """What the network reads of validation."""
        if not len(self.validation):
            return Probabilities(np.empty(0), np.empty(0), None)
        return self.learner.probabilities(self.validation)

    def close(self) -> None:
        if self.log:
            self.log.close()

    def fitted(self) -> Fitted:
        net = self.learner.average.eval()  # it hasn't read yet where nothing is set aside
        net.load_state_dict(self.best_tensors)
        net.second = None  # its head served the training
        predictions = self._validated()
        rule = self.recipe.learning.threshold
        decision = decision_on(self.validation.labels, predictions.fused, rule)
        return Fitted(net, decision, self.history, self.best, predictions, self.learner.trained_on)

    def save(self) -> None:
        if self.path is None or not self.writes:
            return
        best = {f"best.{name}": tensor for name, tensor in self.best_tensors.items()}
        standing = Standing(self.identity, self.history, self.best, self.learner.tensors() | best)
        checkpoint.save(standing, self.path)

    def _resume(self, note: Note) -> None:
        standing = checkpoint.load(self.path, self.identity, note) if self.path else None
        if standing is None:
            return
        if not self.learner.fits(standing.tensors):
            if self.path and self.writes:
                checkpoint.put_away(self.path)
            note(f"{self.path}: of another version of isthmus: moved to {checkpoint.FOREIGN}; this one starts anew")
            return
        self.history, self.best = standing.history, standing.best
        self.best_tensors = part(standing.tensors, "best.")
        self.learner.restore(standing.tensors)

    def _digest(self) -> str:
        second = self.learner.second
        if second is None:
            return digest(self.train, self.validation)
        return digest(self.train, targets=second.targets) + digest(self.validation)

    def _choose(self, epoch: Epoch) -> None:
        if not self.best or is_better(epoch, self.history[self.best - 1], self.recipe.learning.choose_by):
            self.best = epoch.epoch
            self.best_tensors = {name: tensor.clone() for name, tensor in self.learner.average.state_dict().items()}


def _number(text: str) -> int:
    """48 bits that tell one text from another."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])
