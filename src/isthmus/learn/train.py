"""The one training loop, on Lightning Fabric. The random state of an epoch depends on seed and epoch only,
so that a training can be resumed."""

from __future__ import annotations

import copy
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from isthmus import seeds
from isthmus.decision import Decision
from isthmus.errors import RecipeError
from isthmus.judge.metrics import auc
from isthmus.learn import checkpoint, devices, processes
from isthmus.learn.augment import augment_with_targets
from isthmus.learn.averaging import average_weights, copy_buffers
from isthmus.learn.checkpoint import Epoch, Standing, Tensors
from isthmus.learn.examples import Examples, digest
from isthmus.learn.log import open_log, write_epoch
from isthmus.learn.loss import recipe_loss
from isthmus.learn.operating_point import operating_point
from isthmus.learn.optimise import learning_rate, optimiser
from isthmus.learn.processes import Processes, Share
from isthmus.learn.second import refuse_lacking, second_loss, weighted
from isthmus.learn.targets import Positions
from isthmus.learn.votes import as_images, as_table, from_table, probabilities
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
) -> Fitted:
    """Trains the recipe's network; picks the epoch and the operating point on ``validation``.

    With a ``folder``, it keeps checkpoints and a TensorBoard log there; killed at any moment and called again with
    the same arguments, it continues to the same weights. ``note`` is told why it doesn't, where a checkpoint is there;
    one of another training is set aside. ``device`` is as in ``devices.device``. Raises UsageError where the device
    isn't here, StorageError where the folder can't be written, RecipeError where the training diverges.
    """
    training = _Training(train, validation, recipe, seed, folder, device, note)
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
    """One training under way."""

    def __init__(
        self,
        train: Examples,
        validation: Examples,
        recipe: Recipe,
        seed: int,
        folder: Path | None,
        device: str,
        note: Note = unsaid,
    ) -> None:
        self.train, self.validation, self.recipe, self.seed = train, validation, recipe, seed
        chosen = devices.device(device, processes.on_this_machine())
        computed_in = devices.precision(recipe.learning.precision, chosen)
        refuse_lacking(recipe.loss.second, train.targets)
        self.second = second_loss(recipe.loss.second)
        self.trained_on = devices.description(chosen, computed_in)
        self.processes = Processes(chosen, computed_in)
        self.fabric = self.processes.fabric
        torch.manual_seed(seeds.of_64_bits(seed))
        self.net = (
            HybridNet(recipe.network, recipe.preparation.size, self.second.head if self.second else None)
            .to(self.fabric.device)
            .to(memory_format=torch.channels_last)
        )
        self.average = copy.deepcopy(self.net) if recipe.learning.averaging else self.net
        self.wrapped, self.optimiser = self.fabric.setup(
            self.processes.shared(self.net, recipe.preparation.size), optimiser(self.net, recipe.learning)
        )
        self.history: tuple[Epoch, ...] = ()
        self.best = 0
        self.best_tensors: Tensors = {}
        self.path = folder / checkpoint.CHECKPOINT if folder else None
        self.identity = f"{recipe.fingerprint} {seed} {self._digest()}"
        self._resume(note)
        self.processes.agree(_number(f"{self.identity} {len(self.history)}"))
        self.log = open_log(folder, len(self.history), note) if folder and self.fabric.is_global_zero else None

    @property
    def finished(self) -> bool:
        done, patience = len(self.history), self.recipe.learning.patience
        return done >= self.recipe.learning.epochs or bool(patience and done - self.best >= patience)

    def one_epoch(self) -> Epoch:
        start, number = time.monotonic(), len(self.history) + 1
        # Dropout, crops and augmentation draw from this; nothing has to be carried from epoch to epoch.
        torch.manual_seed(seeds.of_64_bits(self.seed * 1_000_003 + number))
        total = sum(self._step(batch, at) for at, batch in self._batches(number))
        total = self.processes.sum(torch.tensor(total, dtype=torch.float64)).item()
        if self.recipe.learning.averaging:
            copy_buffers(self.average, self.net)
        predictions = self._predictions(self.average.eval())
        if not np.isfinite(predictions.fused).all():
            raise RecipeError(f"training diverged in epoch {number}", where="recipe", remedy="Lower learning_rate.")
        loss = validation_loss(predictions, self.validation.labels, self.recipe)
        epoch = Epoch(
            epoch=number,
            train_loss=total / len(self.train),
            validation_loss=loss,
            auc=auc(self.validation.labels, predictions.fused),
            learning_rate=self.optimiser.param_groups[0]["lr"],
            seconds=time.monotonic() - start,
        )
        self.history = (*self.history, epoch)
        self._choose(epoch)
        if self.log:
            write_epoch(self.log, epoch)
        return epoch

    def close(self) -> None:
        if self.log:
            self.log.close()

    def fitted(self) -> Fitted:
        self.average.load_state_dict(self.best_tensors)
        net = self.average.eval()
        net.second = None  # its head served the training
        predictions = self._predictions(net)
        rule = self.recipe.learning.threshold
        decision = Decision.at(operating_point(self.validation.labels, predictions.fused, rule), rule)
        return Fitted(net, decision, self.history, self.best, predictions, self.trained_on)

    def save(self) -> None:
        if self.path is None or not self.fabric.is_global_zero:
            return
        parts = {
            "net": self.net.state_dict(),
            "optimiser": checkpoint.optimiser_tensors(self.optimiser),
            "best": self.best_tensors,
        } | ({"average": self.average.state_dict()} if self.recipe.learning.averaging else {})
        tensors = {f"{part}.{name}": tensor for part, own in parts.items() for name, tensor in own.items()}
        checkpoint.save(Standing(self.identity, self.history, self.best, tensors), self.path)

    def _resume(self, note: Note) -> None:
        standing = checkpoint.load(self.path, self.identity, note) if self.path else None
        if standing is None:
            return
        if not self._fits(standing):
            if self.path and self.fabric.is_global_zero:
                checkpoint.put_away(self.path)
            note(f"{self.path}: of another version of isthmus: kept as {checkpoint.FOREIGN}; this one begins anew")
            return
        self.history, self.best = standing.history, standing.best
        self.best_tensors = _part(standing.tensors, "best.")
        self.net.load_state_dict(_part(standing.tensors, "net."))
        if self.recipe.learning.averaging:
            self.average.load_state_dict(_part(standing.tensors, "average."))
        checkpoint.restore_optimiser(self.optimiser, _part(standing.tensors, "optimiser."))

    def _fits(self, standing: Standing) -> bool:
        """Whether its tensors are those of this network, asked before any of them is put in place."""
        own = {name: tensor.shape for name, tensor in self.net.state_dict().items()}
        parts = ("net.", "best.", *(("average.",) if self.recipe.learning.averaging else ()))
        return all({n: t.shape for n, t in _part(standing.tensors, part).items()} == own for part in parts)

    def _batches(self, number: int) -> Iterable[tuple[float, Positions]]:
        """(share of all steps done, positions) a batch. A last batch of one is left out: batch norm needs two."""
        order = np.random.default_rng((self.seed, number)).permutation(len(self.train))
        size = self.recipe.learning.batch_size
        starts = [start for start in range(0, len(order), size) if len(order) - start >= 2]
        for step, start in enumerate(starts):
            yield ((number - 1) + step / len(starts)) / self.recipe.learning.epochs, order[start : start + size]

    def _step(self, batch: Positions, progress: float) -> float:
        """Learns from this process's share of a batch; returns the sum of its losses."""
        self.wrapped.train()
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.recipe.learning, progress)
        share = self.processes.begin(len(batch))
        loss = self._loss(self.train.take(batch[share.rows]), share)
        self.fabric.backward(loss * self.processes.count)  # whose gradients are averaged
        self.optimiser.step()
        self.optimiser.zero_grad()
        if self.recipe.learning.averaging:
            average_weights(self.average, self.net, self.recipe.learning.averaging)
        return float(loss.detach()) * (1 if self.recipe.loss.reduction == "sum" else len(batch))

    def _loss(self, examples: Examples, share: Share) -> torch.Tensor:
        """Eq. (8) on augmented examples, a share of a batch, and the weighted second loss if there is one."""
        names = ("labels", *(self.second.targets if self.second else ()))
        arrays = {name: torch.from_numpy(array) for name, array in examples.targets.arrays(names).items()}
        images, moved = augment_with_targets(as_images(examples.rois[:]), arrays, self.recipe.augmentation, share)
        targets = {name: self.fabric.to_device(target) for name, target in moved.items()}
        votes = self.wrapped(self.fabric.to_device(images))
        loss = recipe_loss(targets["labels"], votes.fused, self.recipe.loss, share.n)
        if self.second:
            loss = loss + weighted(self.second, votes, targets, self.recipe.loss, share.n)
        return loss

    def _digest(self) -> str:
        if self.second is None:
            return digest(self.train, self.validation)
        return digest(self.train, targets=self.second.targets) + digest(self.validation)

    def _predictions(self, net: HybridNet) -> Probabilities:
        """Probabilities of ``net`` on validation; several processes read a share each and exchange them."""
        n, share = len(self.validation), self.processes.of(len(self.validation))
        if self.processes.count == 1 or n < self.processes.count:
            return probabilities(net, self.validation.rois)
        own = as_table(probabilities(net, self.validation.take(np.arange(n)[share.rows]).rois))
        table = torch.zeros(n, own.shape[1], dtype=torch.float64)
        table[share.rows] = torch.from_numpy(own)
        return from_table(self.processes.sum(table).numpy())

    def _choose(self, epoch: Epoch) -> None:
        if not self.best or _merit(epoch, self.recipe) > _merit(self.history[self.best - 1], self.recipe):
            self.best = epoch.epoch
            self.best_tensors = {name: tensor.clone() for name, tensor in self.average.state_dict().items()}


def validation_loss(predictions: Probabilities, labels: npt.NDArray[np.int64], recipe: Recipe) -> float:
    """The weighted cross-entropy of Eq. (7) on validation, a nodule's mean."""
    p = torch.from_numpy(predictions.fused).clamp(1e-12, 1 - 1e-12)
    log_p = torch.stack([torch.log1p(-p), torch.log(p)], dim=1)
    return float(recipe_loss(torch.from_numpy(labels), log_p, recipe.changed(reduction="mean").loss))


def _merit(epoch: Epoch, recipe: Recipe) -> float:
    """What the best epoch has most of. Of equals the first is kept, so that an undefined AUC never wins."""
    return {"loss": -epoch.validation_loss, "auc": epoch.auc, "last": float(epoch.epoch)}[recipe.learning.choose_by]


def _part(tensors: Tensors, prefix: str) -> Tensors:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _number(text: str) -> int:
    """48 bits that tell one text from another."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])
